using Bastion.Ssh.Connection;

namespace Bastion.Ssh;

/// <summary>Something the peer asks of the connection as a whole: a new channel, or a global request.</summary>
public abstract class IncomingRequest
{
    private protected IncomingRequest()
    {
    }
}

/// <summary>RFC 4254 section 5.1, the reason codes of SSH_MSG_CHANNEL_OPEN_FAILURE.</summary>
public enum ChannelOpenFailureReason
{
    AdministrativelyProhibited = 1,
    ConnectFailed = 2,
    UnknownChannelType = 3,
    ResourceShortage = 4,
}

/// <summary>SSH_MSG_CHANNEL_OPEN from the peer; exactly one of Accept and Reject is called, once.</summary>
public sealed class ChannelOpenRequest : IncomingRequest
{
    private readonly Channel _channel;
    private int _answered;

    internal ChannelOpenRequest(Channel channel, ReadOnlyMemory<byte> extraData)
    {
        _channel = channel;
        ExtraData = extraData;
    }

    public string Type => _channel.Type;

    /// <summary>What follows the common fields; its form depends on the type.</summary>
    public ReadOnlyMemory<byte> ExtraData { get; }

    public async ValueTask<Channel> AcceptAsync(CancellationToken cancellationToken)
    {
        AnswerOnce();
        await _channel.ConfirmAsync(cancellationToken);
        return _channel;
    }

    public ValueTask RejectAsync(ChannelOpenFailureReason reason, string description,
        CancellationToken cancellationToken)
    {
        AnswerOnce();
        return _channel.RefuseAsync(reason, description, cancellationToken);
    }

    private void AnswerOnce()
    {
        if (Interlocked.Exchange(ref _answered, 1) == 1)
        {
            throw new InvalidOperationException("the channel open was answered already");
        }
    }
}

/// <summary>SSH_MSG_GLOBAL_REQUEST from the peer (RFC 4254 section 4).</summary>
public sealed class GlobalRequest : IncomingRequest
{
    private readonly GlobalReplySlot? _slot;

    internal GlobalRequest(string name, ReadOnlyMemory<byte> payload, GlobalReplySlot? slot)
    {
        Name = name;
        Payload = payload;
        _slot = slot;
    }

    public string Name { get; }

    public bool WantReply => _slot is not null;

    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>Does nothing when no reply is wanted. Replies leave in the order of the requests.</summary>
    public void Reply(bool success, ReadOnlySpan<byte> data = default) => _slot?.Fill(success, data);
}

/// <summary>The answer to a global request of ours.</summary>
public readonly record struct GlobalReply(bool Success, ReadOnlyMemory<byte> Data);

/// <summary>The peer, or the end of the connection, refused to open a channel.</summary>
public sealed class ChannelOpenException(ChannelOpenFailureReason reason, string description) : Exception(description)
{
    public ChannelOpenFailureReason Reason { get; } = reason;
}
