using Bastion.Text.Canonical;
using System.Security.Cryptography;
using System.Text;
using Bastion.Audit.Canonical;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>Where writing goes on after an opening.</summary>
/// <param name="FirstSequence">Of the active segment.</param>
/// <param name="Length">Its good bytes.</param>
/// <param name="CheckpointsLength">Good bytes of its checkpoint file.</param>
/// <param name="Frontier">The tree so far.</param>
/// <param name="Sessions">Those without an end.</param>
/// <param name="Latest">The newest checkpoint.</param>
/// <param name="VerifiedFrom">The first record that opening has read.</param>
internal sealed record JournalTail(
    long FirstSequence, long Length, long CheckpointsLength, MerkleFrontier Frontier, OpenSessions Sessions,
    Checkpoint? Latest, long VerifiedFrom);

/// <summary>
/// Puts records and checkpoints on disk. Not thread-safe: <see cref="JournalCommitter"/> lets one thread at a time use
/// it, but for <see cref="EndCheckpoint"/>, which goes on while others commit. After any exception from it the journal
/// is faulted and it is only disposed.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    private readonly JournalLayout _layout;
    private readonly JournalOptions _options;
    private readonly IFileSystem _files;
    private readonly MerkleFrontier _frontier;
    private readonly OpenSessions _sessions;
    private readonly TileStore _tiles;
    private readonly PooledBuffer _group = new();
    private readonly List<byte[]> _groupHashes = [];

    private readonly CheckpointWriter _checkpoints;

    // Held by who has a checkpoint under way, from its draft on. A segment's history is complete before the next
    // begins.
    private readonly Lock _checkpointing = new();

    private INoteSigner _signer;
    private volatile PlacedFile _segment;
    private long _segmentLength;
    private CheckpointDraft? _draft;

    public JournalWriter(JournalLayout layout, JournalOptions options, JournalTail tail)
    {
        this._layout = layout;
        this._options = options;
        _files = options.FileSystem;
        _frontier = tail.Frontier;
        _sessions = tail.Sessions;
        _signer = options.Signer;
        _tiles = new TileStore(layout, _files);
        _tiles.Resume(tail.Frontier.Size, tail.VerifiedFrom);
        _segment = PlacedFile.OpenOrCreate(_files, layout.Records(tail.FirstSequence));
        _segmentLength = tail.Length;
        _checkpoints = new CheckpointWriter(layout, _files, tail);
        _files.SyncDirectory(layout.Segments);
    }

    /// <summary>Durable records.</summary>
    public long Size => _frontier.Size;

    /// <summary>Anybody may ask.</summary>
    public Checkpoint? Latest => _checkpoints.Latest;

    /// <summary>Null when the files that are written are where they belong; else the path that leads elsewhere. Anybody
    /// may ask.</summary>
    public string? Misplaced => _segment.Misplaced ?? _checkpoints.Misplaced;

    public IReadOnlyCollection<string> OpenSessions => _sessions.All;

    /// <summary>Writes a group of records and returns when they are durable.</summary>
    /// <returns>The sequence of the first of <paramref name="records"/>; the others follow it.</returns>
    public long Commit(ReadOnlySpan<EncodedRecord> records)
    {
        _group.Truncate(0);
        _groupHashes.Clear();
        if (_segmentLength >= _options.SegmentBytes)
        {
            StartSegment();
        }

        long first = Size + _groupHashes.Count;
        foreach (EncodedRecord record in records)
        {
            AppendLine(record);
        }

        _segment.File.Write(_group.Written, _segmentLength);
        _segment.File.Sync();
        if (Misplaced is { } path)
        {
            // Durable in a file that nobody will find under its name.
            throw JournalUnavailableException.Misplaced(path);
        }

        _segmentLength += _group.Length;
        foreach (byte[] leafHash in _groupHashes)
        {
            _frontier.Append(leafHash);
            _tiles.Append(leafHash);
        }

        return first;
    }

    /// <summary>Writes records of the journal itself.</summary>
    public void Commit(IReadOnlyList<AuditRecord> records)
    {
        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        EncodedRecord[] encoded = [.. records.Select(record => RecordEncoder.Encode(record, now))];
        try
        {
            Commit(encoded.AsSpan());
        }
        finally
        {
            Array.ForEach(encoded, record => record.Dispose());
        }

        foreach (AuditRecord record in records)
        {
            _sessions.Observe(record);
        }
    }

    /// <summary>Follows a record of <see cref="Commit(ReadOnlySpan{EncodedRecord})"/>, after it is durable.</summary>
    public void Observe(AuditRecord record) => _sessions.Observe(record);

    /// <summary>Signs the tree as it is on disk, if it has grown since the last time.</summary>
    public Checkpoint? SignCheckpoint()
    {
        BeginCheckpoint();
        return EndCheckpoint();
    }

    /// <summary>Takes down what is to be signed. The same thread then calls <see cref="EndCheckpoint"/>.</summary>
    public void BeginCheckpoint()
    {
        _checkpointing.Enter();
        _draft = Size > (Latest?.Size ?? 0)
            ? new CheckpointDraft(Size, _frontier.Root(), _tiles.Take(), _signer)
            : null;
    }

    /// <summary>Signs what was taken down and publishes it; others may commit meanwhile.</summary>
    public Checkpoint? EndCheckpoint()
    {
        try
        {
            return _draft is { } draft ? _checkpoints.Write(draft) : Latest;
        }
        finally
        {
            _checkpointing.Exit();
        }
    }

    /// <summary>
    /// Goes over to another key. The record carries the old key's signature over the tree before it and the new key, so
    /// that the change takes effect in one step or not at all, and nobody without the old key can make one.
    /// </summary>
    public void RotateKey(INoteSigner next, PeerText? by)
    {
        if (_segmentLength >= _options.SegmentBytes)
        {
            // The new segment's own records come first; the statement is about the tree right before the rotation.
            Commit(ReadOnlySpan<EncodedRecord>.Empty);
        }

        SignCheckpoint();
        byte[] statement = KeyRotation.Statement(_signer.VerifierKey, next.VerifierKey, Size, _frontier.Root());
        Commit([new JournalKeyRotated
        {
            OldVerifierKey = _signer.VerifierKey.ToString(),
            NewVerifierKey = next.VerifierKey.ToString(),
            Signature = Convert.ToBase64String(_signer.Sign(statement)),
            By = by,
        }]);
        _signer = next;
        PublishedFile.Write(
            _files, _layout.VerifierKey, _layout.VerifierKeyDraft, Encoding.UTF8.GetBytes(next.VerifierKey + "\n"));
        SignCheckpoint();
    }

    public void Dispose()
    {
        _segment.Dispose();
        _checkpoints.Dispose();
        _group.Dispose();
    }

    /// <summary>
    /// Goes over to a new file. What stands in the old one is durable; the new one begins with the tree so far and the
    /// open sessions, in the same group as the records that follow.
    /// </summary>
    private void StartSegment()
    {
        long first = Size;
        PlacedFile complete = _segment;
        var records = PlacedFile.Create(_files, _layout.Records(first));
        lock (_checkpointing)
        {
            _checkpoints.StartSegment(first);
        }

        _files.SyncDirectory(_layout.Segments);
        (_segment, _segmentLength) = (records, 0);
        complete.Dispose();

        DateTimeOffset now = _options.TimeProvider.GetUtcNow();
        var continued = new JournalContinued
        {
            Frontier = [.. _frontier.Roots.Select(Convert.ToBase64String)],
            RootHash = Convert.ToBase64String(_frontier.Root()),
            VerifierKey = _signer.VerifierKey.ToString(),
        };
        foreach (AuditRecord record in (IEnumerable<AuditRecord>)[continued, .. _sessions.ToRecords()])
        {
            using EncodedRecord encoded = RecordEncoder.Encode(record, now);
            AppendLine(encoded);
        }
    }

    private void AppendLine(EncodedRecord record)
    {
        int lineStart = _group.Length;
        Span<byte> room = _group.GetSpan(SegmentScanner.HashDigits + 1);
        // Where the space will be, the Merkle prefix stands while the record is hashed.
        room[SegmentScanner.HashDigits] = MerkleTree.LeafPrefix;
        _group.Advance(SegmentScanner.HashDigits + 1);
        _group.Append(RecordEncoder.Opening);
        _group.AppendNumber(Size);
        _group.Append(record.Middle);
        _group.AppendNumber(Size + _groupHashes.Count);
        _group.Append(record.End);

        Span<byte> line = _group.Mutable[lineStart..];
        byte[] leafHash = SHA256.HashData(line[SegmentScanner.HashDigits..]);
        Convert.TryToHexStringLower(leafHash, line, out _);
        line[SegmentScanner.HashDigits] = (byte)' ';
        _group.Append((byte)'\n');
        _groupHashes.Add(leafHash);
    }
}
