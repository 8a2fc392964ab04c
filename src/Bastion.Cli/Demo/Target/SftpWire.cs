using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Bastion.Cli.Demo.Target;

/// <summary>draft-ietf-secsh-filexfer-02 section 3: the packet types of version 3.</summary>
internal enum SftpPacket : byte
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
}

/// <summary>draft-ietf-secsh-filexfer-02 section 7.</summary>
internal enum SftpStatus : uint
{
    Ok = 0,
    Eof = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    OperationUnsupported = 8,
}

/// <summary>Reads one packet; throws <see cref="InvalidDataException"/> on truncation.</summary>
internal sealed class SftpReader(ReadOnlyMemory<byte> packet)
{
    private ReadOnlyMemory<byte> _rest = packet;

    public byte Byte() => Take(1).Span[0];

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4).Span);

    public ulong UInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(8).Span);

    public ReadOnlyMemory<byte> Bytes() => Take(checked((int)Math.Min(UInt32(), int.MaxValue)));

    public string Text() => Encoding.UTF8.GetString(Bytes().Span);

    private ReadOnlyMemory<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new InvalidDataException("truncated sftp packet");
        }

        ReadOnlyMemory<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}

/// <summary>Builds one packet; the length in front is filled in by <see cref="Finish"/>.</summary>
internal sealed class SftpWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new();

    public SftpWriter(SftpPacket type, uint id)
    {
        UInt32(0);
        Byte((byte)type);
        UInt32(id);
    }

    public SftpWriter Byte(byte value)
    {
        _buffer.Write([value]);
        return this;
    }

    public SftpWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
        return this;
    }

    public SftpWriter UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
        return this;
    }

    public SftpWriter Bytes(ReadOnlySpan<byte> value)
    {
        UInt32((uint)value.Length);
        _buffer.Write(value);
        return this;
    }

    public SftpWriter Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    public ReadOnlyMemory<byte> Finish()
    {
        byte[] packet = _buffer.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(packet, (uint)packet.Length - 4);
        return packet;
    }
}
