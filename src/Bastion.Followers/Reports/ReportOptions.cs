namespace Bastion.Followers.Reports;

/// <summary>Which reports are made by the clock, in which form, and for whom.</summary>
public sealed record ReportOptions
{
    /// <summary>Of all days and times below, and of the times in the pages.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>`en`, `zh`.</summary>
    public IReadOnlyList<string> Languages { get; init; } = ["en"];

    /// <summary>`html`, `json`, `pdf`.</summary>
    public IReadOnlyList<string> Formats { get; init; } = ["html", "json"];

    public IReadOnlyList<ReportCadence> Cadences { get; init; } = [];

    /// <summary>In days, how long those that the gateway keeps are kept; null is as long as recordings. What was sent
    /// is elsewhere.</summary>
    public int? KeepDays { get; init; }

    /// <summary>Names of the policy, or mail addresses.</summary>
    public IReadOnlyList<string> To { get; init; } = [];
}

/// <summary>How often, and when: the report is about the whole day, week or month before.</summary>
public abstract record ReportCadence(TimeOnly At)
{
    /// <summary>`daily`, `weekly`, `monthly`.</summary>
    public abstract string Name { get; }

    /// <summary>How many missed ones are made up for after a long stop, the newest of them.</summary>
    public abstract int MostMissed { get; }

    /// <summary>The end of the newest period that is complete on this day.</summary>
    internal abstract DateOnly EndBefore(DateOnly today);

    /// <summary>Where the period with this end begins.</summary>
    internal abstract DateOnly StartOf(DateOnly end);
}

public sealed record DailyReport(TimeOnly At) : ReportCadence(At)
{
    public override string Name => "daily";

    public override int MostMissed => 14;

    internal override DateOnly EndBefore(DateOnly today) => today;

    internal override DateOnly StartOf(DateOnly end) => end.AddDays(-1);
}

/// <param name="Day">The first day of the week, on which the report of the one before is made.</param>
/// <param name="At">When on it.</param>
public sealed record WeeklyReport(DayOfWeek Day, TimeOnly At) : ReportCadence(At)
{
    public override string Name => "weekly";

    public override int MostMissed => 8;

    internal override DateOnly EndBefore(DateOnly today) => today.AddDays(-(((int)today.DayOfWeek - (int)Day + 7) % 7));

    internal override DateOnly StartOf(DateOnly end) => end.AddDays(-7);
}

/// <summary>Made on the first of the month.</summary>
public sealed record MonthlyReport(TimeOnly At) : ReportCadence(At)
{
    public override string Name => "monthly";

    public override int MostMissed => 12;

    internal override DateOnly EndBefore(DateOnly today) => new(today.Year, today.Month, 1);

    internal override DateOnly StartOf(DateOnly end) => end.AddMonths(-1);
}
