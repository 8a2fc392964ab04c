using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports;

/// <summary>Everything a report says, as figures: what HTML, JSON and the tests are made from.</summary>
public sealed record ReportData
{
    /// <summary>Of this structure in its JSON form; a member that goes or changes its meaning raises it.</summary>
    public int Version { get; init; } = 1;

    public required ReportHead Head { get; init; }

    public required ChainSection Chain { get; init; }

    /// <summary>One entry for each day of the period, in its zone; hours instead of days where it is two days or
    /// shorter.</summary>
    public required IReadOnlyList<Slice> Slices { get; init; }

    public required SessionSection Sessions { get; init; }

    public required LoginSection Logins { get; init; }

    public required ActSection Acts { get; init; }

    public required ChangeSection Changes { get; init; }

    public required AccessSection Access { get; init; }

    public required TransferSection Transfers { get; init; }

    public required DegradedSection Degraded { get; init; }

    public required OperationSection Operation { get; init; }

    public required DrillSection Drills { get; init; }

    public required LookSection Looks { get; init; }

    public required AnomalySection Anomalies { get; init; }
}

/// <summary>What the report is: its period, where it comes from, and for whom it is.</summary>
public sealed record ReportHead
{
    /// <summary>Names the report in the journal, in its files and in messages.</summary>
    public required string Id { get; init; }

    /// <summary>`daily`, `weekly`, `monthly`, or `asked` for one made by hand.</summary>
    public required string Kind { get; init; }

    /// <summary>The journal's name: the gateway it speaks of.</summary>
    public required string Journal { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>IANA name of the zone of all local times in it.</summary>
    public required string Zone { get; init; }

    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>The program and its version.</summary>
    public required string MadeBy { get; init; }

    /// <summary>The machine it was made on.</summary>
    public required string Host { get; init; }

    public IReadOnlyList<string> Recipients { get; init; } = [];
}

public sealed record Counted(string Name, long Count);

/// <param name="BelowSeconds">Upper edge; null for all above.</param>
/// <param name="Count">How many.</param>
public sealed record DurationBucket(int? BelowSeconds, long Count);

/// <summary>What happened in one day (or hour) of the period.</summary>
public sealed record Slice
{
    /// <summary>Local; hours are zero where slices are days.</summary>
    public required DateTime Start { get; init; }

    public long Sessions { get; init; }

    public long Ran { get; init; }

    public long Approved { get; init; }

    /// <summary>Denied, expired, withdrawn or overtaken.</summary>
    public long NotApproved { get; init; }

    public long Forbidden { get; init; }

    public long FailedLogins { get; init; }

    public long Anomalies { get; init; }

    /// <summary>Mean over the sessions that ended then, in percent; null when none did.</summary>
    public double? Coverage { get; init; }

    public long Bytes { get; init; }
}
