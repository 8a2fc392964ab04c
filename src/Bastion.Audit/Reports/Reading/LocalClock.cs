namespace Bastion.Audit.Reports.Reading;

/// <summary>Local time of records, which come nearly in order: the zone is asked once for each quarter of an
/// hour.</summary>
internal sealed class LocalClock(TimeZoneInfo zone)
{
    // No zone changes its offset but at a quarter.
    private const long Quarter = 15 * TimeSpan.TicksPerMinute;

    private long _quarter = -1;
    private TimeSpan _offset;

    public DateTime Local(DateTimeOffset at)
    {
        long now = at.UtcTicks / Quarter;
        if (now != _quarter)
        {
            _quarter = now;
            _offset = zone.GetUtcOffset(at);
        }

        return at.UtcDateTime + _offset;
    }
}
