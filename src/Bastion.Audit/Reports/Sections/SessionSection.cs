namespace Bastion.Audit.Reports.Sections;

public sealed record SessionSection
{
    public required long Started { get; init; }

    public required long People { get; init; }

    public required long Targets { get; init; }

    /// <summary>Began outside Monday to Friday, 7 to 20 o'clock local.</summary>
    public required long OffHours { get; init; }

    public required long MostAtOnce { get; init; }

    /// <summary>In minutes; null when no session ended.</summary>
    public double? MedianMinutes { get; init; }

    /// <summary>By weekday (Monday first) and hour, 7 × 24.</summary>
    public required IReadOnlyList<IReadOnlyList<long>> Week { get; init; }

    public required IReadOnlyList<PersonRow> ByPerson { get; init; }

    public required IReadOnlyList<TargetRow> ByTarget { get; init; }

    public required IReadOnlyList<Counted> BySource { get; init; }

    public required IReadOnlyList<Counted> ByClient { get; init; }

    public required IReadOnlyList<Counted> Ends { get; init; }
}

public sealed record PersonRow
{
    public required string Name { get; init; }

    public long Sessions { get; init; }

    public long OffHours { get; init; }

    public int Targets { get; init; }

    public int Sources { get; init; }

    public long Commands { get; init; }

    public long Held { get; init; }

    public long Forbidden { get; init; }

    public double Hours { get; init; }

    public double? Coverage { get; init; }

    public DateTimeOffset LastSeen { get; init; }
}

public sealed record TargetRow
{
    public required string Name { get; init; }

    public long Sessions { get; init; }

    public int People { get; init; }

    public long Commands { get; init; }

    public long Held { get; init; }

    public long Forbidden { get; init; }

    /// <summary>Accounts used there.</summary>
    public required IReadOnlyList<Counted> Accounts { get; init; }
}
