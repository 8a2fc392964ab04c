using System.Text.Json;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;
using Bastion.Audit.Verification;

namespace Bastion.Audit;

/// <summary>A checkpoint with the place it was read from.</summary>
internal sealed record PlacedCheckpoint(Checkpoint Checkpoint, string Place);

/// <summary>
/// Follows a journal record by record and reports what does not fit: sequence, commit groups, tree, checkpoints and the
/// keys that signed them. After a fault it goes on as well as it can: with the next record, and with the next segment's
/// own statement of the tree.
/// </summary>
/// <param name="report">Gets each fault.</param>
/// <param name="tiles">Gets the leaf hashes, from the first record up to the first that is lost.</param>
internal sealed class JournalReplay(Action<Finding> report, TileAssembler? tiles = null)
{
    // Checkpoints of the segment in hand.
    private IReadOnlyList<PlacedCheckpoint> _checkpoints = [];
    private int _nextCheckpoint;
    private string _place = "";
    private long _segmentFirst;
    private bool _firstRecordOfSegment;
    private bool _followsOn;

    private long _previousAfter;

    // The tree is not known any more, since a record in it is not.
    private bool _lost;
    private byte[] _rootBefore = [];

    /// <summary>Checkpoints known from elsewhere, ascending by size: they must be of this journal.</summary>
    public Queue<PlacedCheckpoint> Known { get; } = new();

    public MerkleFrontier Frontier { get; private set; } = new();

    public OpenSessions Sessions { get; } = new();

    /// <summary>The sequence that the next record should have.</summary>
    public long Expected { get; private set; }

    /// <summary>Good bytes of the segment in hand.</summary>
    public long Length { get; private set; }

    /// <summary>Where in it the first record begins that no checkpoint covers.</summary>
    public long UncheckpointedOffset { get; private set; }

    public string? LastKind { get; private set; }

    /// <summary>When the last record was written, as the clock said then.</summary>
    public DateTimeOffset? LastAt { get; private set; }

    /// <summary>The key that may sign checkpoints over what has been read so far, as the journal itself says.</summary>
    public NoteVerifierKey? KeyInForce { get; private set; }

    /// <summary>All keys that were in force, oldest first.</summary>
    public List<NoteVerifierKey> Keys { get; } = [];

    /// <summary>Keys that signed a checkpoint or a rotation in this journal.</summary>
    public HashSet<NoteVerifierKey> Vouched { get; } = [];

    /// <summary>The newest checkpoint that fits the records.</summary>
    public Checkpoint? Latest { get; private set; }

    public long CheckpointsChecked { get; private set; }

    public void BeginSegment(long first, IReadOnlyList<PlacedCheckpoint> segmentCheckpoints, string segmentPlace)
    {
        _followsOn = first == Expected && (first == 0 || KeyInForce is not null);
        _segmentFirst = first;
        _firstRecordOfSegment = true;
        Expected = first;
        (_checkpoints, _nextCheckpoint, _place) = (segmentCheckpoints, 0, segmentPlace);
        (Length, UncheckpointedOffset) = (0, 0);
    }

    public void Accept(JournalEntry entry, long endOffset)
    {
        if (_firstRecordOfSegment && _segmentFirst > 0)
        {
            ContinueFrom(entry);
        }

        _firstRecordOfSegment = false;
        CheckSequence(entry);
        if (!_lost && entry.After != _previousAfter && entry.After != entry.Sequence)
        {
            Fail(FindingKind.RecordsNotAsSigned, entry.Sequence,
                $"record {entry.Sequence} belongs to commit group {entry.After}, which does not follow "
                    + $"{_previousAfter}: records were removed or replaced");
        }

        _previousAfter = entry.After;
        Expected = entry.Sequence + 1;
        if (entry.Kind == "journal.key-rotated")
        {
            _rootBefore = Frontier.Root();
        }

        if (!_lost)
        {
            Frontier.Append(entry.LeafHash.ToArray());
            tiles?.Append(entry.LeafHash.Span);
        }

        Sessions.Observe(entry);
        FollowKey(entry);
        LastKind = entry.Kind;
        LastAt = entry.At;
        Length = endOffset;
        CheckCheckpoints();
    }

    /// <summary>A line that is no record: the tree is lost until the next segment states it.</summary>
    public void AcceptDamaged()
    {
        _firstRecordOfSegment = false;
        _lost = true;
        Expected++;
    }

    /// <summary>Reports checkpoints over records that are not there.</summary>
    public void EndSegment()
    {
        for (; _nextCheckpoint < _checkpoints.Count; _nextCheckpoint++)
        {
            PlacedCheckpoint missed = _checkpoints[_nextCheckpoint];
            bool truncated = missed.Checkpoint.Size > Expected;
            report(new Finding(
                truncated
                    ? FindingKind.JournalTruncated
                    : FindingKind.CheckpointGoesBack, FindingSeverity.Failure, Expected, missed.Place,
                truncated
                    ? $"a signed checkpoint covers {missed.Checkpoint.Size} records, but the records from "
                    + $"{Expected} on are missing"
                    : $"a checkpoint over {missed.Checkpoint.Size} records stands after one over more: checkpoints "
                    + "were changed"));
        }
    }

    /// <summary>Reports checkpoints from elsewhere that lie beyond the end.</summary>
    public void EndJournal()
    {
        while (Known.TryDequeue(out PlacedCheckpoint? known))
        {
            report(new Finding(
                FindingKind.JournalTruncated, FindingSeverity.Failure, Expected, known.Place,
                $"this checkpoint covers {known.Checkpoint.Size} records, but the journal ends after {Expected}: it "
                    + "was cut or rolled back"));
        }
    }

    private void CheckSequence(JournalEntry entry)
    {
        if (entry.Sequence == Expected)
        {
            return;
        }

        _lost = true;
        if (entry.Sequence > Expected)
        {
            Fail(FindingKind.RecordsMissing, Expected,
                entry.Sequence == Expected + 1
                    ? $"record {Expected} is missing"
                    : $"records {Expected} to {entry.Sequence - 1} are missing");
        }
        else
        {
            Fail(FindingKind.RecordsReordered, Expected,
                $"record {entry.Sequence} stands where record {Expected} belongs");
        }
    }

    private void CheckCheckpoints()
    {
        while (_nextCheckpoint < _checkpoints.Count && _checkpoints[_nextCheckpoint].Checkpoint.Size <= Expected)
        {
            PlacedCheckpoint placed = _checkpoints[_nextCheckpoint++];
            if (placed.Checkpoint.Size < Expected)
            {
                if (!_lost)
                {
                    report(new Finding(
                        FindingKind.CheckpointGoesBack, FindingSeverity.Failure, placed.Checkpoint.Size, placed.Place,
                        $"a checkpoint over {placed.Checkpoint.Size} records stands after one over more: "
                            + "checkpoints were changed"));
                }

                continue;
            }

            CheckSignature(placed);
            CheckRoot(placed, FindingKind.RecordsNotAsSigned);
            UncheckpointedOffset = Length;
        }

        while (Known.TryPeek(out PlacedCheckpoint? known) && known.Checkpoint.Size <= Expected)
        {
            CheckSignature(Known.Dequeue());
            CheckRoot(known, FindingKind.Forked);
        }
    }

    private void CheckSignature(PlacedCheckpoint placed)
    {
        CheckpointsChecked++;
        if (KeyInForce is { } key && placed.Checkpoint.Note.IsSignedBy(key))
        {
            Vouched.Add(key);
        }
        else
        {
            report(new Finding(
                FindingKind.CheckpointInvalid, FindingSeverity.Failure, placed.Checkpoint.Size - 1, placed.Place,
                $"the checkpoint over {placed.Checkpoint.Size} records is not signed by the journal's key "
                    + $"`{KeyInForce}`"));
        }
    }

    private void CheckRoot(PlacedCheckpoint placed, FindingKind kind)
    {
        if (_lost)
        {
            return;
        }

        if (placed.Checkpoint.Size == Frontier.Size && placed.Checkpoint.RootHash.Span.SequenceEqual(Frontier.Root()))
        {
            Latest = placed.Checkpoint.Size > (Latest?.Size ?? 0) ? placed.Checkpoint : Latest;
            return;
        }

        long from = Latest?.Size ?? 0;
        report(new Finding(
            kind, FindingSeverity.Failure, from, placed.Place,
            $"records {from} to {placed.Checkpoint.Size - 1} are not those that this checkpoint was signed for: at "
                + "least one was changed and its hash with it"));
        // Said once; a later segment states the tree anew.
        _lost = true;
    }

    private void FollowKey(JournalEntry entry)
    {
        bool rotates = entry.Kind == "journal.key-rotated";
        string? stated = entry.Kind switch
        {
            "journal.opened" or "journal.continued" => entry.Text("verifierKey"),
            _ when rotates => entry.Text("newVerifierKey"),
            _ => null,
        };
        if (stated is null)
        {
            return;
        }

        if (!NoteVerifierKey.TryParse(stated, out NoteVerifierKey? key))
        {
            Fail(FindingKind.KeyMismatch, entry.Sequence, $"record {entry.Sequence} names a key that is none");
        }
        else if (KeyInForce is null)
        {
            KeyInForce = key;
            Keys.Add(key);
        }
        else if (rotates)
        {
            Rotate(entry, KeyInForce, key);
        }
        else if (!key.Equals(KeyInForce))
        {
            Fail(FindingKind.KeyMismatch, entry.Sequence,
                $"record {entry.Sequence} names another key than the one in force, without a rotation");
        }
    }

    private void Rotate(JournalEntry entry, NoteVerifierKey old, NoteVerifierKey next)
    {
        byte[] signature = new byte[NoteVerifierKey.SignatureBytes];
        bool vouched = entry.Text("signature") is { } text
            && Convert.TryFromBase64String(text, signature, out int length) && length == signature.Length
            && (_lost || old.Verify(KeyRotation.Statement(old, next, entry.Sequence, _rootBefore), signature));
        if (!vouched)
        {
            Fail(FindingKind.KeyMismatch, entry.Sequence,
                $"record {entry.Sequence} brings in another key, for which the one before does not vouch: it is a "
                    + "forgery");
        }

        Vouched.Add(old);
        KeyInForce = next;
        Keys.Add(next);
    }

    /// <summary>The first record of a later segment says what tree it continues.</summary>
    private void ContinueFrom(JournalEntry entry)
    {
        MerkleFrontier? stated = ReadFrontier(entry, _segmentFirst);
        if (stated is null)
        {
            Fail(FindingKind.SegmentInconsistent, _segmentFirst,
                "the segment does not begin with a `journal.continued` that states the tree before it");
            _lost = true;
            return;
        }

        if (_followsOn && !_lost && !stated.Root().AsSpan().SequenceEqual(Frontier.Root()))
        {
            Fail(FindingKind.SegmentInconsistent, _segmentFirst,
                "the segment continues another tree than the segment before it ends with");
        }

        if (!_followsOn || _lost)
        {
            _previousAfter = _segmentFirst;
        }

        Frontier = stated;
        // Tiles need every leaf; after a gap there is nothing to compare them with.
        tiles = _lost || !_followsOn ? null : tiles;
        _lost = false;
    }

    private static MerkleFrontier? ReadFrontier(JournalEntry entry, long size)
    {
        if (entry.Kind != "journal.continued")
        {
            return null;
        }

        try
        {
            JsonElement data = entry.Data();
            byte[][] roots =
                [.. data.GetProperty("frontier").EnumerateArray().Select(root => root.GetBytesFromBase64())];
            var frontier = new MerkleFrontier(size, roots);
            return data.GetProperty("rootHash").GetBytesFromBase64().AsSpan().SequenceEqual(frontier.Root())
                ? frontier
                : null;
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException
            or FormatException or ArgumentException)
        {
            return null;
        }
    }

    private void Fail(FindingKind kind, long sequence, string message) =>
        report(new Finding(kind, FindingSeverity.Failure, sequence, _place, message));
}
