using Bastion.Ssh.Transport;

namespace Bastion.Ssh.Connection;

/// <summary>
/// Sends what the receive loop has to say (replies, credits) without making the loop wait: a loop that waited for its
/// own output would stop reading, and could not take part in the key exchange that the output may be waiting for.
/// </summary>
internal sealed class ControlSender(
    ITransport transport, int limit, Action<SshDisconnectException> fail, CancellationToken connectionClosed)
{
    private readonly Lock _lock = new();
    private Queue<byte[]>? _waiting;
    private bool _sending;
    private Task _drain = Task.CompletedTask;

    /// <summary>Fails the connection when more is waiting than a peer that reads its answers would ever leave.</summary>
    public void Post(byte[] payload)
    {
        bool full = false;
        lock (_lock)
        {
            if (_sending)
            {
                _waiting ??= new Queue<byte[]>();
                full = _waiting.Count >= limit;
                if (!full)
                {
                    _waiting.Enqueue(payload);
                    return;
                }
            }
            _sending = true;
        }
        if (full)
        {
            fail(SshDisconnectException.Protocol($"{limit} answers are waiting and the peer reads none of them"));
            return;
        }
        Task drain = DrainAsync(payload);
        if (!drain.IsCompleted)
        {
            _drain = drain;
        }
    }

    /// <summary>Completes when nothing of this sender is under way any more; the connection must be closed before.</summary>
    public Task StoppedAsync() => _drain;

    private async Task DrainAsync(byte[] payload)
    {
        try
        {
            byte[]? next = payload;
            while (next is not null)
            {
                await transport.SendAsync(next, default, connectionClosed);
                lock (_lock)
                {
                    if (_waiting is null || !_waiting.TryDequeue(out next))
                    {
                        _waiting = null;
                        _sending = false;
                        next = null;
                    }
                }
            }
        }
        catch (Exception error) when (error is SshDisconnectException or OperationCanceledException)
        {
            // The connection is over; the receive loop reports why. Nothing more is sent: _sending stays set.
        }
    }
}
