using Bastion.Audit.Notes;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

public sealed class JournalOptions
{
    /// <summary>Signs checkpoints. Its name becomes the log's origin and must stay the same.</summary>
    public required INoteSigner Signer { get; init; }

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    public IFileSystem FileSystem { get; init; } = PhysicalFileSystem.Instance;

    /// <summary>A checkpoint is signed at most this long after the first record that no checkpoint covers.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How much later than it happened a record may go to disk that nothing waits for.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How often the files that are written are looked for under their names, apart from every
    /// commit.</summary>
    public TimeSpan WatchInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A segment that has grown to this many bytes is followed by a new one. 64 MiB is verified in about half
    /// a second.</summary>
    public long SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>How many appends may wait for the disk; further ones wait for a place, which slows their sessions
    /// down.</summary>
    public int MaximumPendingAppends { get; init; } = 4096;

    /// <summary>
    /// How much of the newest segments is verified at opening. Older ones are left to the verifier
    /// so that a large journal does not keep the gateway from starting.
    /// </summary>
    public long StartupVerificationBytes { get; init; } = 1024L * 1024 * 1024;
}

/// <summary>Where a record stands in the journal, once it is durable.</summary>
/// <param name="Sequence">0 for the first record ever. This is the order; times are only what the clock said.</param>
/// <param name="At">What the clock said.</param>
public readonly record struct JournalPosition(long Sequence, DateTimeOffset At);

public enum JournalState
{
    Running,

    /// <summary>A write or an fsync failed. Nothing is appended any more; everything acknowledged is on disk.</summary>
    Faulted,

    Closed,
}

/// <param name="State">Only <see cref="JournalState.Running"/> permits new sessions.</param>
/// <param name="Fault">Why it faulted, one line for people.</param>
/// <param name="Size">Durable records.</param>
/// <param name="CheckpointSize">Records under the latest signed checkpoint.</param>
/// <param name="PendingAppends">Appends that wait for the disk.</param>
/// <param name="LastCommitDuration">How long the last group commit took, write and fsync.</param>
public sealed record JournalHealth(
    JournalState State, string? Fault, long Size, long CheckpointSize, int PendingAppends, TimeSpan LastCommitDuration);

/// <summary>What opening found and did; all of it is in the journal too.</summary>
/// <param name="CleanBefore">The journal was new, or had been closed in order.</param>
/// <param name="RemovedBytes">Unacknowledged bytes cut off the tail.</param>
/// <param name="InterruptedSessions">Sessions that had no end; each now has a `session.interrupted` record.</param>
public sealed record JournalOpening(bool CleanBefore, long RemovedBytes, IReadOnlyList<string> InterruptedSessions)
{
    /// <summary>What people are told at the start; nothing when all was in order.</summary>
    public IEnumerable<string> Lines()
    {
        if (!CleanBefore)
        {
            yield return "the journal was not closed in order: the gateway was killed, or its machine went down; "
                + "what it had acknowledged is all there";
        }

        if (RemovedBytes > 0)
        {
            yield return $"{RemovedBytes} bytes at the journal's end were a write that nobody was told of: they are "
                + "cut off, and a record says so";
        }

        if (InterruptedSessions.Count > 0)
        {
            yield return $"{InterruptedSessions.Count} sessions were open then; they are recorded as interrupted, "
                + "and their recordings are sealed as they lie";
        }
    }
}

/// <summary>The journal cannot take records. The message says why and what to do; sessions must end.</summary>
public sealed class JournalUnavailableException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>What is written to the file is found by nobody: its name leads elsewhere.</summary>
    internal static JournalUnavailableException Misplaced(string path) => new(
        $"the journal takes no more records: `{path}` was moved, removed or replaced while it was written (put it back "
            + "as it was, then start again)");
}

/// <summary>The journal on disk is not what was written: opening is refused. The message names the place and the
/// mend.</summary>
public sealed class JournalDamagedException(string message, long? sequence = null) : IOException(message)
{
    /// <summary>The first record concerned, where one can be named.</summary>
    public long? Sequence { get; } = sequence;
}
