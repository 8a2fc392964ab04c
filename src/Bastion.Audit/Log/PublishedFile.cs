using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>Small files that others read: replaced whole, so that nobody sees half of one, not even after a
/// crash.</summary>
public static class PublishedFile
{
    /// <summary>Returns when the file with these bytes survives a power cut under its name.</summary>
    public static void Write(IFileSystem files, string path, string draft, ReadOnlySpan<byte> content)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (files.FileExists(draft))
        {
            files.Delete(draft);
        }

        using (IFile file = files.Create(draft))
        {
            file.Write(content, 0);
            file.Sync();
        }

        files.Replace(draft, path);
        files.SyncDirectory(Path.GetDirectoryName(path)!);
    }
}
