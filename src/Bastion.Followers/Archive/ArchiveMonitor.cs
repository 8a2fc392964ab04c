namespace Bastion.Followers.Archive;

/// <summary>What is known of one archive at this moment. Written by its archiver, read by anybody.</summary>
internal sealed class ArchiveMonitor(string name, TimeProvider time)
{
    private readonly Lock _lock = new();
    private long _position;
    private long _bytes;
    private DateTimeOffset? _oldest;
    private string? _fault;

    public string Name { get; } = name;

    /// <summary>The sequence of the first record that is not archived.</summary>
    public long Position => Interlocked.Read(ref _position);

    /// <summary>Bytes of records archived since the start.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Why the last round failed; null when it did not.</summary>
    public string? Fault
    {
        get
        {
            lock (_lock)
            {
                return _fault;
            }
        }
    }

    /// <summary>How long the oldest record that is signed and not archived has waited.</summary>
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

    public void Pending(long position, DateTimeOffset oldest)
    {
        Interlocked.Exchange(ref _position, position);
        lock (_lock)
        {
            _oldest = oldest;
        }
    }

    public void Archived(long position, long bytes)
    {
        Interlocked.Exchange(ref _position, position);
        Interlocked.Add(ref _bytes, bytes);
    }

    public void CaughtUp(long position)
    {
        Interlocked.Exchange(ref _position, position);
        lock (_lock)
        {
            (_oldest, _fault) = (null, null);
        }
    }

    public void Failed(long position, string reason)
    {
        Interlocked.Exchange(ref _position, position);
        lock (_lock)
        {
            _fault = reason;
        }
    }
}
