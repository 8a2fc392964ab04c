namespace Bastion.Audit.Reports.Sections;

public sealed record LoginSection
{
    public required long Succeeded { get; init; }

    public required long Failed { get; init; }

    public required IReadOnlyList<Counted> Methods { get; init; }

    public required IReadOnlyList<FailureRow> FailedByUser { get; init; }

    public required IReadOnlyList<FailureRow> FailedBySource { get; init; }

    public required IReadOnlyList<Counted> FailureReasons { get; init; }

    /// <summary>Connections that ended before anybody was named, and were refused.</summary>
    public required long RefusedConnections { get; init; }
}

/// <param name="Name">The user name as asked for, or the address.</param>
/// <param name="Count">Failures.</param>
/// <param name="Others">How many addresses it came from, or how many names were tried.</param>
/// <param name="Last">The newest.</param>
/// <param name="Reason">Why it failed.</param>
public sealed record FailureRow(string Name, long Count, int Others, DateTimeOffset Last, string Reason);
