using Bastion.Audit.Reports.Reading;

namespace Bastion.Audit.Reports.Figures;

/// <summary>Days of the period; hours where it is two days or shorter.</summary>
internal sealed class SliceFigures
{
    private const int HoursADay = 24;

    private readonly DateTime _first;
    private readonly bool _hourly;
    private readonly SliceCount[] _counts;
    private readonly LocalClock _clock;

    public SliceFigures(ReportPeriod period, LocalClock clock)
    {
        this._clock = clock;
        _hourly = period.Days <= 2;
        _first = period.FirstDay.ToDateTime(TimeOnly.MinValue);
        _counts = new SliceCount[period.Days * (_hourly ? HoursADay : 1)];
        for (int index = 0; index < _counts.Length; index++)
        {
            _counts[index] = new SliceCount();
        }
    }

    public SliceCount At(DateTimeOffset at)
    {
        TimeSpan since = _clock.Local(at) - _first;
        return _counts[Math.Clamp((int)(_hourly ? since.TotalHours : since.TotalDays), 0, _counts.Length - 1)];
    }

    public IReadOnlyList<Slice> Build() => [.. _counts.Select((count, index) => new Slice
    {
        Start = _hourly ? _first.AddHours(index) : _first.AddDays(index),
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
