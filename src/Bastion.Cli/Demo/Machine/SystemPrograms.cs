namespace Bastion.Cli.Demo.Machine;

/// <summary>The programs of util-linux and coreutils that machines are made with, where every distribution has
/// them.</summary>
internal static class SystemPrograms
{
    public const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Never from /usr/local: what starts the target is the distribution's.</summary>
    private static readonly string[] Directories = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <exception cref="MachineException">There is none.</exception>
    public static string Find(string name) =>
        Directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists)
            ?? throw new MachineException($"`{name}` is not installed (package util-linux)");
}

/// <summary>The target's machine cannot be made in this way; the message is the reason.</summary>
internal sealed class MachineException(string message) : Exception(message);
