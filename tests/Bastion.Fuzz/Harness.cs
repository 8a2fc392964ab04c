using System.Text;

namespace Bastion.Fuzz;

/// <summary>One input format: where to begin, what its words are, and what must hold for any input.</summary>
internal abstract class Harness
{
    private IReadOnlyList<byte[]>? _seeds;

    /// <summary>Also the name of its directory of findings.</summary>
    public abstract string Name { get; }

    public IReadOnlyList<byte[]> Seeds => _seeds ??= [.. MakeSeeds()];

    /// <summary>Pieces of the format that random bytes would seldom make.</summary>
    public abstract IReadOnlyList<byte[]> Words { get; }

    /// <summary>Throws when something that must hold does not. What it returns tells kinds of behaviour apart: an input
    /// that shows a new one is kept and changed further.</summary>
    public abstract int Try(byte[] input);

    protected abstract IEnumerable<byte[]> MakeSeeds();

    protected static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    protected static IReadOnlyList<byte[]> Utf8(string[] texts) => [.. texts.Select(Utf8)];

    protected static string Text(byte[] input) => Encoding.UTF8.GetString(input);

    protected static string SeedFile(string path) => Path.Combine(AppContext.BaseDirectory, "Seeds", path);

    /// <summary>All harnesses, each reading what comes from outside in one way.</summary>
    public static IReadOnlyList<Harness> All() =>
    [
        .. Enum.GetValues<Analysis.ShellDialect>().Select(dialect => new Harnesses.ShellText(dialect)),
        .. Enum.GetValues<Analysis.SqlDialect>().Select(dialect => new Harnesses.SqlText(dialect)),
        new Harnesses.ArgumentVector(),
        new Harnesses.ScriptFile(),
        new Harnesses.TerminalStream(),
        new Harnesses.PolicyFiles(),
        new Harnesses.SshMessages(),
        new Harnesses.SshLogin(),
        new Harnesses.KeyFiles(),
        new Harnesses.SftpStream(),
    ];
}

/// <summary>Something that must hold does not.</summary>
internal sealed class ViolationException(string message) : Exception(message);
