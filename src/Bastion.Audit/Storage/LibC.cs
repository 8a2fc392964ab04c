using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Bastion.Audit.Storage;

/// <summary>The calls that evidence needs and the base class library has not, or answers for wrongly.</summary>
internal static class LibC
{
    public const int ErrorInterrupted = 4;
    public const int ErrorBadDescriptor = 9;

    /// <summary>EWOULDBLOCK, as Linux and as Darwin number it.</summary>
    public const int ErrorWouldBlockLinux = 11;
    public const int ErrorWouldBlockDarwin = 35;

    public const int OpenReadOnly = 0;

    /// <summary>Of Linux, the same on x64 and arm64: a lock must not live on in a program that is started.</summary>
    public const int OpenCloseOnExec = 0x80000;

    public const int LockExclusive = 2;
    public const int LockDoNotWait = 4;

    /// <summary>What the call just made failed with.</summary>
    public static IOException Failure(string what) =>
        new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern SafeFileHandle Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Fsync(SafeFileHandle handle);

    [DllImport("libc", EntryPoint = "flock", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Flock(SafeFileHandle handle, int operation);

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern uint GetEffectiveUser();

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static extern int Statx(
        int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] answer);
}
