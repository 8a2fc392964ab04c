using System.Buffers.Binary;
using System.Text;

namespace Bastion.Server.Ssh.Sftp;

/// <summary>Packet types of SFTP version 3 (draft-ietf-secsh-filexfer-02 section 3).</summary>
internal enum SftpType : byte
{
    Init = 1,
    Version = 2,
    Open = 3,
    Close = 4,
    Read = 5,
    Write = 6,
    LStat = 7,
    FStat = 8,
    SetStat = 9,
    FSetStat = 10,
    OpenDir = 11,
    ReadDir = 12,
    Remove = 13,
    MkDir = 14,
    RmDir = 15,
    RealPath = 16,
    Stat = 17,
    Rename = 18,
    ReadLink = 19,
    SymLink = 20,
    Status = 101,
    Handle = 102,
    Data = 103,
    Name = 104,
    Attributes = 105,
    Extended = 200,
    ExtendedReply = 201,
}

/// <summary>Section 7 of the draft.</summary>
internal enum SftpStatus : uint
{
    Ok = 0,
    PermissionDenied = 3,
    Failure = 4,
    OperationUnsupported = 8,
}

/// <summary>Section 6.3 of the draft: pflags of SSH_FXP_OPEN.</summary>
[Flags]
internal enum SftpOpenFlags : uint
{
    Read = 1,
    Write = 2,
    Append = 4,
    Create = 8,
    Truncate = 16,
    Exclusive = 32,
}

/// <summary>The peer does not speak SFTP version 3: nothing more is passed on this channel.</summary>
internal sealed class SftpProtocolException(string message) : Exception(message);

/// <summary>Reads the fields of one packet; every method is false on truncation.</summary>
internal ref struct SftpReader(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> _rest = rest;

    public bool TryReadUInt32(out uint value)
    {
        bool read = BinaryPrimitives.TryReadUInt32BigEndian(_rest, out value);
        _rest = read ? _rest[4..] : _rest;
        return read;
    }

    public bool TryReadUInt64(out ulong value)
    {
        bool read = BinaryPrimitives.TryReadUInt64BigEndian(_rest, out value);
        _rest = read ? _rest[8..] : _rest;
        return read;
    }

    public bool TryReadString(out ReadOnlySpan<byte> value)
    {
        if (BinaryPrimitives.TryReadUInt32BigEndian(_rest, out uint length) && length <= (uint)(_rest.Length - 4))
        {
            value = _rest.Slice(4, (int)length);
            _rest = _rest[(4 + (int)length)..];
            return true;
        }

        value = default;
        return false;
    }

    /// <summary>A path has no NUL in it: the target would see less of it than we do.</summary>
    public bool TryReadPath(out string path)
    {
        bool read = TryReadString(out ReadOnlySpan<byte> bytes) && !bytes.Contains((byte)0);
        path = read ? Encoding.UTF8.GetString(bytes) : "";
        return read;
    }
}

internal static class SftpPackets
{
    /// <summary>Bytes in front of a packet's content: its length (section 3 of the draft).</summary>
    public const int LengthPrefix = 4;

    /// <summary>
    /// Section 7 of the draft: uint32 length, byte SSH_FXP_STATUS, uint32 id, uint32 error code, string message,
    /// string language tag
    /// </summary>
    public static byte[] Status(uint id, SftpStatus status, string message)
    {
        byte[] text = Encoding.UTF8.GetBytes(message);
        byte[] packet = new byte[LengthPrefix + 1 + 4 + 4 + 4 + text.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length - LengthPrefix);
        packet[4] = (byte)SftpType.Status;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(5), id);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(9), (uint)status);
        BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(13), text.Length);
        text.CopyTo(packet, 17);
        return packet;
    }

    /// <summary>Section 4 of the draft: uint32 length, byte SSH_FXP_INIT, uint32 version. The gateway reads version 3,
    /// so that is what every target is asked for, whatever the client says.</summary>
    public static readonly byte[] Init = [0, 0, 0, 5, (byte)SftpType.Init, 0, 0, 0, Version];

    public const byte Version = 3;

    /// <summary>Section 6.11 of the draft: uint32 length, byte SSH_FXP_REALPATH, uint32 id, string path</summary>
    public static byte[] RealPath(uint id, string path)
    {
        byte[] text = Encoding.UTF8.GetBytes(path);
        byte[] packet = new byte[LengthPrefix + 1 + 4 + 4 + text.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length - LengthPrefix);
        packet[4] = (byte)SftpType.RealPath;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(5), id);
        BinaryPrimitives.WriteInt32BigEndian(packet.AsSpan(9), text.Length);
        text.CopyTo(packet, 13);
        return packet;
    }
}
