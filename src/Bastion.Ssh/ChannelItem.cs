namespace Bastion.Ssh;

public enum ChannelItemKind
{
    Data,

    /// <summary>SSH_EXTENDED_DATA_STDERR, the only type RFC 4254 section 5.2 defines.</summary>
    ExtendedData,
    Request,

    /// <summary>The answer to a request that was sent with <see cref="Channel.SendRequestAsync"/>.</summary>
    Reply,

    /// <summary>The peer sends no more data; it may still read (RFC 4254 section 5.3).</summary>
    Eof,

    /// <summary>The peer reads no more data; it may still send (eow@openssh.com).</summary>
    EndOfWrite,

    /// <summary>The peer is done with the channel. Answer with <see cref="Channel.CloseAsync"/>. Nothing
    /// follows.</summary>
    Close,

    /// <summary>The connection is over. Nothing follows.</summary>
    Disconnected,
}

/// <summary>One thing that happened on a channel, in the order in which the peer sent it.</summary>
public readonly struct ChannelItem
{
    public required ChannelItemKind Kind { get; init; }

    /// <summary>
    /// For Data and ExtendedData: bytes of a pooled segment, valid until the next read from the channel. They stay
    /// charged to the peer's window until <see cref="Channel.Consumed"/> is told of them.
    /// </summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    public ChannelRequest? Request { get; init; }

    /// <summary>For Reply: SSH_MSG_CHANNEL_SUCCESS or SSH_MSG_CHANNEL_FAILURE.</summary>
    public bool Success { get; init; }
}

/// <summary>SSH_MSG_CHANNEL_REQUEST (RFC 4254 section 5.4) as it came; the payload is what follows
/// want-reply.</summary>
public sealed record ChannelRequest(string Type, bool WantReply, ReadOnlyMemory<byte> Payload);
