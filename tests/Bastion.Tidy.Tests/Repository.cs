using System.Runtime.CompilerServices;

namespace Bastion.Tidy.Tests;

/// <summary>The files of the checkout that these tests run in, without what is built or installed.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["artifacts", "node_modules", "bin", "obj", ".git", "dist"];

    public static string Root { get; } = FindRoot();

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IEnumerable<string> Files(string extension) =>
        Walk(Root).Where(file => file.EndsWith(extension, StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(Root, file));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static string[] Lines(string path) => File.ReadAllLines(Path.Combine(Root, path));

    /// <summary>Fails with all that was found, a line each.</summary>
    public static void AssertNone(IEnumerable<string> found)
    {
        string lines = string.Join('\n', found);
        Assert.True(lines.Length == 0, lines);
    }

    private static IEnumerable<string> Walk(string directory) =>
        Directory.EnumerateFiles(directory).Concat(Directory.EnumerateDirectories(directory)
            .Where(child => !NotOurs.Contains(Path.GetFileName(child)))
            .SelectMany(Walk));

    // PathMap hides the source's place from the compiler's caller information, so the solution is looked for upwards.
    private static string FindRoot([CallerFilePath] string source = "")
    {
        foreach (string start in (string[])[AppContext.BaseDirectory, Path.GetDirectoryName(source) ?? ""])
        {
            for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
            {
                if (File.Exists(Path.Combine(at.FullName, "Bastion.sln")))
                {
                    return at.FullName;
                }
            }
        }

        throw new InvalidOperationException("no Bastion.sln above the tests");
    }
}
