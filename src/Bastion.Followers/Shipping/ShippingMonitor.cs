namespace Bastion.Followers.Shipping;

/// <summary>What is known of one destination at this moment. Written by its shipper, read by anybody.</summary>
internal sealed class ShippingMonitor(string name, ShippingStore store, TimeProvider time) : IShippingObserver
{
    private readonly Lock _lock = new();
    private ShippingState _state = new("shipping", time.GetUtcNow(), null);
    private long _position;
    private long _delivered;
    private long _failures;
    private long _parked;
    private DateTimeOffset? _oldest;

    public string Name { get; } = name;

    /// <summary>The sequence of the first record that is not shipped.</summary>
    public long Position => Interlocked.Read(ref _position);

    /// <summary>Records that the destination acknowledged since the start, those sent again counted again.</summary>
    public long DeliveredRecords => Interlocked.Read(ref _delivered);

    /// <summary>Tries that failed since the start.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Records in the dead-letter file.</summary>
    public long ParkedRecords => Interlocked.Read(ref _parked);

    /// <summary>`shipping`, `failing` or `refused`; since when and why.</summary>
    public ShippingState State
    {
        get
        {
            lock (_lock)
            {
                return _state;
            }
        }
    }

    /// <summary>How long the oldest unshipped record has waited.</summary>
    public TimeSpan Lag
    {
        get
        {
            lock (_lock)
            {
                return _oldest is { } at && time.GetUtcNow() is var now && now > at ? now - at : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Takes up what the last run left.</summary>
    public void Start()
    {
        Interlocked.Exchange(ref _position, store.Load()?.Next ?? 0);
        Interlocked.Exchange(ref _parked, store.Parked().Count);
    }

    public void CaughtUp(long position)
    {
        Interlocked.Exchange(ref _position, position);
        lock (_lock)
        {
            _oldest = null;
        }
    }

    public void Pending(long position, DateTimeOffset oldest)
    {
        Interlocked.Exchange(ref _position, position);
        lock (_lock)
        {
            _oldest = oldest;
        }
    }

    public void Delivered(int records) => Interlocked.Add(ref _delivered, records);

    public void Succeeded(long position)
    {
        Interlocked.Exchange(ref _position, position);
        Become("shipping", null);
    }

    public void Failed(long position, string reason)
    {
        Interlocked.Exchange(ref _position, position);
        Interlocked.Increment(ref _failures);
        Become("failing", reason);
    }

    public void Parked(long position, IReadOnlyList<DeadLetter> letters)
    {
        Interlocked.Exchange(ref _position, position);
        Interlocked.Exchange(ref _parked, store.Parked().Count);
    }

    /// <summary>The shipper itself stopped; it is started again later.</summary>
    public void Stopped(string reason, bool refused) => Become(refused ? "refused" : "failing", reason);

    private void Become(string state, string? reason)
    {
        lock (_lock)
        {
            if (_state.State == state && _state.Reason == reason)
            {
                return;
            }

            _state = new ShippingState(state, _state.State == state ? _state.Since : time.GetUtcNow(), reason);
            store.SaveState(_state);
        }
    }
}
