using System.Buffers;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.Connection;

internal sealed class MessageBuilder
{
    private readonly ArrayBufferWriter<byte> _output = new();

    public MessageBuilder Number(MessageNumber number)
    {
        new SshWriter(_output).WriteByte((byte)number);
        return this;
    }

    public MessageBuilder UInt32(uint value)
    {
        new SshWriter(_output).WriteUInt32(value);
        return this;
    }

    public MessageBuilder Boolean(bool value)
    {
        new SshWriter(_output).WriteBoolean(value);
        return this;
    }

    public MessageBuilder String(string value)
    {
        new SshWriter(_output).WriteString(value);
        return this;
    }

    public MessageBuilder String(ReadOnlySpan<byte> value)
    {
        new SshWriter(_output).WriteString(value);
        return this;
    }

    public MessageBuilder Bytes(ReadOnlySpan<byte> value)
    {
        new SshWriter(_output).WriteBytes(value);
        return this;
    }

    public byte[] ToArray() => _output.WrittenSpan.ToArray();
}
