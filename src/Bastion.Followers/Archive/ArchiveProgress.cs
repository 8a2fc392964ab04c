using System.Text;
using System.Text.Json;
using Bastion.Audit.Storage;

namespace Bastion.Followers.Archive;

/// <param name="Origin">The journal's name.</param>
/// <param name="Next">The sequence of the first record that is not archived. What lies below is there with its
/// recordings.</param>
/// <param name="Leaf">The leaf hash of the record before it, in hexadecimal.</param>
/// <param name="CheckpointSize">Notes up to that size are archived.</param>
/// <param name="Tiles">Full tiles of the tree of that size are archived.</param>
internal sealed record ArchivePosition(string Origin, long Next, string Leaf, long CheckpointSize, long Tiles);

/// <summary>
/// How far one archive is, in `archive/NAME` below the data directory. Nothing depends on it but time: without it
/// everything is put again, found there, and compared.
/// </summary>
internal sealed class ArchiveProgress(string dataDirectory, string name, IFileSystem files)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly string _directory = Path.Combine(dataDirectory, "archive", name);

    public string FilePath => Path.Combine(_directory, "position");

    /// <summary>Null when nothing was ever archived.</summary>
    /// <exception cref="InvalidDataException">The file is not one of ours.</exception>
    public ArchivePosition? Load()
    {
        if (!files.FileExists(FilePath))
        {
            return null;
        }

        using IFile file = files.OpenRead(FilePath);
        byte[] bytes = new byte[file.Length];
        try
        {
            return JsonSerializer.Deserialize<ArchivePosition>(bytes.AsSpan(0, file.Read(bytes, 0)), Json);
        }
        catch (JsonException)
        {
            throw new InvalidDataException(
                $"`{FilePath}` is damaged; remove it to compare the whole archive and go on");
        }
    }

    /// <summary>Durable when it returns.</summary>
    public void Save(ArchivePosition position)
    {
        files.CreateDirectory(_directory);
        string draft = FilePath + ".new";
        if (files.FileExists(draft))
        {
            files.Delete(draft);
        }

        using (IFile file = files.Create(draft))
        {
            file.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(position, Json)), 0);
            file.Sync();
        }

        files.Replace(draft, FilePath);
        files.SyncDirectory(_directory);
    }
}
