using System.Text;
using Bastion.Audit.Notes;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Witnesses;

/// <summary>One checkpoint in a file, replaced whole and durably.</summary>
public sealed class CheckpointFile(string path, IFileSystem? fileSystem = null)
{
    private readonly IFileSystem _files = fileSystem ?? PhysicalFileSystem.Instance;

    /// <summary>Null when there is none yet.</summary>
    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public Checkpoint? Load()
    {
        if (!_files.FileExists(path))
        {
            return null;
        }

        using IFile file = _files.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, SignedNote.MaximumBytes)];
        string text = Encoding.UTF8.GetString(bytes, 0, file.Read(bytes, 0));
        return Checkpoint.TryParse(text, out Checkpoint? checkpoint)
            ? checkpoint
            : throw new InvalidDataException(
            $"`{path}` holds no checkpoint: it was changed; put back what was there, from a copy");
    }

    public void Save(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        _files.CreateDirectory(Path.GetDirectoryName(path)!);
        PublishedFile.Write(_files, path, path + ".new", Encoding.UTF8.GetBytes(checkpoint.ToString()));
    }
}
