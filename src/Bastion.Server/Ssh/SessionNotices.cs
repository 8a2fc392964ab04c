using Bastion.Control.Gating;

namespace Bastion.Server.Ssh;

/// <summary>
/// Says things that concern no session channel (a forward that waits) where the person reads: on the channel that was
/// opened last, or, since clients ask for forwards first, on the one that comes next.
/// </summary>
internal sealed class SessionNotices
{
    /// <summary>Lines that wait for a channel.</summary>
    private const int MaximumWaiting = 8;

    private readonly Lock _lock = new();
    private readonly List<ChannelNotices> _channels = [];
    private readonly Queue<string> _waiting = new();

    public async ValueTask SayAsync(string line, CancellationToken cancellationToken)
    {
        ChannelNotices? channel;
        lock (_lock)
        {
            channel = _channels.LastOrDefault();
            if (channel is null && _waiting.Count < MaximumWaiting)
            {
                _waiting.Enqueue(line);
            }
        }

        if (channel is not null)
        {
            await channel.SayAsideAsync(line, cancellationToken);
        }
    }

    /// <param name="what">What waits, as in `to connect to db:5432`.</param>
    public ValueTask SayHeldAsync(string what, HeldIntent held, CancellationToken cancellationToken) =>
        SayAsync($"{what}: {ChannelNotices.Held(held)}", cancellationToken);

    /// <summary>Until the result is disposed of this channel is where things are said; it gets what waited for
    /// one.</summary>
    public async ValueTask<IDisposable> AddAsync(ChannelNotices channel, CancellationToken cancellationToken)
    {
        string[] waiting;
        lock (_lock)
        {
            _channels.Add(channel);
            waiting = [.. _waiting];
            _waiting.Clear();
        }

        foreach (string line in waiting)
        {
            await channel.SayAsync(line, cancellationToken);
        }

        return new Listed(this, channel);
    }

    private sealed class Listed(SessionNotices notices, ChannelNotices channel) : IDisposable
    {
        public void Dispose()
        {
            lock (notices._lock)
            {
                notices._channels.Remove(channel);
            }
        }
    }
}
