using Bastion.Ssh.Transport;

namespace Bastion.Ssh.Connection;

/// <summary>Keeps our replies to global requests in the order of the requests (RFC 4254 section 4), whoever decides
/// first.</summary>
internal sealed class GlobalReplyQueue(ITransport transport, int limit)
{
    private readonly Lock _lock = new();
    private readonly Queue<GlobalReplySlot> _open = new();

    public GlobalReplySlot Add()
    {
        var slot = new GlobalReplySlot(this);
        lock (_lock)
        {
            if (_open.Count >= limit)
            {
                throw SshDisconnectException.Protocol($"more than {limit} global requests at once");
            }

            _open.Enqueue(slot);
        }

        return slot;
    }

    public void SendReady()
    {
        lock (_lock)
        {
            while (_open.TryPeek(out GlobalReplySlot? slot) && slot.Message is not null)
            {
                _open.Dequeue();
                transport.Post(slot.Message);
            }
        }
    }
}

internal sealed class GlobalReplySlot(GlobalReplyQueue queue)
{
    private byte[]? _message;

    public byte[]? Message => Volatile.Read(ref _message);

    /// <summary>The first answer counts.</summary>
    public void Fill(bool success, ReadOnlySpan<byte> data)
    {
        if (Interlocked.CompareExchange(ref _message, ConnectionMessages.GlobalReply(success, data), null) is null)
        {
            queue.SendReady();
        }
    }
}
