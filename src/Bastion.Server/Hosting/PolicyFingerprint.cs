namespace Bastion.Server.Hosting;

/// <summary>Names, lengths and times of the policy's files: enough to know when to read them again.</summary>
internal static class PolicyFingerprint
{
    public static string Of(string directory, IEnumerable<string> inventories)
    {
        try
        {
            return string.Join('\n', new DirectoryInfo(directory)
                .EnumerateFiles("*", SearchOption.AllDirectories)
                .Concat(inventories.Select(path => new FileInfo(path)).Where(file => file.Exists))
                .OrderBy(file => file.FullName, StringComparer.Ordinal)
                .Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }
}
