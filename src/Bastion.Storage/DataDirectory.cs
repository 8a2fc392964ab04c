using Bastion.Audit;
using Bastion.Audit.Storage;

namespace Bastion.Storage;

/// <summary>
/// Everything the gateway keeps, in one directory that nobody else may read. One process at a time: the lock is held as
/// long as this object lives.
/// </summary>
public sealed class DataDirectory : IDisposable
{
    private const UnixFileMode OwnerOnlyDirectory =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersMask = (UnixFileMode)0b000_111_111;

    private readonly IDisposable _lock;

    private DataDirectory(string root, IDisposable held)
    {
        Root = root;
        _lock = held;
    }

    public string Root { get; }

    public string Keys => Path.Combine(Root, "keys");

    public string Recordings => Path.Combine(Root, "recordings");

    public string Logs => Path.Combine(Root, "logs");

    public string DatabaseFile => Path.Combine(Root, "bastion.db");

    /// <summary>Makes what is missing, refuses what others can read, and takes the lock.</summary>
    /// <exception cref="DataDirectoryException">With one line that says what to mend.</exception>
    public static DataDirectory Open(string path)
    {
        string root = Path.GetFullPath(path);
        try
        {
            foreach (string? directory in new[] { root, Path.Combine(root, "keys"), Path.Combine(root, "recordings"),
                Path.Combine(root, "logs") })
            {
                MakePrivate(directory);
            }

            return new DataDirectory(root, PhysicalFileSystem.Instance.Lock(root));
        }
        catch (FileLockedException held)
        {
            throw new DataDirectoryException(
                $"another gateway runs on `{root}`; stop it, or use another data directory", held);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataDirectoryException($"`{root}` cannot be used: {failure.Message}", failure);
        }
    }

    /// <summary>Makes a file that only the owner can read, whole before it has its name, and there for good when this
    /// returns.</summary>
    public static void WritePrivateFile(string path, ReadOnlySpan<byte> content)
    {
        string full = Path.GetFullPath(path);
        PublishedFile.Write(PhysicalFileSystem.Instance, full, full + ".new", content);
    }

    /// <summary>Refuses a file of secrets that somebody else may read, as ssh does.</summary>
    public static void RequirePrivate(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & OthersMask) != 0)
        {
            throw new DataDirectoryException($"`{path}` can be read by others; run: chmod 600 {path}");
        }
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>Makes a directory that only the owner can enter, or checks that one is.</summary>
    internal static void MakePrivate(string directory)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory);
            return;
        }

        if (!Directory.Exists(directory))
        {
            Directory.CreateDirectory(directory, OwnerOnlyDirectory);
        }
        else if ((File.GetUnixFileMode(directory) & OthersMask) != 0)
        {
            throw new DataDirectoryException($"`{directory}` is open to others; run: chmod 700 {directory}");
        }
    }
}

/// <summary>The data directory cannot be used; the message says what to do.</summary>
public sealed class DataDirectoryException : Exception
{
    public DataDirectoryException(string message)
        : base(message)
    {
    }

    public DataDirectoryException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
