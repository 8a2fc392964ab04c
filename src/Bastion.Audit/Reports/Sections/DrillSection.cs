namespace Bastion.Audit.Reports.Sections;

/// <summary>Backups and drills, as far as the journal knows of them.</summary>
public sealed record DrillSection
{
    /// <summary>Records of administration that speak of a backup, a restore or a drill. Empty: nothing was
    /// recorded.</summary>
    public required IReadOnlyList<Change> Recorded { get; init; }

    /// <summary>Acts that would have destroyed backups.</summary>
    public required long BackupActs { get; init; }

    /// <summary>Of those, how many ran.</summary>
    public required long BackupActsRan { get; init; }

    /// <summary>Refused because they crossed from one environment to another.</summary>
    public required long WallRefusals { get; init; }
}
