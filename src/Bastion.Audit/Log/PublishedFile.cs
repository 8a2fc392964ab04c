using System.Text;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>Small files that others read: replaced whole, so that nobody sees half of one, not even after a
/// crash.</summary>
internal static class PublishedFile
{
    public static void Write(IFileSystem files, string path, string draft, string text)
    {
        if (files.FileExists(draft))
        {
            files.Delete(draft);
        }

        using (IFile file = files.Create(draft))
        {
            file.Write(Encoding.UTF8.GetBytes(text), 0);
            file.Sync();
        }

        files.Replace(draft, path);
        files.SyncDirectory(Path.GetDirectoryName(path)!);
    }
}
