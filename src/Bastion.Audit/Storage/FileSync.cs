using Microsoft.Win32.SafeHandles;

namespace Bastion.Audit.Storage;

/// <summary>
/// fsync(2) by our own call, its result believed. The runtime's own (`RandomAccess.FlushToDisk`,
/// `FileStream.Flush(true)`) returns as if all were well when the kernel answers EIO or ENOSPC, and is banned.
/// </summary>
public static class FileSync
{
    /// <summary>Returns when what was written survives a power cut. See <see cref="IFile.Sync"/>: after a failure it is
    /// never to be tried again.</summary>
    /// <exception cref="IOException">It may not survive.</exception>
    public static void ToDisk(SafeFileHandle handle, string path)
    {
        while (LibC.Fsync(handle) < 0)
        {
            IOException failure = LibC.Failure($"cannot sync `{path}`");
            // A signal came before anything was written: nothing failed yet.
            if (failure.HResult != LibC.ErrorInterrupted)
            {
                throw failure;
            }
        }
    }

    /// <summary>A new name is durable only after an fsync of its directory.</summary>
    /// <exception cref="IOException">It may not survive.</exception>
    public static void DirectoryToDisk(string path)
    {
        using SafeFileHandle directory = OpenDirectory(path);
        ToDisk(directory, path);
    }

    internal static SafeFileHandle OpenDirectory(string path)
    {
        SafeFileHandle directory = LibC.Open(path, LibC.OpenReadOnly | LibC.OpenCloseOnExec);
        if (directory.IsInvalid)
        {
            IOException failure = LibC.Failure($"cannot open directory `{path}`");
            directory.Dispose();
            throw failure;
        }

        return directory;
    }
}
