namespace Bastion.Audit.Reports.Sections;

public sealed record AnomalySection
{
    public required long Total { get; init; }

    public required IReadOnlyList<Counted> ByRule { get; init; }

    public required IReadOnlyList<FlaggedAnomaly> Newest { get; init; }
}

/// <summary>A flag as it stands in the journal.</summary>
public sealed record FlaggedAnomaly
{
    public required long Record { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string Rule { get; init; }

    public required string Subject { get; init; }

    public string? Object { get; init; }

    public required string Reason { get; init; }

    /// <summary>Records it rests on.</summary>
    public required IReadOnlyList<long> Evidence { get; init; }
}
