namespace Bastion.Control.Sessions;

/// <summary>How much of what was asked in a session the gateway understood. Counted by the gate alone.</summary>
public sealed class SessionCoverage
{
    private long _intents;
    private long _opaque;
    private long _observed;
    private long _held;
    private long _refused;

    public long Intents => Interlocked.Read(ref _intents);

    /// <summary>Intents of which part cannot be known.</summary>
    public long Opaque => Interlocked.Read(ref _opaque);

    /// <summary>Intents read off a terminal.</summary>
    public long Observed => Interlocked.Read(ref _observed);

    public long Held => Interlocked.Read(ref _held);

    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>From 0 to 1: the share of intents that were neither opaque nor only observed; 1 when there were
    /// none.</summary>
    public double Share
    {
        get
        {
            long all = Intents;
            return all == 0 ? 1 : (double)(all - Opaque - Observed) / all;
        }
    }

    internal void Count(bool opaque, bool observed)
    {
        Interlocked.Increment(ref _intents);
        if (opaque)
        {
            Interlocked.Increment(ref _opaque);
        }
        else if (observed)
        {
            Interlocked.Increment(ref _observed);
        }
    }

    internal void CountHeld() => Interlocked.Increment(ref _held);

    internal void CountRefused() => Interlocked.Increment(ref _refused);
}
