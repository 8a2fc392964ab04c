namespace Bastion.Policy;

/// <summary>A file of a policy as it was read: the path as diagnostics show it, and its bytes (UTF-8).</summary>
public sealed record PolicyFile(string Path, ReadOnlyMemory<byte> Content)
{
    public static PolicyFile FromText(string path, string text) =>
        new(path, System.Text.Encoding.UTF8.GetBytes(text));
}
