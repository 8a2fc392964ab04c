namespace Bastion.Audit.Reports.Sections;

/// <summary>Clock, storage, retention.</summary>
public sealed record OperationSection
{
    /// <summary>How often a record's time lay before the one before it.</summary>
    public required long StepsBack { get; init; }

    public required double LargestStepBackSeconds { get; init; }

    public required IReadOnlyList<ClockStep> Steps { get; init; }

    public required long Records { get; init; }

    public required long JournalBytes { get; init; }

    public required double BytesADay { get; init; }

    /// <summary>The first record ever, or of what was kept; null when only the period was read.</summary>
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>Of the file system with the data, at the making of the report.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>At this pace.</summary>
    public double? DaysLeft { get; init; }

    /// <summary>In days, as configured; null when nothing says.</summary>
    public int? RetentionDays { get; init; }
}

public sealed record ClockStep(long Record, DateTimeOffset At, double Seconds);
