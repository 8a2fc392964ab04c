namespace Bastion.Audit.Reports.Sections;

/// <summary>Who changed what about the gateway itself.</summary>
public sealed record ChangeSection
{
    public required IReadOnlyList<Change> Policies { get; init; }

    public required long PolicyCount { get; init; }

    public required long RejectedPolicies { get; init; }

    public required IReadOnlyList<Change> Administration { get; init; }

    public required long AdministrationCount { get; init; }

    public required IReadOnlyList<Counted> ByAction { get; init; }

    public required IReadOnlyList<Counted> ByPerson { get; init; }

    public required IReadOnlyList<Change> Keys { get; init; }

    public required IReadOnlyList<Change> Gateway { get; init; }
}

public sealed record Change(long Record, DateTimeOffset At, string Action, string? By, string? Subject, string? Detail);
