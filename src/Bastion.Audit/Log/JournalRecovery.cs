using System.Globalization;
using System.Security.Cryptography;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>What the last lines say about how the journal was left.</summary>
internal sealed record RecoveredJournal(JournalTail Tail, JournalRepaired? Repair, bool Clean, DateTimeOffset? LastAt);

/// <summary>
/// Reads a journal from its newest segments at opening. It removes only what cannot have been acknowledged: bytes after
/// the last good record, in the last commit group. Anything else that is wrong refuses the opening.
/// </summary>
internal sealed class JournalRecovery(JournalLayout layout, JournalOptions options)
{
    private readonly IFileSystem _files = options.FileSystem;

    public RecoveredJournal Run()
    {
        DropOrphanedCheckpoints();
        IReadOnlyList<long> segments = layout.ListSegments(_files);
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
        if (_files.FileExists(layout.Checkpoint))
        {
            throw Damaged(0,
                $"`{layout.Checkpoint}` is there but every segment is missing; restore them from the archive");
        }

        return new RecoveredJournal(new JournalTail(0, 0, 0, new MerkleFrontier(), new OpenSessions(), null, 0), null,
            Clean: true, LastAt: null);
    }

    private RecoveredJournal Scan(IReadOnlyList<long> segments, JournalRepaired? dropped)
    {
        int from = FirstToVerify(segments);
        var replay = new JournalReplay(finding =>
            throw Damaged(finding.Sequence ?? 0, $"{finding.Message} (`{finding.Place}`)"));
        if (PublishedCheckpoint() is { } published && published.Checkpoint.Size > segments[from])
        {
            replay.Known.Enqueue(published);
        }

        JournalRepaired? repair = null;
        long checkpointsLength = 0;
        Checkpoint? latest = from > 0 ? LastOf(ReadCheckpoints(segments[from - 1], last: false).Checkpoints) : null;
        for (int index = from; index < segments.Count; index++)
        {
            bool last = index == segments.Count - 1;
            (IReadOnlyList<PlacedCheckpoint> checkpoints, checkpointsLength) = ReadCheckpoints(segments[index], last);
            latest = LastOf(checkpoints) ?? latest;
            string path = layout.Records(segments[index]);
            replay.BeginSegment(segments[index], checkpoints, path);
            using IFile file = last ? _files.Open(path) : _files.OpenRead(path);
            repair = ReplayFile(file, segments[index], replay, latest, last);
            replay.EndSegment();
            if (!last && replay.Expected != segments[index + 1])
            {
                throw Damaged(replay.Expected,
                    $"the segment that begins with it is missing; restore it from the archive");
            }
        }

        replay.EndJournal();
        CheckKey(replay);
        var tail = new JournalTail(
            segments[^1], replay.Length, checkpointsLength, replay.Frontier, replay.Sessions, latest, segments[from]);
        repair ??= dropped;
        return new RecoveredJournal(tail, repair, Clean: replay.LastKind == "journal.closed" && repair is null,
            replay.LastAt);
    }

    /// <summary>The one that others were shown last: what it covers must be there.</summary>
    private PlacedCheckpoint? PublishedCheckpoint() =>
        new JournalReader(layout.DataDirectory, _files).LatestCheckpoint() is { } checkpoint
            ? new PlacedCheckpoint(checkpoint, layout.Checkpoint)
            : null;

    private static Checkpoint? LastOf(IReadOnlyList<PlacedCheckpoint> checkpoints) =>
        checkpoints.Count > 0 ? checkpoints[^1].Checkpoint : null;

    private void CheckKey(JournalReplay replay)
    {
        if (replay.KeyInForce is { } inForce && !inForce.Equals(options.Signer.VerifierKey))
        {
            throw new JournalUnavailableException(
                $"journal `{layout.Root}` is signed by `{inForce}`, but the key given is "
                    + $"`{options.Signer.VerifierKey}`; "
                + "give the journal its own key back, or rotate it");
        }
    }

    /// <summary>The oldest segment to verify: within the budget, but always the newest.</summary>
    private int FirstToVerify(IReadOnlyList<long> segments)
    {
        long budget = options.StartupVerificationBytes;
        int index = segments.Count - 1;
        while (index > 0)
        {
            using IFile file = _files.OpenRead(layout.Records(segments[index - 1]));
            budget -= file.Length;
            if (budget < 0)
            {
                break;
            }

            index--;
        }

        return index;
    }

    private JournalRepaired? ReplayFile(IFile file, long segment, JournalReplay replay, Checkpoint? latest, bool last)
    {
        using var scanner = new SegmentScanner(file);
        while (true)
        {
            switch (scanner.Next())
            {
                case ScanResult.Record:
                    replay.Accept(scanner.Entry!, scanner.NextOffset);
                    break;
                case ScanResult.End:
                    RewriteTail(file, replay, last);
                    return null;
                default:
                    if (!last || !TornTail.CanBe(scanner, replay.Expected, latest?.Size ?? 0))
                    {
                        throw Damaged(replay.Expected,
                            "it had been durable and is not what was written; restore this segment from the archive");
                    }

                    return Repair(file, segment, replay);
            }
        }
    }

    /// <summary>Cuts off what was never acknowledged.</summary>
    private static JournalRepaired Repair(IFile file, long segment, JournalReplay replay)
    {
        long removed = file.Length - replay.Length;
        string digest = Digest(file, replay.Length);
        file.Truncate(replay.Length);
        RewriteTail(file, replay, last: true);
        return new JournalRepaired
        {
            Segment = JournalLayout.RecordsName(segment),
            Offset = replay.Length,
            RemovedBytes = removed,
            RemovedSha256 = digest,
        };
    }

    private static string Digest(IFile file, long offset)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ReadOnlyMemory<byte> chunk in Chunks(file, offset))
        {
            digest.AppendData(chunk.Span);
        }

        return Convert.ToHexStringLower(digest.GetHashAndReset());
    }

    /// <summary>
    /// Writes the newest bytes again as they are, then syncs. If an fsync failed before the restart, the page cache may
    /// show records that are clean in memory and absent on disk; only writing them again makes an fsync carry them
    /// there.
    /// </summary>
    private static void RewriteTail(IFile file, JournalReplay replay, bool last)
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
        byte[] buffer = new byte[64 * 1024];
        for (int read = file.Read(buffer, offset); read > 0; read = file.Read(buffer, offset))
        {
            yield return buffer.AsMemory(0, read);
            offset += read;
        }
    }

    /// <summary>The checkpoints of a segment. A torn last one is cut off: nothing was published from it before it was
    /// durable.</summary>
    private (IReadOnlyList<PlacedCheckpoint> Checkpoints, long Length) ReadCheckpoints(long segment, bool last)
    {
        string path = layout.Checkpoints(segment);
        var checkpoints = new List<PlacedCheckpoint>();
        long length = 0;
        foreach (CheckpointHistory.Item item in CheckpointHistory.Read(_files, path))
        {
            if (!item.Complete && last)
            {
                using IFile file = _files.Open(path);
                file.Truncate(item.Offset);
                file.Sync();
                break;
            }

            if (item.Checkpoint is null || !item.Complete)
            {
                throw Damaged(segment, $"`{path}` is damaged at byte {item.Offset}; restore it from the archive");
            }

            checkpoints.Add(new PlacedCheckpoint(item.Checkpoint, path));
            length = item.Offset + item.Length;
        }

        return (checkpoints, length);
    }

    /// <summary>Removes a newest segment without one good record, when nothing in it can have been
    /// acknowledged.</summary>
    private JournalRepaired? DropEmptySegment(long segment)
    {
        string path = layout.Records(segment);
        using (IFile file = _files.OpenRead(path))
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

        if (CheckpointHistory.Read(_files, layout.Checkpoints(segment)).Count > 0)
        {
            return null;
        }

        JournalRepaired repair;
        using (IFile file = _files.OpenRead(path))
        {
            repair = new JournalRepaired
            {
                Segment = JournalLayout.RecordsName(segment),
                Offset = 0,
                RemovedBytes = file.Length,
                RemovedSha256 = Digest(file, 0),
            };
        }

        _files.Delete(path);
        if (_files.FileExists(layout.Checkpoints(segment)))
        {
            _files.Delete(layout.Checkpoints(segment));
        }

        _files.SyncDirectory(layout.Segments);
        return repair;
    }

    /// <summary>A segment's two files are made one after the other; a crash between may leave the second,
    /// empty.</summary>
    private void DropOrphanedCheckpoints()
    {
        foreach (long orphan in layout.ListOrphanedCheckpoints(_files))
        {
            if (CheckpointHistory.Read(_files, layout.Checkpoints(orphan)).Any(item => item.Complete))
            {
                throw Damaged(orphan,
                    "its checkpoints are there, but the segment is missing; restore it from the archive");
            }

            _files.Delete(layout.Checkpoints(orphan));
            _files.SyncDirectory(layout.Segments);
        }
    }

    private JournalDamagedException Damaged(long sequence, string detail) => new(
        string.Create(CultureInfo.InvariantCulture,
            $"journal `{layout.Root}` is damaged at record {sequence}: {detail}"), sequence);
}
