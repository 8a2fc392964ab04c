using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Bastion.Ssh.Wire;

/// <summary>Writes the data types of RFC 4251 section 5 into any buffer writer.</summary>
internal readonly ref struct SshWriter(IBufferWriter<byte> output)
{
    public void WriteByte(byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }

    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    public void WriteUInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(4), value);
        output.Advance(4);
    }

    public void WriteUInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64BigEndian(output.GetSpan(8), value);
        output.Advance(8);
    }

    public void WriteBytes(ReadOnlySpan<byte> value) => output.Write(value);

    public void WriteString(ReadOnlySpan<byte> value)
    {
        WriteUInt32((uint)value.Length);
        output.Write(value);
    }

    public void WriteString(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        WriteUInt32((uint)length);
        Encoding.UTF8.GetBytes(value, output.GetSpan(length));
        output.Advance(length);
    }

    /// <summary>A non-negative mpint from big-endian magnitude: leading zeros dropped, one added before a set top
    /// bit.</summary>
    public void WriteMpInt(ReadOnlySpan<byte> magnitude)
    {
        magnitude = magnitude.TrimStart((byte)0);
        bool pad = !magnitude.IsEmpty && magnitude[0] >= 0x80;
        WriteUInt32((uint)(magnitude.Length + (pad ? 1 : 0)));
        if (pad)
        {
            WriteByte(0);
        }

        output.Write(magnitude);
    }

    public void WriteNameList(IEnumerable<string> names) => WriteString(string.Join(',', names));
}
