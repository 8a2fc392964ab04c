using System.Text;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Recordings.Sealing;

/// <summary>
/// The private keys at hand for reading recordings; none on a gateway whose key is kept elsewhere. Several after the
/// key was changed: each recording names the one it needs.
/// </summary>
public sealed class RecordingKeyRing(params IReadOnlyList<RecordingPrivateKey> keys)
{
    private const string PublicFile = "recordings.pub";
    private const string PrivateFile = "recordings.key";

    // A key is some 80 bytes; nobody changes it a thousand times.
    private const int MaximumFileBytes = 64 * 1024;

    public static RecordingKeyRing Empty { get; } = new();

    public bool IsEmpty => keys.Count == 0;

    /// <summary>
    /// Reads `recordings.pub` and `recordings.key` of a directory. When there is neither, a pair is made. To keep the
    /// private key elsewhere, take `recordings.key` away: recordings are made with the public half alone.
    /// </summary>
    /// <exception cref="IOException">A file is unreadable or holds no key; the message says what to do.</exception>
    /// <exception cref="UnauthorizedAccessException">The private key can be read by others.</exception>
    public static (RecordingPublicKey Lock, RecordingKeyRing Ring) LoadOrCreate(string directory,
        IFileSystem? fileSystem = null)
    {
        IFileSystem files = fileSystem ?? PhysicalFileSystem.Instance;
        string publicPath = Path.Combine(directory, PublicFile);
        string privatePath = Path.Combine(directory, PrivateFile);
        files.CreateDirectory(directory);
        RecordingKeyRing ring = Empty;
        if (files.FileExists(privatePath))
        {
            ring = Load(privatePath, files);
        }
        else if (!files.FileExists(publicPath))
        {
            var made = RecordingPrivateKey.Generate();
            Write(files, privatePath, made.Export());
            ring = new RecordingKeyRing(made);
        }

        if (!files.FileExists(publicPath))
        {
            Write(files, publicPath, ring.Newest!.PublicKey.ToString());
        }

        files.SyncDirectory(directory);
        string text = ReadLines(publicPath, files).FirstOrDefault() ?? "";
        return RecordingPublicKey.TryParse(text, out RecordingPublicKey? key)
            ? (key, ring)
            : throw new IOException(
            $"`{publicPath}` holds no public key for recordings; put it back from a copy, or remove it to have it "
                + $"made from `{privatePath}`");
    }

    /// <summary>Reads a file of private keys, one a line, the newest first.</summary>
    /// <exception cref="IOException">A line holds no key.</exception>
    /// <exception cref="UnauthorizedAccessException">Others can read it.</exception>
    public static RecordingKeyRing Load(string path, IFileSystem? fileSystem = null)
    {
        IFileSystem files = fileSystem ?? PhysicalFileSystem.Instance;
        if (files.FaultOfPermissions(path) is { } fault)
        {
            throw new UnauthorizedAccessException(fault);
        }

        var found = new List<RecordingPrivateKey>();
        foreach (string line in ReadLines(path, files))
        {
            found.Add(RecordingPrivateKey.TryParse(line, out RecordingPrivateKey? key)
                ? key
                : throw new IOException($"`{path}`:{found.Count + 1}: this line holds no private key for recordings"));
        }

        return found.Count > 0
            ? new RecordingKeyRing(found)
            : throw new IOException($"`{path}` is empty; put the key back from a copy");
    }

    internal RecordingPrivateKey? Newest => keys.Count > 0 ? keys[0] : null;

    internal RecordingPrivateKey? Find(string id) => keys.FirstOrDefault(key => key.PublicKey.Id == id);

    private static void Write(IFileSystem files, string path, string text)
    {
        using IFile file = files.Create(path);
        file.Write(Encoding.ASCII.GetBytes(text + "\n"), 0);
        file.Sync();
    }

    private static string[] ReadLines(string path, IFileSystem files)
    {
        using IFile file = files.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, MaximumFileBytes)];
        int length = file.Read(bytes, 0);
        return Encoding.UTF8.GetString(bytes, 0, length)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
