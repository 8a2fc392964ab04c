using Bastion.Policy.Syntax;

namespace Bastion.Policy.Loading;

/// <summary>Reads policy files from disk, within bounds.</summary>
internal static class PolicyDirectory
{
    public static bool IsPolicyFile(PolicyFile file) =>
        Path.GetExtension(file.Path) is ".yaml" or ".yml";

    public static IReadOnlyList<PolicyFile> Read(string directory, DiagnosticBag found)
    {
        var whole = new SourceLocation(directory, 0, 0);
        try
        {
            var paths = Directory.EnumerateFiles(directory)
                .Where(path => Path.GetExtension(path) is ".yaml" or ".yml" && !Path.GetFileName(path).StartsWith('.'))
                .Take(PolicyLimits.Files + 1)
                .Order(StringComparer.Ordinal)
                .ToList();
            if (paths.Count == 0)
            {
                found.Error(whole, "no-policy", "there is no policy file here",
                    "a policy is a directory with at least one `.yaml` file");
                return [];
            }

            if (paths.Count > PolicyLimits.Files)
            {
                found.Error(whole, "too-large", $"more than {PolicyLimits.Files:N0} files", null);
                return [];
            }

            return ReadAll(paths, whole, found);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            found.Error(whole, "unreadable", $"the directory cannot be read: {wrong.Message.ReplaceLineEndings(" ")}");
            return [];
        }
    }

    /// <summary>The file an inventory names, or null when it cannot be read.</summary>
    public static PolicyFile? ReadInventory(string path)
    {
        try
        {
            // One byte more than is allowed tells the reader that the file is too large.
            return ReadBounded(path, PolicyLimits.FileBytes + 1);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    private static List<PolicyFile> ReadAll(IReadOnlyList<string> paths, SourceLocation whole, DiagnosticBag found)
    {
        var files = new List<PolicyFile>();
        long total = 0;
        foreach (string path in paths)
        {
            try
            {
                PolicyFile file = ReadBounded(path, PolicyLimits.FileBytes + 1);
                files.Add(file);
                total += file.Content.Length;
            }
            catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                found.Error(new SourceLocation(path, 0, 0), "unreadable",
                    $"the file cannot be read: {wrong.Message.ReplaceLineEndings(" ")}");
            }

            if (total > PolicyLimits.TotalBytes)
            {
                found.Error(whole, "too-large", $"the files have more than {PolicyLimits.TotalBytes:N0} bytes together",
                    null);
                break;
            }
        }

        return files;
    }

    private static PolicyFile ReadBounded(string path, int most)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        byte[] bytes = new byte[(int)Math.Min(most, stream.Length)];
        stream.ReadExactly(bytes);
        return new PolicyFile(path, bytes);
    }
}
