using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Bastion.Audit.Storage;

/// <summary>Whose a file is, and whether it is one at all: the base class library tells neither, and opens a named pipe
/// to wait for ever.</summary>
/// <param name="Owner">User number.</param>
/// <param name="Kind">What lies there, links not followed.</param>
internal readonly record struct FileStatus(uint Owner, EntryKind Kind)
{
    public const uint Root = 0;

    // struct statx is laid out the same on every architecture, which struct stat is not.
    private const int StatxBytes = 256;
    private const int UidOffset = 20;
    private const int ModeOffset = 28;
    private const int CurrentDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const uint WantTypeAndUid = 0x1 | 0x8;

    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Directory = 0x4000;
    private const int SymbolicLink = 0xA000;

    /// <summary>The user that this process acts as.</summary>
    public static uint OurUser { get; } = OperatingSystem.IsLinux() ? GetEffectiveUser() : Root;

    /// <summary>Null where it cannot be told.</summary>
    public static FileStatus? Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        byte[] answer = new byte[StatxBytes];
        try
        {
            return Statx(CurrentDirectory, path, DoNotFollow, WantTypeAndUid, answer) == 0 ? Read(answer) : null;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library older than the call.
            return null;
        }
    }

    private static FileStatus Read(ReadOnlySpan<byte> answer)
    {
        // Every architecture that .NET runs Linux on is little-endian but one, which statx then writes in its own
        // order.
        uint owner = BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt32LittleEndian(answer[UidOffset..])
            : BinaryPrimitives.ReadUInt32BigEndian(answer[UidOffset..]);
        int mode = BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt16LittleEndian(answer[ModeOffset..])
            : BinaryPrimitives.ReadUInt16BigEndian(answer[ModeOffset..]);
        return new FileStatus(owner, (mode & TypeMask) switch
        {
            RegularFile => EntryKind.File,
            Directory => EntryKind.Directory,
            SymbolicLink => EntryKind.SymbolicLink,
            _ => EntryKind.Other,
        });
    }

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint GetEffectiveUser();

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(
        int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] answer);
}
