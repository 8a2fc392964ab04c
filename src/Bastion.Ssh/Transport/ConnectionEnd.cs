namespace Bastion.Ssh.Transport;

/// <summary>How the connection ended, once it has: the first reason is kept, whoever found it.</summary>
internal sealed class ConnectionEnd
{
    private SshDisconnectException? _first;

    public bool HasCome => Volatile.Read(ref _first) is not null;

    /// <summary>Only once it <see cref="HasCome"/>.</summary>
    public SshDisconnectException First =>
        Volatile.Read(ref _first) ?? throw new InvalidOperationException("the connection has not ended");

    /// <summary>Runs once, after the first reason was kept, on the thread that found it.</summary>
    public Action? Arrived { get; set; }

    public void Set(SshDisconnectException reason)
    {
        if (Interlocked.CompareExchange(ref _first, reason, null) is null)
        {
            Arrived?.Invoke();
        }
    }

    /// <summary>A new exception each time: several callers throw it, and each needs its own stack trace.</summary>
    public SshDisconnectException ToException()
    {
        SshDisconnectException first = First;
        return new SshDisconnectException(first.Reason, first.Blame, first.Message, first.InnerException ?? first)
        {
            SentByPeer = first.SentByPeer,
        };
    }

    public void ThrowIfCome()
    {
        if (HasCome)
        {
            throw ToException();
        }
    }
}
