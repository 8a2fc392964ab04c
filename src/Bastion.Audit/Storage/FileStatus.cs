using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace Bastion.Audit.Storage;

/// <summary>What a file is: whose, of what kind, and which one. The base class library tells none of it, and opens a
/// named pipe to wait for ever.</summary>
/// <param name="Owner">User number.</param>
/// <param name="Kind">What lies there, links not followed.</param>
/// <param name="Identity">The same for two names or handles exactly when they are one file.</param>
internal readonly record struct FileStatus(uint Owner, EntryKind Kind, FileIdentity Identity)
{
    public const uint Root = 0;

    // struct statx is laid out the same on every architecture, which struct stat is not.
    private const int StatxBytes = 256;
    private const int UidOffset = 20;
    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int DeviceMajorOffset = 136;
    private const int DeviceMinorOffset = 140;
    private const int CurrentDirectory = -100;
    private const int DoNotFollow = 0x100;
    private const int TheHandleItself = 0x1000;
    private const uint WantTypeUidAndInode = 0x1 | 0x8 | 0x100;

    private const int TypeMask = 0xF000;
    private const int RegularFile = 0x8000;
    private const int Directory = 0x4000;
    private const int SymbolicLink = 0xA000;

    /// <summary>The user that this process acts as.</summary>
    public static uint OurUser { get; } = OperatingSystem.IsLinux() ? LibC.GetEffectiveUser() : Root;

    /// <summary>Null where there is nothing, or it cannot be told.</summary>
    public static FileStatus? Of(string path) => Ask(CurrentDirectory, path, DoNotFollow);

    public static FileStatus? Of(SafeFileHandle handle)
    {
        bool added = false;
        try
        {
            handle.DangerousAddRef(ref added);
            return Ask((int)handle.DangerousGetHandle(), "", TheHandleItself);
        }
        finally
        {
            if (added)
            {
                handle.DangerousRelease();
            }
        }
    }

    private static FileStatus? Ask(int directory, string path, int flags)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        byte[] answer = new byte[StatxBytes];
        try
        {
            return LibC.Statx(directory, path, flags, WantTypeUidAndInode, answer) == 0 ? Read(answer) : null;
        }
        catch (EntryPointNotFoundException)
        {
            // A C library older than the call.
            return null;
        }
    }

    private static FileStatus Read(ReadOnlySpan<byte> answer)
    {
        int mode = BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt16LittleEndian(answer[ModeOffset..])
            : BinaryPrimitives.ReadUInt16BigEndian(answer[ModeOffset..]);
        ulong inode = BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt64LittleEndian(answer[InodeOffset..])
            : BinaryPrimitives.ReadUInt64BigEndian(answer[InodeOffset..]);
        EntryKind kind = (mode & TypeMask) switch
        {
            RegularFile => EntryKind.File,
            Directory => EntryKind.Directory,
            SymbolicLink => EntryKind.SymbolicLink,
            _ => EntryKind.Other,
        };
        return new FileStatus(
            Number(answer, UidOffset), kind,
            new FileIdentity(Number(answer, DeviceMajorOffset), Number(answer, DeviceMinorOffset), inode));
    }

    /// <summary>Every architecture that .NET runs Linux on is little-endian but one, which statx then writes in its own
    /// order.</summary>
    private static uint Number(ReadOnlySpan<byte> answer, int offset) => BitConverter.IsLittleEndian
        ? BinaryPrimitives.ReadUInt32LittleEndian(answer[offset..])
        : BinaryPrimitives.ReadUInt32BigEndian(answer[offset..]);
}

/// <summary>Which file on this machine, whatever it is called.</summary>
public readonly record struct FileIdentity
{
    private readonly uint _deviceMajor;
    private readonly uint _deviceMinor;
    private readonly ulong _inode;

    internal FileIdentity(uint deviceMajor, uint deviceMinor, ulong inode) =>
        (_deviceMajor, _deviceMinor, _inode) = (deviceMajor, deviceMinor, inode);

    /// <summary>Null where there is nothing.</summary>
    public static FileIdentity? Of(string path) => FileStatus.Of(path)?.Identity;
}
