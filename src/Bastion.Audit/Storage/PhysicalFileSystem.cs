using System.Runtime.InteropServices;
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
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnlyFile;
        }

        // The handle outlives the stream: a FileStream would only add its own position and buffer.
        using var stream = new FileStream(path, options);
        return new PhysicalFile(Reopen(path, FileAccess.ReadWrite));
    }

    public IFile Open(string path) => new PhysicalFile(Reopen(path, FileAccess.ReadWrite));

    public IFile OpenRead(string path) => new PhysicalFile(Reopen(path, FileAccess.Read));

    public void Replace(string source, string destination) => File.Move(source, destination, overwrite: true);

    public void Delete(string path) => File.Delete(path);

    public void SyncDirectory(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            DirectorySync.Sync(path);
        }
    }

    public IDisposable Lock(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnlyFile;
        }

        return new FileStream(path, options);
    }

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

    private static SafeFileHandle Reopen(string path, FileAccess access)
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

        return File.OpenHandle(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete);
    }

    private sealed class PhysicalFile(SafeFileHandle handle) : IFile
    {
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

        public void Sync() => RandomAccess.FlushToDisk(handle);

        public void Dispose() => handle.Dispose();
    }
}

/// <summary>A new name is durable only after an fsync of its directory, which the base class library cannot
/// open.</summary>
internal static class DirectorySync
{
    private const int ReadOnly = 0;

    public static void Sync(string path)
    {
        int descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
        {
            throw new IOException($"cannot open directory `{path}`: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        try
        {
            if (Fsync(descriptor) < 0)
            {
                throw new IOException($"cannot sync directory `{path}`: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Fsync(int descriptor);

    [DllImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
