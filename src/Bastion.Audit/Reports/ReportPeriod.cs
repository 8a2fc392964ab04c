namespace Bastion.Audit.Reports;

/// <summary>The time a report is about, and the zone whose days and hours it speaks in.</summary>
/// <param name="From">Included.</param>
/// <param name="To">Not included.</param>
/// <param name="Zone">Of the people who read it.</param>
public sealed record ReportPeriod(DateTimeOffset From, DateTimeOffset To, TimeZoneInfo Zone)
{
    /// <summary>Ten years of days: more makes no readable plot, and the figures of each day take memory.</summary>
    public const int MaximumDays = 3660;

    /// <summary>Calendar days that the period touches, in its zone.</summary>
    public int Days => DateOf(To.AddTicks(-1)).DayNumber - FirstDay.DayNumber + 1;

    public DateOnly FirstDay => DateOf(From);

    public bool Contains(DateTimeOffset at) => at >= From && at < To;

    private DateOnly DateOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, Zone).DateTime);
}
