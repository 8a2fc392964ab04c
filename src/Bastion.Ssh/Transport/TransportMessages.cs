using System.Buffers;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Transport;

/// <summary>
/// RFC 4253 section 11.1: byte SSH_MSG_DISCONNECT, uint32 reason code, string description (UTF-8), string language tag.
/// </summary>
internal readonly ref struct DisconnectMessage
{
    public required uint Reason { get; init; }

    public required ReadOnlySpan<byte> Description { get; init; }

    /// <summary>The language tag, and even the description, are missing from some implementations' messages.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, out DisconnectMessage message)
    {
        message = default;
        var reader = new SshReader(payload);
        if (!reader.TryReadByte(out _) || !reader.TryReadUInt32(out uint reason))
        {
            return false;
        }

        reader.TryReadString(out ReadOnlySpan<byte> description);
        message = new DisconnectMessage { Reason = reason, Description = description };
        return true;
    }

    public static byte[] Create(DisconnectReason reason, string description)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        writer.WriteByte((byte)MessageNumber.Disconnect);
        writer.WriteUInt32((uint)reason);
        writer.WriteString(description);
        writer.WriteString(default(ReadOnlySpan<byte>));
        return output.WrittenSpan.ToArray();
    }
}

/// <summary>RFC 4253 section 11.4: byte SSH_MSG_UNIMPLEMENTED, uint32 packet sequence number of the rejected
/// message.</summary>
internal static class UnimplementedMessage
{
    public const int Bytes = 5;

    public static void Write(Span<byte> payload, uint sequence)
    {
        payload[0] = (byte)MessageNumber.Unimplemented;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(payload[1..], sequence);
    }
}

/// <summary>
/// OpenSSH's PROTOCOL section 1.9: byte SSH2_MSG_PING, string data; answered by byte SSH2_MSG_PONG, string data.
/// </summary>
internal static class PingMessage
{
    public static bool TryReadData(ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> data)
    {
        var reader = new SshReader(payload);
        data = default;
        return reader.TryReadByte(out _) && reader.TryReadString(out data) && reader.AtEnd;
    }
}
