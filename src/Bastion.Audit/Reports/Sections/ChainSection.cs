using Bastion.Audit.Verification;

namespace Bastion.Audit.Reports.Sections;

/// <summary>Is the evidence whole? Who checked it, against what.</summary>
public sealed record ChainSection
{
    public required bool Holds { get; init; }

    /// <summary>Everything from the first record ever was checked, not only what the period needs.</summary>
    public required bool Whole { get; init; }

    /// <summary>The key came from elsewhere than the directory: a forgery of the whole would be found too.</summary>
    public required bool KeyPinned { get; init; }

    public string? Key { get; init; }

    public required long FirstRecord { get; init; }

    /// <summary>Records that fit their hashes.</summary>
    public required long Records { get; init; }

    public required long SignedRecords { get; init; }

    public required long Checkpoints { get; init; }

    public required long Recordings { get; init; }

    /// <summary>The recordings' own bytes were checked.</summary>
    public required bool RecordingsChecked { get; init; }

    /// <summary>Root of the newest checkpoint, base64: what the report is anchored to.</summary>
    public string? RootHash { get; init; }

    public long CheckpointSize { get; init; }

    public required IReadOnlyList<ChainFinding> Findings { get; init; }

    /// <summary>Stretches without a gateway, and starts after it was killed.</summary>
    public required IReadOnlyList<Interruption> Interruptions { get; init; }

    public required long InterruptionCount { get; init; }

    /// <summary>Witnesses and destinations that failed, refused, or went on again: what leaves the gateway is what it
    /// is held to.</summary>
    public required IReadOnlyList<CopyChange> Copies { get; init; }

    public required long CopyCount { get; init; }

    /// <summary>How often a witness said that it had seen another history.</summary>
    public required long WitnessRefusals { get; init; }
}

public sealed record ChainFinding(FindingSeverity Severity, FindingKind Kind, long? Record, string Message);

/// <param name="Record">`witness.changed` or `shipping.changed`.</param>
/// <param name="At">When.</param>
/// <param name="Witness">A witness, and not a destination.</param>
/// <param name="Name">Its public key, or its name.</param>
/// <param name="State">`refused`, `failing`, `cosigning`, `recovered`, `parked`, `resent`.</param>
/// <param name="Detail">Why, in the gateway's words.</param>
public sealed record CopyChange(long Record, DateTimeOffset At, bool Witness, string Name, string State,
    string? Detail);

/// <summary>The gateway went away and came back.</summary>
/// <param name="Record">`journal.opened` of the start that followed.</param>
/// <param name="Until">When it was back.</param>
/// <param name="Since">The last record before.</param>
/// <param name="Clean">It had been closed in order.</param>
/// <param name="RemovedBytes">Unacknowledged bytes that the start cut off.</param>
public sealed record Interruption(long Record, DateTimeOffset Until, DateTimeOffset Since, bool Clean,
    long RemovedBytes);
