namespace Bastion.Audit.Reports.Sections;

/// <summary>Who looked at the evidence.</summary>
public sealed record LookSection
{
    public required long Total { get; init; }

    public required IReadOnlyList<Counted> ByViewer { get; init; }

    public required IReadOnlyList<Counted> ByWhat { get; init; }

    public required IReadOnlyList<Look> Newest { get; init; }

    public required IReadOnlyList<EarlierReport> Reports { get; init; }
}

public sealed record Look(long Record, DateTimeOffset At, string Viewer, string What, string? Session, string? Source);

/// <summary>A report of before, with what became of it.</summary>
public sealed record EarlierReport(long Record, DateTimeOffset At, string Id, string Kind, long Delivered, long Failed);
