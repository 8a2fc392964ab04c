namespace Bastion.Audit.Reports.Sections;

/// <summary>What was asked of targets and decided, above all what was dangerous.</summary>
public sealed record ActSection
{
    public required long Decided { get; init; }

    public required long Ran { get; init; }

    public required long Held { get; init; }

    public required long Forbidden { get; init; }

    public required long HighRisk { get; init; }

    public required long Approved { get; init; }

    public required long Denied { get; init; }

    public required long Expired { get; init; }

    public required long Withdrawn { get; init; }

    public required long Superseded { get; init; }

    /// <summary>Approved by the requester. Must be 0.</summary>
    public required long SelfApproved { get; init; }

    /// <summary>Decisions of people who may not decide, or that came too late.</summary>
    public required long RefusedDecisions { get; init; }

    public double? MedianSeconds { get; init; }

    public double? NinetiethSeconds { get; init; }

    public double? LongestSeconds { get; init; }

    public required IReadOnlyList<DurationBucket> Latency { get; init; }

    public required IReadOnlyList<Counted> Effects { get; init; }

    public required IReadOnlyList<Counted> Rules { get; init; }

    public required IReadOnlyList<ApproverRow> Approvers { get; init; }

    /// <summary>The critical ones first, then the newest; so many of <see cref="HighRisk"/>.</summary>
    public required IReadOnlyList<Act> Listed { get; init; }
}

public sealed record ApproverRow
{
    public required string Name { get; init; }

    public long Approved { get; init; }

    public long Denied { get; init; }

    public double? MedianSeconds { get; init; }

    /// <summary>Approvals in under three seconds.</summary>
    public long Hasty { get; init; }

    public int Requesters { get; init; }

    /// <summary>By passkey, which signs what was shown.</summary>
    public long Signed { get; init; }
}

/// <summary>One dangerous act, from being asked to its end.</summary>
public sealed record Act
{
    public required long Record { get; init; }

    public required DateTimeOffset At { get; init; }

    public string? Session { get; init; }

    public required string Requester { get; init; }

    public required string Target { get; init; }

    public string? Account { get; init; }

    /// <summary>Cut to <see cref="MaximumCommand"/> characters; the journal has it whole.</summary>
    public required string Command { get; init; }

    public required string Risk { get; init; }

    public bool Opaque { get; init; }

    public IReadOnlyList<string> Effects { get; init; } = [];

    public IReadOnlyList<string> Rules { get; init; } = [];

    public string? Request { get; init; }

    public string? Reason { get; init; }

    public int Quorum { get; init; }

    public IReadOnlyList<Vote> Votes { get; init; } = [];

    /// <summary>`permitted`, `forbidden`, `pending`, `approved`, `ran`, `denied`, `expired`, `withdrawn` or
    /// `superseded`.</summary>
    public required string Outcome { get; init; }

    /// <summary>From being asked to the deciding vote or the end.</summary>
    public double? Seconds { get; init; }

    public const int MaximumCommand = 400;
}

public sealed record Vote(string Approver, bool Approved, string? Method, double? Seconds, string? Reason);
