namespace Bastion.Audit.Reports.Reading;

/// <summary>Local time of records, which come nearly in order: the zone is asked once for each quarter of an hour.</summary>
internal sealed class LocalClock(TimeZoneInfo zone)
{
    // No zone changes its offset but at a quarter.
    private const long Quarter = 15 * TimeSpan.TicksPerMinute;

    private long quarter = -1;
    private TimeSpan offset;

    public DateTime Local(DateTimeOffset at)
    {
        long now = at.UtcTicks / Quarter;
        if (now != quarter)
        {
            quarter = now;
            offset = zone.GetUtcOffset(at);
        }
        return at.UtcDateTime + offset;
    }
}
