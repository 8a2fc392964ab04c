using Bastion.Audit.Reports;

namespace Bastion.Followers.Reports;

/// <summary>Which reports are due: a matter of the calendar alone.</summary>
internal static class ReportCalendar
{
    /// <summary>The newest period whose report is due by now.</summary>
    public static ReportPeriod Newest(ReportCadence cadence, TimeZoneInfo zone, DateTimeOffset now)
    {
        DateOnly end = cadence.EndBefore(CalendarDays.Of(now, zone));
        if (CalendarDays.At(end, cadence.At, zone) > now)
        {
            end = cadence.EndBefore(end.AddDays(-1));
        }

        return PeriodTo(cadence, end, zone);
    }

    /// <summary>Periods that ended after <paramref name="madeUntil"/> and whose reports are due, oldest
    /// first.</summary>
    public static IReadOnlyList<ReportPeriod> Missing(ReportCadence cadence, TimeZoneInfo zone,
        DateTimeOffset madeUntil, DateTimeOffset now)
    {
        var missing = new List<ReportPeriod>();
        for (ReportPeriod period = Newest(cadence, zone, now);
            period.To > madeUntil && missing.Count < cadence.MostMissed;
            period = PeriodTo(cadence, CalendarDays.Of(period.From, zone), zone))
        {
            missing.Add(period);
        }

        missing.Reverse();
        return missing;
    }

    private static ReportPeriod PeriodTo(ReportCadence cadence, DateOnly end, TimeZoneInfo zone) =>
        new(CalendarDays.StartOf(cadence.StartOf(end), zone), CalendarDays.StartOf(end, zone), zone);
}
