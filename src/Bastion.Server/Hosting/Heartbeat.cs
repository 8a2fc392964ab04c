using Bastion.Audit.Records;

namespace Bastion.Server.Hosting;

/// <summary>Notices that the process did not run, or that the clock was set: either is a gap in the evidence that has
/// to be seen.</summary>
internal sealed class Heartbeat(TimeProvider time)
{
    /// <summary>It beats every second; a loaded machine is late by some, not by this much.</summary>
    private static readonly TimeSpan MaximumPause = TimeSpan.FromSeconds(10);

    /// <summary>Time services slew by milliseconds; a step of this much was somebody, or a machine that
    /// slept.</summary>
    private static readonly TimeSpan MaximumStep = TimeSpan.FromSeconds(5);

    private long _lastBeat = time.GetTimestamp();
    private DateTimeOffset _lastTime = time.GetUtcNow();

    /// <summary>What happened since the last beat, when it was out of the ordinary.</summary>
    public GatewayPaused? Beat()
    {
        long beat = time.GetTimestamp();
        DateTimeOffset now = time.GetUtcNow();
        (TimeSpan ran, TimeSpan passed) = (time.GetElapsedTime(_lastBeat, beat), now - _lastTime);
        (_lastBeat, _lastTime) = (beat, now);
        return ran > MaximumPause || (passed - ran).Duration() > MaximumStep
            ? new GatewayPaused
            {
                DurationMilliseconds = (long)ran.TotalMilliseconds,
                ClockMilliseconds = (long)passed.TotalMilliseconds,
            }
            : null;
    }
}
