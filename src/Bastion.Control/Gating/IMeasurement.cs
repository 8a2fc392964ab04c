using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;

namespace Bastion.Control.Gating;

/// <summary>
/// Something that has to be looked up on the target before an intent is decided: the script that would run, the file
/// that a path leads to, how much would be touched. It takes bounded time, and what it cannot find out it leaves as
/// grave as it was.
/// </summary>
public interface IMeasurement
{
    /// <summary>The reading with what was found.</summary>
    ValueTask<IntentReading> MeasureAsync(
        Session session, Intent intent, IntentReading reading, CancellationToken cancellationToken);
}
