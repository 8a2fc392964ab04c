using System.Buffers;
using System.Buffers.Binary;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Connection;

/// <summary>Composes the messages of RFC 4254. Data messages are headers only: the data goes beside them,
/// uncopied.</summary>
internal static class ConnectionMessages
{
    public const int DataHeaderLength = 9;
    public const int ExtendedDataHeaderLength = 13;

    /// <summary>RFC 4254 section 5.2: SSH_EXTENDED_DATA_STDERR.</summary>
    public const uint ExtendedDataStderr = 1;

    /// <summary>
    /// RFC 4254 section 5.2:
    /// byte SSH_MSG_CHANNEL_DATA, uint32 recipient channel, string data
    /// byte SSH_MSG_CHANNEL_EXTENDED_DATA, uint32 recipient channel, uint32 data_type_code, string data
    /// </summary>
    public static int WriteDataHeader(Span<byte> header, uint recipient, bool extended, int dataLength)
    {
        header[0] = (byte)(extended ? MessageNumber.ChannelExtendedData : MessageNumber.ChannelData);
        BinaryPrimitives.WriteUInt32BigEndian(header[1..], recipient);
        if (!extended)
        {
            BinaryPrimitives.WriteInt32BigEndian(header[5..], dataLength);
            return DataHeaderLength;
        }

        BinaryPrimitives.WriteUInt32BigEndian(header[5..], ExtendedDataStderr);
        BinaryPrimitives.WriteInt32BigEndian(header[9..], dataLength);
        return ExtendedDataHeaderLength;
    }

    /// <summary>
    /// RFC 4254 sections 5.3 and 5.4: the messages that are a number and a recipient channel
    /// (SSH_MSG_CHANNEL_EOF, _CLOSE, _SUCCESS, _FAILURE).
    /// </summary>
    public static byte[] ForChannel(MessageNumber number, uint recipient)
    {
        byte[] message = new byte[5];
        message[0] = (byte)number;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(1), recipient);
        return message;
    }

    /// <summary>RFC 4254 section 5.2: byte SSH_MSG_CHANNEL_WINDOW_ADJUST, uint32 recipient channel, uint32 bytes to
    /// add</summary>
    public static byte[] WindowAdjust(uint recipient, int credit)
    {
        byte[] message = new byte[9];
        message[0] = (byte)MessageNumber.ChannelWindowAdjust;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(1), recipient);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(5), credit);
        return message;
    }

    /// <summary>
    /// RFC 4254 section 5.1: byte SSH_MSG_CHANNEL_OPEN, string channel type, uint32 sender channel,
    /// uint32 initial window size, uint32 maximum packet size, ... type specific data
    /// </summary>
    public static byte[] Open(string type, uint sender, int window, int maximumPacket, ReadOnlySpan<byte> extraData)
    {
        var output = new ArrayBufferWriter<byte>(32 + type.Length + extraData.Length);
        var writer = new SshWriter(output);
        writer.WriteByte((byte)MessageNumber.ChannelOpen);
        writer.WriteString(type);
        writer.WriteUInt32(sender);
        writer.WriteUInt32((uint)window);
        writer.WriteUInt32((uint)maximumPacket);
        writer.WriteBytes(extraData);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>
    /// RFC 4254 section 5.1: byte SSH_MSG_CHANNEL_OPEN_CONFIRMATION, uint32 recipient channel, uint32 sender channel,
    /// uint32 initial window size, uint32 maximum packet size
    /// </summary>
    public static byte[] OpenConfirmation(uint recipient, uint sender, int window, int maximumPacket)
    {
        byte[] message = new byte[17];
        message[0] = (byte)MessageNumber.ChannelOpenConfirmation;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(1), recipient);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(5), sender);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(9), window);
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(13), maximumPacket);
        return message;
    }

    /// <summary>
    /// RFC 4254 section 5.1: byte SSH_MSG_CHANNEL_OPEN_FAILURE, uint32 recipient channel, uint32 reason code,
    /// string description, string language tag
    /// </summary>
    public static byte[] OpenFailure(uint recipient, ChannelOpenFailureReason reason, string description)
    {
        var output = new ArrayBufferWriter<byte>(32 + description.Length);
        var writer = new SshWriter(output);
        writer.WriteByte((byte)MessageNumber.ChannelOpenFailure);
        writer.WriteUInt32(recipient);
        writer.WriteUInt32((uint)reason);
        writer.WriteString(description);
        writer.WriteString("");
        return output.WrittenSpan.ToArray();
    }

    /// <summary>
    /// RFC 4254 section 5.4: byte SSH_MSG_CHANNEL_REQUEST, uint32 recipient channel, string request type,
    /// boolean want reply, ... type specific data
    /// </summary>
    public static byte[] Request(uint recipient, string type, bool wantReply, ReadOnlySpan<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>(16 + type.Length + payload.Length);
        var writer = new SshWriter(output);
        writer.WriteByte((byte)MessageNumber.ChannelRequest);
        writer.WriteUInt32(recipient);
        writer.WriteString(type);
        writer.WriteBoolean(wantReply);
        writer.WriteBytes(payload);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>RFC 4254 section 4: byte SSH_MSG_GLOBAL_REQUEST, string request name, boolean want reply, ...
    /// data</summary>
    public static byte[] GlobalRequest(string name, bool wantReply, ReadOnlySpan<byte> payload)
    {
        var output = new ArrayBufferWriter<byte>(16 + name.Length + payload.Length);
        var writer = new SshWriter(output);
        writer.WriteByte((byte)MessageNumber.GlobalRequest);
        writer.WriteString(name);
        writer.WriteBoolean(wantReply);
        writer.WriteBytes(payload);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>RFC 4254 section 4: byte SSH_MSG_REQUEST_SUCCESS, ... data; or byte SSH_MSG_REQUEST_FAILURE
    /// alone</summary>
    public static byte[] GlobalReply(bool success, ReadOnlySpan<byte> data) =>
        success ? [(byte)MessageNumber.RequestSuccess, .. data] : [(byte)MessageNumber.RequestFailure];
}
