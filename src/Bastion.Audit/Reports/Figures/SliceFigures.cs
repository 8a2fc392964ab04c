using Bastion.Audit.Reports.Reading;

namespace Bastion.Audit.Reports.Figures;

/// <summary>Days of the period; hours where it is two days or shorter.</summary>
internal sealed class SliceFigures
{
    private const int HoursADay = 24;

    private readonly DateTime first;
    private readonly bool hourly;
    private readonly SliceCount[] counts;
    private readonly LocalClock clock;

    public SliceFigures(ReportPeriod period, LocalClock clock)
    {
        this.clock = clock;
        hourly = period.Days <= 2;
        first = period.FirstDay.ToDateTime(TimeOnly.MinValue);
        counts = new SliceCount[period.Days * (hourly ? HoursADay : 1)];
        for (int index = 0; index < counts.Length; index++)
        {
            counts[index] = new SliceCount();
        }
    }

    public SliceCount At(DateTimeOffset at)
    {
        TimeSpan since = clock.Local(at) - first;
        return counts[Math.Clamp((int)(hourly ? since.TotalHours : since.TotalDays), 0, counts.Length - 1)];
    }

    public IReadOnlyList<Slice> Build() => [.. counts.Select((count, index) => new Slice
    {
        Start = hourly ? first.AddHours(index) : first.AddDays(index),
        Sessions = count.Sessions,
        Ran = count.Ran,
        Approved = count.Approved,
        NotApproved = count.NotApproved,
        Forbidden = count.Forbidden,
        FailedLogins = count.FailedLogins,
        Anomalies = count.Anomalies,
        Coverage = count.CoverageCount == 0 ? null : Math.Round((double)count.CoverageSum / count.CoverageCount, 1),
        Bytes = count.Bytes,
    })];
}
