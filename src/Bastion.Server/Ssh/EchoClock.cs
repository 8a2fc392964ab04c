namespace Bastion.Server.Ssh;

/// <summary>
/// Knows how long the target takes to answer keys, and so how long one has to wait before silence means that nothing
/// more will come: a target across an ocean echoes later than one in the next rack. Not safe for several threads.
/// </summary>
internal sealed class EchoClock(TimeProvider time)
{
    /// <summary>Programs draw in pieces; less than this between two of them is no silence.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(40);

    /// <summary>Slower than any line that people would work on.</summary>
    private static readonly TimeSpan Maximum = TimeSpan.FromSeconds(1);

    /// <summary>Silence is this many times the usual answer time.</summary>
    private const double Patience = 2.5;

    /// <summary>Weight of the newest answer in the usual one.</summary>
    private const double Weight = 0.25;

    private TimeSpan _usual = TimeSpan.FromMilliseconds(100);
    private long _forwarded;
    private long _last = time.GetTimestamp();
    private bool _waiting;

    public void Forwarded()
    {
        _last = time.GetTimestamp();
        if (!_waiting)
        {
            _waiting = true;
            _forwarded = _last;
        }
    }

    public void Answered()
    {
        _last = time.GetTimestamp();
        if (_waiting)
        {
            _waiting = false;
            // A command that thinks before it answers says nothing about the way there and back.
            TimeSpan took = time.GetElapsedTime(_forwarded, _last);
            if (took < Maximum)
            {
                _usual += (took - _usual) * Weight;
            }
        }
    }

    /// <summary>Zero or less when it has been quiet for long enough.</summary>
    public TimeSpan UntilQuiet()
    {
        var quiet = TimeSpan.FromTicks(Math.Clamp((_usual * Patience).Ticks, Least.Ticks, Maximum.Ticks));
        return quiet - time.GetElapsedTime(_last);
    }
}
