using System.Globalization;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Verification;

public sealed class VerifierOptions
{
    /// <summary>The key to trust. Without one the key in the directory is used: then whoever can write there can forge
    /// all of it.</summary>
    public NoteVerifierKey? TrustedKey { get; init; }

    /// <summary>What witnesses hold, by where it was asked: the journal must have all of it.</summary>
    public IReadOnlyDictionary<string, Checkpoint> Witnessed { get; init; } = new Dictionary<string, Checkpoint>();

    /// <summary>Checkpoints known from elsewhere: receipts, witnesses, copies. Each must be of this very
    /// journal.</summary>
    public IReadOnlyList<Checkpoint> KnownCheckpoints { get; init; } = [];

    /// <summary>Also check the bytes of recordings.</summary>
    public bool Recordings { get; init; } = true;

    /// <summary>With these, recordings are also decrypted and read. Without, their digests are checked.</summary>
    public RecordingKeyRing RecordingKeys { get; init; } = RecordingKeyRing.Empty;

    /// <summary>
    /// The first record of the segment to begin with. A later one than 0 is believed on its own statement of the tree
    /// before it, so checkpoints still hold it; what lies before is not looked at.
    /// </summary>
    public long FirstSegment { get; init; }

    /// <summary>Gets every record that fits its hash, in order, on the verifying thread: what is read is what is
    /// verified.</summary>
    public Action<JournalEntry>? Observe { get; init; }

    /// <summary>Told after the last record; recordings, which take longer, come after it.</summary>
    public Action? RecordsRead { get; init; }

    public IFileSystem FileSystem { get; init; } = PhysicalFileSystem.Instance;
}

/// <summary>
/// Checks a journal and its recordings from the files and a public key alone. It takes no lock and works beside a
/// running gateway: whatever is written after it began is not its question.
/// </summary>
public static class JournalVerifier
{
    /// <summary>More are counted in a last finding, not listed.</summary>
    public const int MaximumFindings = 1000;

    /// <exception cref="IOException">The files cannot be read at all.</exception>
    public static VerificationReport Verify(
        string dataDirectory, VerifierOptions? options = null, CancellationToken cancellationToken = default) =>
        new JournalVerification(new JournalLayout(dataDirectory), options
        ?? new VerifierOptions()).Run(cancellationToken);
}

/// <summary>One run of the verifier.</summary>
internal sealed class JournalVerification
{
    private readonly JournalLayout _layout;
    private readonly VerifierOptions _options;
    private readonly IFileSystem _files;
    private readonly List<Finding> _findings = [];
    private readonly JournalReplay _replay;
    private readonly RecordingVerification _recordings;
    private readonly JournalTiles _tiles;
    private long _records;
    private long _publishedSize;
    private long _historySize;

    public JournalVerification(JournalLayout layout, VerifierOptions options)
    {
        this._layout = layout;
        this._options = options;
        _files = options.FileSystem;
        _tiles = new JournalTiles(layout.DataDirectory, _files);
        _replay = new JournalReplay(Report, new TileAssembler(CheckTile));
        _recordings = new RecordingVerification(layout.Recordings, _files, options.RecordingKeys, Report);
    }

    public VerificationReport Run(CancellationToken cancellationToken)
    {
        // In this order: each thing read later may be newer than what was read before, never older.
        _recordings.ListFiles();
        EnqueueKnown();
        ReportForeign();
        IReadOnlyList<long> segments =
            [.. _layout.ListSegments(_files).SkipWhile(first => first < _options.FirstSegment)];
        long expected = _options.FirstSegment;
        if (segments.Count == 0)
        {
            Report(new Finding(
                FindingKind.SegmentMissing, FindingSeverity.Failure, 0, _layout.Segments,
                "there is no journal here: not one segment was found"));
        }

        for (int index = 0; index < segments.Count; index++)
        {
            if (segments[index] != expected)
            {
                Report(new Finding(
                    FindingKind.SegmentMissing, FindingSeverity.Failure, expected, _layout.Segments,
                    $"records {expected} to {segments[index] - 1} are missing: there is no segment that holds them"));
            }

            VerifySegment(segments[index], last: index == segments.Count - 1, cancellationToken);
            expected = _replay.Expected;
        }

        _options.RecordsRead?.Invoke();
        _replay.EndJournal();
        ReportHistory();
        CheckKey();
        ReportUnsigned();
        if (_options.Recordings)
        {
            _recordings.Verify(_replay.Sessions.All, whole: _options.FirstSegment == 0, cancellationToken);
        }

        return new VerificationReport(
            _records, _replay.Latest?.Size ?? 0, _replay.CheckpointsChecked, _recordings.Verified,
            _replay.KeyInForce?.ToString(), _findings)
        {
            RecordingsRead = _recordings.Read,
            SessionsShredded = _recordings.Shredded,
            Checkpoint = _replay.Latest,
        };
    }

    private void VerifySegment(long segment, bool last, CancellationToken cancellationToken)
    {
        List<PlacedCheckpoint> checkpoints = ReadCheckpoints(segment, last);
        _historySize = checkpoints.Count > 0 ? Math.Max(_historySize, checkpoints[^1].Checkpoint.Size) : _historySize;
        long newest = Math.Max(_historySize, _publishedSize);
        string path = _layout.Records(segment);
        _replay.BeginSegment(segment, checkpoints, path);
        using IFile file = _files.OpenRead(path);
        using var scanner = new SegmentScanner(file);
        for (ScanResult result = scanner.Next(); result != ScanResult.End; result = scanner.Next())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (result == ScanResult.Record)
            {
                _records++;
                _replay.Accept(scanner.Entry!, scanner.NextOffset);
                if (_options.Recordings)
                {
                    _recordings.Observe(scanner.Entry!);
                }

                _options.Observe?.Invoke(scanner.Entry!);
                continue;
            }

            if (last && IsTornTail(file, scanner, newest))
            {
                Report(new Finding(
                    FindingKind.TornTail, FindingSeverity.Notice, _replay.Expected, Place(path, scanner.LineOffset),
                    "bytes at the end were never acknowledged (a write that is under way, or that a crash cut "
                        + "short); the next start records and removes them"));
                break;
            }

            Report(new Finding(
                FindingKind.RecordChanged, FindingSeverity.Failure, _replay.Expected, Place(path, scanner.LineOffset),
                $"record {_replay.Expected} does not fit its hash: it was changed"));
            _replay.AcceptDamaged();
        }

        _replay.EndSegment();
    }

    private bool IsTornTail(IFile file, SegmentScanner scanner, long newestCheckpoint)
    {
        using var rest = new SegmentScanner(file, scanner.NextOffset);
        return TornTail.CanBe(rest, _replay.Expected, newestCheckpoint);
    }

    private List<PlacedCheckpoint> ReadCheckpoints(long segment, bool last)
    {
        string path = _layout.Checkpoints(segment);
        var checkpoints = new List<PlacedCheckpoint>();
        foreach (CheckpointHistory.Item item in CheckpointHistory.Read(_files, path))
        {
            string place = Place(path, item.Offset);
            if (item is { Checkpoint: { } checkpoint, Complete: true })
            {
                checkpoints.Add(new PlacedCheckpoint(checkpoint, place));
            }
            else if (item.Complete || !last)
            {
                Report(new Finding(
                    FindingKind.CheckpointInvalid, FindingSeverity.Failure, null, place,
                    "this is no signed checkpoint: it was changed"));
            }
            else
            {
                Report(new Finding(
                    FindingKind.TornTail, FindingSeverity.Notice, null, place,
                    "the newest checkpoint is only half written; the next start removes it"));
            }
        }

        return checkpoints;
    }

    private void EnqueueKnown()
    {
        var known = _options.KnownCheckpoints.Select(checkpoint => new PlacedCheckpoint(checkpoint, "known checkpoint"))
            .ToList();
        known.AddRange(_options.Witnessed.Select(each => new PlacedCheckpoint(each.Value, $"witness {each.Key}")));
        if (_files.FileExists(_layout.Checkpoint))
        {
            if (new JournalReader(_layout.DataDirectory, _files).LatestCheckpoint() is { } published)
            {
                known.Add(new PlacedCheckpoint(published, _layout.Checkpoint));
                _publishedSize = published.Size;
            }
            else
            {
                Report(new Finding(
                    FindingKind.CheckpointInvalid, FindingSeverity.Failure, null, _layout.Checkpoint,
                    "this is no signed checkpoint: it was changed"));
            }
        }

        foreach (PlacedCheckpoint checkpoint in known.Where(each => each.Checkpoint.Size > 0)
            .OrderBy(each => each.Checkpoint.Size))
        {
            _replay.Known.Enqueue(checkpoint);
        }
    }

    private void ReportHistory()
    {
        if (_publishedSize > _historySize)
        {
            Report(new Finding(
                FindingKind.CheckpointInvalid, FindingSeverity.Failure, null, _layout.Segments,
                $"the checkpoint over {_publishedSize} records was published, but the history of checkpoints lacks "
                    + "it: the history was changed"));
        }

        foreach (long orphan in _layout.ListOrphanedCheckpoints(_files).Where(
            orphan => CheckpointHistory.Read(_files, _layout.Checkpoints(orphan)).Any(item => item.Complete)))
        {
            Report(new Finding(
                FindingKind.SegmentMissing, FindingSeverity.Failure, orphan, _layout.Checkpoints(orphan),
                $"the checkpoints over the records from {orphan} on are here, but the segment that holds them is "
                    + "missing"));
        }
    }

    private void ReportForeign()
    {
        foreach (string objection in _layout.Foreign(_files))
        {
            Report(new Finding(FindingKind.ForeignFile, FindingSeverity.Warning, null, _layout.Root, objection));
        }
    }

    private void CheckKey()
    {
        NoteVerifierKey? published = new JournalReader(_layout.DataDirectory, _files).PublishedKey();
        if (published is null || !_replay.Keys.Contains(published))
        {
            Report(new Finding(
                FindingKind.KeyMismatch, FindingSeverity.Failure, null, _layout.VerifierKey,
                $"the public key beside the journal is missing or not the one that signs it, `{_replay.KeyInForce}`"));
        }

        if (_options.TrustedKey is not { } trusted)
        {
            Report(new Finding(
                FindingKind.KeyNotPinned, FindingSeverity.Notice, null, _layout.VerifierKey,
                "the public key was taken from the directory itself; give the key that you noted down to rule out a "
                    + "forgery as a whole"));
        }
        else if (!_replay.Keys.Contains(trusted)
            || (_replay.CheckpointsChecked > 0 && !_replay.Vouched.Contains(trusted)))
        {
            Report(new Finding(
                FindingKind.KeyMismatch, FindingSeverity.Failure, null, _layout.Root,
                $"the journal is signed by `{_replay.KeyInForce}`, not by the key to trust, `{trusted}`: it may be "
                    + "a forgery"));
        }
    }

    private void CheckTile(TileAddress address, byte[] hashes)
    {
        if (_tiles.TryReadFile(address) is not { } stored)
        {
            if (address.LeavesEnd <= _publishedSize)
            {
                Report(new Finding(
                    FindingKind.TileChanged, FindingSeverity.Warning, null, _layout.Tile(address),
                    "this tile is missing or cut; the next start makes it again from the records"));
            }

            return;
        }

        int same = stored.AsSpan().CommonPrefixLength(hashes);
        if (same < hashes.Length)
        {
            long first = (address.Index * TileAddress.FullWidth + same / MerkleTree.HashBytes) << (8 * address.Level);
            Report(new Finding(
                FindingKind.TileChanged, FindingSeverity.Failure, first, _layout.Tile(address),
                $"this tile does not fit the records, first at record {first}: one of the two was changed"));
        }
    }

    private void ReportUnsigned()
    {
        long signed = _replay.Latest?.Size ?? 0;
        if (_replay.Expected > signed && _findings.TrueForAll(finding => finding.Severity != FindingSeverity.Failure))
        {
            Report(new Finding(
                FindingKind.UnsignedTail, FindingSeverity.Notice, signed, _layout.Segments,
                $"{_replay.Expected - signed} records at the end are under no checkpoint yet: normal while the "
                    + "gateway runs or after it was killed"));
        }
    }

    private void Report(Finding finding)
    {
        if (_findings.Count < JournalVerifier.MaximumFindings)
        {
            _findings.Add(finding);
        }
        else if (_findings.Count == JournalVerifier.MaximumFindings)
        {
            _findings.Add(finding with { Message = "there are more findings than are listed" });
        }
    }

    private static string Place(string path, long offset) =>
        string.Create(CultureInfo.InvariantCulture, $"{path}:{offset}");
}
