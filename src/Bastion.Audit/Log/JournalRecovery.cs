using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>What the last lines say about how the journal was left.</summary>
internal sealed record RecoveredJournal(JournalTail Tail, JournalRepaired? Repair, bool Clean);

/// <summary>
/// Reads a journal from its newest segments at opening. It removes only what cannot have been acknowledged: bytes after
/// the last good record, in the last commit group. Anything else that is wrong refuses the opening.
/// </summary>
internal sealed class JournalRecovery(JournalLayout layout, JournalOptions options)
{
    private readonly IFileSystem files = options.FileSystem;

    public RecoveredJournal Run()
    {
        IReadOnlyList<long> segments = layout.ListSegments(files);
        if (segments.Count == 0)
        {
            return Empty();
        }
        if (segments[0] != 0)
        {
            throw Damaged(0, "the first segment is missing; restore it from the archive");
        }
        JournalRepaired? dropped = null;
        long torn = segments[^1];
        if (segments.Count > 1 && DropEmptySegment(torn) is { } drop)
        {
            // The process died between making a segment and its first commit.
            dropped = drop;
            segments = [.. segments.Take(segments.Count - 1)];
        }
        return Scan(segments, dropped);
    }

    private RecoveredJournal Empty()
    {
        if (files.FileExists(layout.Checkpoint))
        {
            throw Damaged(0, $"`{layout.Checkpoint}` is there but every segment is missing; restore them from the archive");
        }
        return new RecoveredJournal(new JournalTail(0, 0, 0, new MerkleFrontier(), new OpenSessions(), null), null, Clean: true);
    }

    private RecoveredJournal Scan(IReadOnlyList<long> segments, JournalRepaired? dropped)
    {
        int from = FirstToVerify(segments);
        SegmentReplay? replay = null;
        JournalRepaired? repair = null;
        long checkpointsLength = 0;
        Checkpoint? latest = null;
        for (int index = from; index < segments.Count; index++)
        {
            bool last = index == segments.Count - 1;
            (IReadOnlyList<Checkpoint> checkpoints, checkpointsLength) = ReadCheckpoints(segments[index], last);
            latest = checkpoints.Count > 0 ? checkpoints[^1] : latest;
            replay = new SegmentReplay(segments[index], replay, checkpoints);
            using IFile file = last ? files.Open(layout.Records(segments[index])) : files.OpenRead(layout.Records(segments[index]));
            repair = ReplayFile(file, replay, last);
        }
        if (latest is null && from > 0)
        {
            IReadOnlyList<Checkpoint> earlier = ReadCheckpoints(segments[from - 1], last: false).Checkpoints;
            latest = earlier.Count > 0 ? earlier[^1] : null;
        }
        if (latest is not null && latest.Size > replay!.Frontier.Size)
        {
            throw Damaged(
                replay.Frontier.Size,
                $"the signed checkpoint covers {latest.Size} records, but only {replay.Frontier.Size} are here; restore the newer ones");
        }
        var tail = new JournalTail(
            segments[^1], replay!.Length, checkpointsLength, replay.Frontier, replay.Sessions, latest);
        repair ??= dropped;
        return new RecoveredJournal(tail, repair, Clean: replay.LastKind == "journal.closed" && repair is null);
    }

    /// <summary>The oldest segment to verify: within the budget, but always the newest.</summary>
    private int FirstToVerify(IReadOnlyList<long> segments)
    {
        long budget = options.StartupVerificationBytes;
        int index = segments.Count - 1;
        while (index > 0)
        {
            using IFile file = files.OpenRead(layout.Records(segments[index - 1]));
            budget -= file.Length;
            if (budget < 0)
            {
                break;
            }
            index--;
        }
        return index;
    }

    private JournalRepaired? ReplayFile(IFile file, SegmentReplay replay, bool last)
    {
        using var scanner = new SegmentScanner(file);
        while (true)
        {
            switch (scanner.Next())
            {
                case ScanResult.Record:
                    if (replay.Accept(scanner.Entry!, scanner.NextOffset) is { } fault)
                    {
                        throw Damaged(replay.Frontier.Size, fault);
                    }
                    break;
                case ScanResult.End:
                    RewriteTail(file, replay, last);
                    return null;
                default:
                    if (!last)
                    {
                        throw Damaged(replay.Frontier.Size, "restore this segment from the archive");
                    }
                    return Repair(file, replay, scanner);
            }
        }
    }

    /// <summary>
    /// Cuts the tail, if nothing in it was acknowledged. A later record whose `after` lies beyond the bad place proves
    /// that the bad place had been durable: then this is damage, not a torn write.
    /// </summary>
    private JournalRepaired Repair(IFile file, SegmentReplay replay, SegmentScanner scanner)
    {
        long good = replay.Frontier.Size;
        for (ScanResult result = scanner.Next(); result != ScanResult.End; result = scanner.Next())
        {
            if (result == ScanResult.Record && scanner.Entry!.After > good)
            {
                throw Damaged(good, "later records show that it had been durable; restore this segment from the archive");
            }
        }
        if (replay.Checkpoints.Count > 0 && replay.Checkpoints[^1].Size > good)
        {
            throw Damaged(good, "a signed checkpoint covers it; restore this segment from the archive");
        }
        long removed = file.Length - replay.Length;
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ReadOnlyMemory<byte> chunk in Chunks(file, replay.Length))
        {
            digest.AppendData(chunk.Span);
        }
        file.Truncate(replay.Length);
        RewriteTail(file, replay, last: true);
        return new JournalRepaired
        {
            Segment = JournalLayout.RecordsName(replay.First),
            Offset = replay.Length,
            RemovedBytes = removed,
            RemovedSha256 = Convert.ToHexStringLower(digest.GetHashAndReset()),
        };
    }

    /// <summary>
    /// Writes the newest bytes again as they are, then syncs. If an fsync failed before the restart, the page cache may
    /// show records that are clean in memory and absent on disk; only writing them again makes an fsync carry them there.
    /// </summary>
    private static void RewriteTail(IFile file, SegmentReplay replay, bool last)
    {
        if (!last || replay.UncheckpointedOffset >= replay.Length)
        {
            return;
        }
        long offset = replay.UncheckpointedOffset;
        foreach (ReadOnlyMemory<byte> chunk in Chunks(file, offset))
        {
            file.Write(chunk.Span, offset);
            offset += chunk.Length;
        }
        file.Sync();
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Chunks(IFile file, long offset)
    {
        var buffer = new byte[64 * 1024];
        for (int read = file.Read(buffer, offset); read > 0; read = file.Read(buffer, offset))
        {
            yield return buffer.AsMemory(0, read);
            offset += read;
        }
    }

    /// <summary>The checkpoints of a segment. A torn last one is cut off: no receipt was made from it before it was durable.</summary>
    private (IReadOnlyList<Checkpoint> Checkpoints, long Length) ReadCheckpoints(long segment, bool last)
    {
        string path = layout.Checkpoints(segment);
        var checkpoints = new List<Checkpoint>();
        long length = 0;
        foreach (CheckpointHistory.Item item in CheckpointHistory.Read(files, path))
        {
            bool torn = !item.Complete || item.Checkpoint is null;
            if (torn && last && !item.Complete)
            {
                using IFile file = files.Open(path);
                file.Truncate(item.Offset);
                file.Sync();
                break;
            }
            if (torn)
            {
                throw Damaged(segment, $"`{path}` is damaged at byte {item.Offset}; restore it from the archive");
            }
            if (!item.Checkpoint!.Note.IsSignedBy(options.Signer.VerifierKey))
            {
                throw Damaged(
                    segment,
                    $"a checkpoint at byte {item.Offset} of `{path}` is not signed by the key in use, `{options.Signer.VerifierKey}`; "
                    + "give the journal its own key back");
            }
            checkpoints.Add(item.Checkpoint);
            length = item.Offset + item.Length;
        }
        return (checkpoints, length);
    }

    /// <summary>Removes a newest segment without one good record, when nothing in it can have been acknowledged.</summary>
    private JournalRepaired? DropEmptySegment(long segment)
    {
        string path = layout.Records(segment);
        using (IFile file = files.OpenRead(path))
        {
            using var scanner = new SegmentScanner(file);
            for (ScanResult result = scanner.Next(); result != ScanResult.End; result = scanner.Next())
            {
                if (result == ScanResult.Record && (scanner.LineOffset == 0 || scanner.Entry!.After > segment))
                {
                    return null;
                }
            }
        }
        if (CheckpointHistory.Read(files, layout.Checkpoints(segment)).Count > 0)
        {
            return null;
        }
        JournalRepaired repair;
        using (IFile file = files.OpenRead(path))
        {
            using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (ReadOnlyMemory<byte> chunk in Chunks(file, 0))
            {
                digest.AppendData(chunk.Span);
            }
            repair = new JournalRepaired
            {
                Segment = JournalLayout.RecordsName(segment),
                Offset = 0,
                RemovedBytes = file.Length,
                RemovedSha256 = Convert.ToHexStringLower(digest.GetHashAndReset()),
            };
        }
        files.Delete(path);
        if (files.FileExists(layout.Checkpoints(segment)))
        {
            files.Delete(layout.Checkpoints(segment));
        }
        files.SyncDirectory(layout.Segments);
        return repair;
    }

    private JournalDamagedException Damaged(long sequence, string detail) => new(
        string.Create(CultureInfo.InvariantCulture, $"journal `{layout.Root}` is damaged at record {sequence}: {detail}"), sequence);
}

/// <summary>Follows the records of one segment: sequence, groups, tree, checkpoints, open sessions.</summary>
internal sealed class SegmentReplay
{
    private readonly bool begins;
    private int nextCheckpoint;
    private long previousAfter;

    /// <param name="first">First sequence of the segment.</param>
    /// <param name="before">The segment before it, or null when this is where verification starts.</param>
    /// <param name="checkpoints">Signed notes over sizes within this segment, ascending.</param>
    public SegmentReplay(long first, SegmentReplay? before, IReadOnlyList<Checkpoint> checkpoints)
    {
        First = first;
        Checkpoints = checkpoints;
        Frontier = before?.Frontier ?? new MerkleFrontier();
        Sessions = before?.Sessions ?? new OpenSessions();
        previousAfter = before?.previousAfter ?? 0;
        begins = before is null && first > 0;
    }

    public long First { get; }

    public IReadOnlyList<Checkpoint> Checkpoints { get; }

    public MerkleFrontier Frontier { get; private set; }

    public OpenSessions Sessions { get; }

    /// <summary>Good bytes of the file so far.</summary>
    public long Length { get; private set; }

    /// <summary>Where the first record begins that no checkpoint covers.</summary>
    public long UncheckpointedOffset { get; private set; }

    public string? LastKind { get; private set; }

    /// <summary>Takes the next record; returns what is wrong with it, or null.</summary>
    public string? Accept(JournalEntry entry, long endOffset)
    {
        if (Length == 0 && First > 0 && ContinueFrom(entry) is { } broken)
        {
            return broken;
        }
        if (entry.Sequence != Frontier.Size)
        {
            return $"a record with sequence {entry.Sequence} stands in its place; records were removed or re-ordered";
        }
        if (entry.After != previousAfter && entry.After != entry.Sequence)
        {
            return $"its commit group `{entry.After}` does not follow `{previousAfter}`; records were removed or replaced";
        }
        previousAfter = entry.After;
        Frontier.Append(entry.LeafHash.ToArray());
        Sessions.Observe(entry);
        LastKind = entry.Kind;
        Length = endOffset;
        return CheckAgainstCheckpoint();
    }

    private string? CheckAgainstCheckpoint()
    {
        if (nextCheckpoint >= Checkpoints.Count || Checkpoints[nextCheckpoint].Size > Frontier.Size)
        {
            return null;
        }
        Checkpoint checkpoint = Checkpoints[nextCheckpoint];
        if (checkpoint.Size < Frontier.Size)
        {
            return $"its checkpoints go back to {checkpoint.Size} records; the checkpoint file was changed";
        }
        nextCheckpoint++;
        UncheckpointedOffset = Length;
        return checkpoint.RootHash.Span.SequenceEqual(Frontier.Root())
            ? null
            : $"the records up to {checkpoint.Size} are not those that its checkpoint was signed for";
    }

    /// <summary>The first record of a segment says what tree it continues.</summary>
    private string? ContinueFrom(JournalEntry entry)
    {
        MerkleFrontier? stated = ReadFrontier(entry, First);
        if (entry.Kind != "journal.continued" || stated is null)
        {
            return "the segment does not begin with `journal.continued`";
        }
        if (begins)
        {
            Frontier = stated;
            previousAfter = First;
            return null;
        }
        return stated.Size == Frontier.Size && stated.Root().AsSpan().SequenceEqual(Frontier.Root())
            ? null
            : "the segment continues another tree than the one before it; records were removed or replaced";
    }

    private static MerkleFrontier? ReadFrontier(JournalEntry entry, long size)
    {
        try
        {
            JsonElement data = entry.Data();
            byte[][] roots = [.. data.GetProperty("frontier").EnumerateArray().Select(root => root.GetBytesFromBase64())];
            var frontier = new MerkleFrontier(size, roots);
            return data.GetProperty("rootHash").GetBytesFromBase64().AsSpan().SequenceEqual(frontier.Root()) ? frontier : null;
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
