namespace Bastion.Audit.Storage;

public enum EntryKind
{
    File,
    Directory,
    SymbolicLink,
    Other,
}

/// <param name="Name">Without the directory.</param>
/// <param name="Kind">What it is, links not followed.</param>
/// <param name="Length">Bytes, for files.</param>
public sealed record FileSystemEntry(string Name, EntryKind Kind, long Length);

/// <summary>
/// The few file operations that evidence rests on, so that tests can put torn writes, full disks and failing fsyncs
/// under them. Failures are <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
/// </summary>
public interface IFileSystem
{
    bool FileExists(string path);

    bool DirectoryExists(string path);

    /// <summary>Makes the directory and its missing parents, readable by the owner alone, and makes the names
    /// durable.</summary>
    void CreateDirectory(string path);

    /// <summary>Entries in ordinal order of their names.</summary>
    IReadOnlyList<FileSystemEntry> List(string directory);

    /// <summary>Creates a file that must not exist, readable by the owner alone. The name is durable after <see
    /// cref="SyncDirectory"/>.</summary>
    IFile Create(string path);

    /// <summary>Opens an existing file for reading and writing. A symbolic link is refused.</summary>
    IFile Open(string path);

    /// <summary>Opens an existing file for reading beside its writer. A symbolic link is refused.</summary>
    IFile OpenRead(string path);

    /// <summary>Renames over whatever stands there, in one step.</summary>
    void Replace(string source, string destination);

    void Delete(string path);

    void SyncDirectory(string path);

    /// <summary>Takes the directory itself for this process until the result is disposed of: there is no lock file that
    /// somebody could take for stale and remove.</summary>
    /// <exception cref="FileLockedException">Another process has it.</exception>
    IDisposable Lock(string directory);

    /// <summary>Whether the name still leads to this very file: it was neither moved, nor removed, nor
    /// replaced.</summary>
    bool IsAt(IFile file, string path);

    /// <summary>What is wrong with owner or mode of this file or directory, with the mend, or null when nothing
    /// is.</summary>
    string? FaultOfPermissions(string path);
}

/// <summary>Another process holds what was to be locked.</summary>
public sealed class FileLockedException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>An open file, read and written at explicit offsets.</summary>
public interface IFile : IDisposable
{
    long Length { get; }

    /// <summary>Reads until <paramref name="buffer"/> is full or the file ends; returns how many bytes came.</summary>
    int Read(Span<byte> buffer, long offset);

    /// <summary>Writes all of it, or throws; after a throw any part may have been written.</summary>
    void Write(ReadOnlySpan<byte> bytes, long offset);

    void Truncate(long length);

    /// <summary>
    /// Returns when what was written survives a power cut. After a failure nothing is known about earlier writes
    /// (the kernel may have dropped the dirty pages and forgotten the error), so it is never to be tried again.
    /// </summary>
    void Sync();
}
