using Bastion.Audit.Notes;

namespace Bastion.Audit.Verification;

public enum FindingKind
{
    /// <summary>A record's bytes, or the hash beside it, are not what was written.</summary>
    RecordChanged,

    /// <summary>Records are gone from the middle.</summary>
    RecordsMissing,

    /// <summary>A record stands where another belongs.</summary>
    RecordsReordered,

    /// <summary>Every record fits its own hash, but together they are not those a checkpoint was signed for.</summary>
    RecordsNotAsSigned,

    /// <summary>A whole segment file is gone.</summary>
    SegmentMissing,

    /// <summary>A segment does not continue the one before it.</summary>
    SegmentInconsistent,

    /// <summary>Records that a checkpoint covers are gone from the end.</summary>
    JournalTruncated,

    /// <summary>A checkpoint cannot be read, or nobody who may sign signed it.</summary>
    CheckpointInvalid,

    /// <summary>Checkpoints do not grow.</summary>
    CheckpointGoesBack,

    /// <summary>A checkpoint known from elsewhere (receipt, witness, copy) is not of this journal: it was forked or
    /// rolled back.</summary>
    Forked,

    /// <summary>The journal is signed by another key than the one trusted.</summary>
    KeyMismatch,

    /// <summary>A published tile is not the one that the records give.</summary>
    TileChanged,

    /// <summary>The bytes of a sealed recording are not those that were sealed.</summary>
    RecordingChanged,

    RecordingMissing,

    /// <summary>The key of a session's recordings is gone, though nobody was to destroy it.</summary>
    RecordingKeyMissing,

    /// <summary>The key of a session's recordings is still there, though a record says that it was destroyed.</summary>
    RecordingNotShredded,

    /// <summary>Recordings are locked for a key that the verifier was not given: their text was not looked
    /// at.</summary>
    RecordingLocked,

    /// <summary>The bytes are those that were sealed, but they decrypt to nothing.</summary>
    RecordingUnreadable,

    /// <summary>A part of a recording has no seal, though its session is over.</summary>
    RecordingNotSealed,

    /// <summary>There is a recording of a session that the journal does not know.</summary>
    RecordingUnknown,

    /// <summary>Something lies in the journal directory that does not belong there, or others may read or write
    /// it.</summary>
    ForeignFile,

    /// <summary>The public key was taken from the directory itself.</summary>
    KeyNotPinned,

    /// <summary>Bytes at the end that were never acknowledged; the next start removes and records them.</summary>
    TornTail,

    /// <summary>The newest records lie under no checkpoint yet.</summary>
    UnsignedTail,
}

public enum FindingSeverity
{
    /// <summary>Normal, but worth knowing.</summary>
    Notice,

    /// <summary>Not as it should be, yet it takes nothing from the evidence.</summary>
    Warning,

    /// <summary>The evidence does not hold.</summary>
    Failure,
}

/// <param name="Kind">What it is.</param>
/// <param name="Severity">What it means for the evidence.</param>
/// <param name="Sequence">The first record concerned.</param>
/// <param name="Place">File, and byte where known.</param>
/// <param name="Message">One line: what was found and what it means.</param>
public sealed record Finding(FindingKind Kind, FindingSeverity Severity, long? Sequence, string Place, string Message);

/// <summary>What a verification found.</summary>
/// <param name="Records">Records that were read and fit their hashes.</param>
/// <param name="SignedRecords">Of those, how many the newest valid checkpoint covers.</param>
/// <param name="Checkpoints">Checkpoints whose signature and root were checked.</param>
/// <param name="Recordings">Sealed parts whose bytes were checked.</param>
/// <param name="Key">The key that the newest checkpoint was checked with, or null when there was none.</param>
/// <param name="Findings">In the order of the journal; at most <see cref="JournalVerifier.MaximumFindings"/>.</param>
public sealed record VerificationReport(
    long Records, long SignedRecords, long Checkpoints, long Recordings, string? Key, IReadOnlyList<Finding> Findings)
{
    /// <summary>Of the recording parts, those that were also decrypted and read to their end.</summary>
    public long RecordingsRead { get; init; }

    /// <summary>Sessions whose recordings were made unreadable after their retention.</summary>
    public long SessionsShredded { get; init; }

    /// <summary>The newest checkpoint that fits the records; null when there was none.</summary>
    public Checkpoint? Checkpoint { get; init; }

    /// <summary>Nothing takes away from the evidence.</summary>
    public bool Holds => Findings.All(finding => finding.Severity != FindingSeverity.Failure);
}
