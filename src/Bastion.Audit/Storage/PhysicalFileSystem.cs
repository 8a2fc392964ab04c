using Microsoft.Win32.SafeHandles;

namespace Bastion.Audit.Storage;

/// <summary>The machine's own file system.</summary>
public sealed class PhysicalFileSystem : IFileSystem
{
    private const UnixFileMode OwnerOnlyFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerOnlyDirectory = OwnerOnlyFile | UnixFileMode.UserExecute;

    private const UnixFileMode OthersMayWrite = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode OthersMayRead = UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public static PhysicalFileSystem Instance { get; } = new();

    private PhysicalFileSystem()
    {
    }

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        string? parent = Path.GetDirectoryName(Path.GetFullPath(path));
        if (parent is not null)
        {
            CreateDirectory(parent);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnerOnlyDirectory);
        }

        if (parent is not null)
        {
            SyncDirectory(parent);
        }
    }

    public IReadOnlyList<FileSystemEntry> List(string directory) =>
        [.. new DirectoryInfo(directory).EnumerateFileSystemInfos().Select(Describe)
            .OrderBy(entry => entry.Name, StringComparer.Ordinal)];

    public IFile Create(string path)
    {
        // The handle outlives the stream: a FileStream would only add its own position and buffer.
        using (new FileStream(path, OwnerOnly(FileMode.CreateNew, FileShare.ReadWrite | FileShare.Delete)))
        {
        }

        return Reopen(path, FileAccess.ReadWrite);
    }

    public IFile Open(string path) => Reopen(path, FileAccess.ReadWrite);

    public IFile OpenRead(string path) => Reopen(path, FileAccess.Read);

    public void Replace(string source, string destination) => File.Move(source, destination, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    public void SyncDirectory(string path) => FileSync.DirectoryToDisk(path);

    public IDisposable Lock(string directory)
    {
        SafeFileHandle handle = FileSync.OpenDirectory(directory);
        if (LibC.Flock(handle, LibC.LockExclusive | LibC.LockDoNotWait) == 0)
        {
            return handle;
        }

        IOException failure = LibC.Failure($"cannot lock `{directory}`");
        handle.Dispose();
        return failure.HResult switch
        {
            LibC.ErrorWouldBlockLinux or LibC.ErrorWouldBlockDarwin => throw new FileLockedException(
                $"`{directory}` is in use by another process", failure),
            // NFS locks only what is open for writing, which no directory is.
            LibC.ErrorBadDescriptor => LockFile(Path.Combine(directory, "lock")),
            _ => throw failure,
        };
    }

    public bool IsAt(IFile file, string path) =>
        file is PhysicalFile open && open.Identity is { } identity && FileStatus.Of(path)?.Identity == identity;

    public string? FaultOfPermissions(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        if (FileStatus.Of(path) is { Owner: var owner } && owner != FileStatus.Root && owner != FileStatus.OurUser)
        {
            return $"`{path}` belongs to user {owner}, not to the gateway's own; run: chown {FileStatus.OurUser} "
                + $"{path}";
        }

        UnixFileMode mode = File.GetUnixFileMode(path);
        if ((mode & (OthersMayWrite | OthersMayRead)) == 0)
        {
            return null;
        }

        string verb = (mode & OthersMayWrite) != 0 ? "written" : "read";
        return $"`{path}` can be {verb} by others; run: chmod go= {path}";
    }

    private static FileStream LockFile(string path)
    {
        try
        {
            return new FileStream(path, OwnerOnly(FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException failure)
            when (failure.HResult is LibC.ErrorWouldBlockLinux or LibC.ErrorWouldBlockDarwin)
        {
            throw new FileLockedException($"`{Path.GetDirectoryName(path)}` is in use by another process", failure);
        }
    }

    private static FileStreamOptions OwnerOnly(FileMode mode, FileShare share)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = FileAccess.ReadWrite,
            Share = share,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnlyFile;
        }

        return options;
    }

    private static FileSystemEntry Describe(FileSystemInfo info)
    {
        if (info.LinkTarget is not null)
        {
            return new FileSystemEntry(info.Name, EntryKind.SymbolicLink, 0);
        }

        return info switch
        {
            DirectoryInfo => new FileSystemEntry(info.Name, EntryKind.Directory, 0),
            FileInfo file when (file.Attributes & (FileAttributes.Device | FileAttributes.ReparsePoint)) == 0
                && IsPlain(file.FullName) =>
                new FileSystemEntry(info.Name, EntryKind.File, file.Length),
            _ => new FileSystemEntry(info.Name, EntryKind.Other, 0),
        };
    }

    private static bool IsPlain(string path) => FileStatus.Of(path) is null or { Kind: EntryKind.File };

    private static PhysicalFile Reopen(string path, FileAccess access)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            throw new IOException(
                $"`{path}` is a symbolic link; evidence is kept in plain files: put the file itself there");
        }

        if (!IsPlain(path) && File.Exists(path))
        {
            throw new IOException($"`{path}` is no plain file; move it elsewhere");
        }

        return new PhysicalFile(
            File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete), path);
    }

    private sealed class PhysicalFile(SafeFileHandle handle, string path) : IFile
    {
        public FileIdentity? Identity { get; } = FileStatus.Of(handle)?.Identity;

        public long Length => RandomAccess.GetLength(handle);

        public int Read(Span<byte> buffer, long offset)
        {
            int total = 0;
            while (total < buffer.Length)
            {
                int read = RandomAccess.Read(handle, buffer[total..], offset + total);
                if (read == 0)
                {
                    break;
                }

                total += read;
            }

            return total;
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(handle, bytes, offset);

        public void Truncate(long length) => RandomAccess.SetLength(handle, length);

        public void Sync() => FileSync.ToDisk(handle, path);

        public void Dispose() => handle.Dispose();
    }
}
