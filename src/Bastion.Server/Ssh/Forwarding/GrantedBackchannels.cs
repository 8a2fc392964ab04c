using Bastion.Control.Gating.Intents;
using Bastion.Ssh;

namespace Bastion.Server.Ssh.Forwarding;

/// <summary>
/// What the target of a session may open towards the client: connections to where the gate let it listen, and the
/// client's agent while a channel runs that the gate gave it to. Everything else that it opens is refused.
/// </summary>
internal sealed class GrantedBackchannels
{
    /// <summary>Of one session. A port each for what somebody works on; a scan of the target's ports is none of
    /// it.</summary>
    public const int MaximumListeners = 32;

    private readonly Lock _lock = new();
    private readonly HashSet<Destination> _listeners = [];
    private int _agents;

    public bool HasRoom
    {
        get
        {
            lock (_lock)
            {
                return _listeners.Count < MaximumListeners;
            }
        }
    }

    public void Listening(Destination at)
    {
        lock (_lock)
        {
            _listeners.Add(at);
        }
    }

    public bool IsListening(Destination at)
    {
        lock (_lock)
        {
            return _listeners.Contains(at);
        }
    }

    public void Cancelled(Destination at)
    {
        lock (_lock)
        {
            _listeners.Remove(at);
        }
    }

    /// <summary>The agent may be asked until the result is disposed of.</summary>
    public IDisposable LendAgent()
    {
        lock (_lock)
        {
            _agents++;
        }

        return new Lent(this);
    }

    /// <summary>Null when it may not; else what it is for people and the journal.</summary>
    public string? Permits(ChannelOpenRequest open)
    {
        lock (_lock)
        {
            return open.Type switch
            {
                // The target says which of its addresses was connected; what it may listen on was granted by port.
                ChannelTypes.ForwardedTcpIp when TcpIpChannel.Parse(open.ExtraData.Span) is { } to
                    && _listeners.OfType<TcpDestination>().Any(at => at.Port != 0 && at.Port == to.Port) =>
                    $"{VisibleText.Of(to.Host)}:{to.Port}",
                ChannelTypes.ForwardedStreamLocal when StreamLocalForward.ParseChannel(open.ExtraData.Span) is { } to
                    && _listeners.Contains(new SocketDestination(to.SocketPath)) => VisibleText.Of(to.SocketPath),
                ChannelTypes.AgentForwarding when _agents > 0 && open.ExtraData.IsEmpty => "agent",
                _ => null,
            };
        }
    }

    private sealed class Lent(GrantedBackchannels backchannels) : IDisposable
    {
        private int _returned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
            {
                lock (backchannels._lock)
                {
                    backchannels._agents--;
                }
            }
        }
    }
}
