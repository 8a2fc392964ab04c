namespace Bastion.Ssh.Connection;

/// <summary>
/// Channels by our number. A number is given out again only after both sides closed the channel that had it; the
/// lowest free one is taken, so the table stays as small as the most channels there were at once.
/// </summary>
internal sealed class ChannelTable(SshLimits limits)
{
    private readonly Lock _lock = new();
    private Channel?[] _channels = new Channel?[2];
    private int _count;
    private long _granted;
    private bool _closed;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _count;
            }
        }
    }

    /// <summary>Null when there are as many channels as there may be, or the connection is over.</summary>
    public Channel? Add(Func<uint, int, Channel> create)
    {
        lock (_lock)
        {
            if (_closed || _count >= limits.MaximumChannels)
            {
                return null;
            }

            int index = Array.IndexOf(_channels, null);
            if (index < 0)
            {
                index = _channels.Length;
                Array.Resize(ref _channels, Math.Min(_channels.Length * 2, limits.MaximumChannels));
            }

            // Full size until the budget is spent, then the smallest that still moves.
            bool full = _granted + limits.ChannelWindow <= limits.ReceiveBudget;
            Channel channel = create((uint)index, full ? limits.ChannelWindow : limits.MinimumWindow);
            _granted += channel.WindowSize;
            _channels[index] = channel;
            _count++;
            return channel;
        }
    }

    public Channel? Find(uint localId)
    {
        // Read without the lock on the data path: the array is replaced whole and slots are single references.
        Channel?[] channels = Volatile.Read(ref _channels);
        return localId < (uint)channels.Length ? Volatile.Read(ref channels[localId]) : null;
    }

    public void Remove(Channel channel)
    {
        lock (_lock)
        {
            if (channel.LocalId < (uint)_channels.Length && _channels[channel.LocalId] == channel)
            {
                _channels[channel.LocalId] = null;
                _granted -= channel.WindowSize;
                _count--;
            }
        }
    }

    /// <summary>No channel is added any more; returns those that are open.</summary>
    public IReadOnlyList<Channel> Close()
    {
        lock (_lock)
        {
            _closed = true;
            return [.. _channels.OfType<Channel>()];
        }
    }
}
