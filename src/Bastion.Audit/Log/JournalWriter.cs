using System.Security.Cryptography;
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
    long FirstSequence, long Length, long CheckpointsLength, MerkleFrontier Frontier, OpenSessions Sessions, Checkpoint? Latest, long VerifiedFrom);

/// <summary>
/// Puts records and checkpoints on disk. Not thread-safe: <see cref="Journal"/> lets one thread at a time commit. After any exception from it the journal is faulted and it is only disposed.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    private readonly JournalLayout layout;
    private readonly JournalOptions options;
    private readonly IFileSystem files;
    private readonly MerkleFrontier frontier;
    private readonly OpenSessions sessions;
    private readonly TileStore tiles;
    private readonly PooledBuffer group = new();
    private readonly List<byte[]> groupHashes = [];

    private INoteSigner signer;
    private IFile segment;
    private IFile checkpoints;
    private long segmentLength;
    private long checkpointsLength;
    private long latestCheckpointSize;

    public JournalWriter(JournalLayout layout, JournalOptions options, JournalTail tail)
    {
        this.layout = layout;
        this.options = options;
        files = options.FileSystem;
        frontier = tail.Frontier;
        sessions = tail.Sessions;
        signer = options.Signer;
        tiles = new TileStore(layout, files);
        tiles.Resume(tail.Frontier.Size, tail.VerifiedFrom);
        segment = OpenOrCreate(layout.Records(tail.FirstSequence));
        checkpoints = OpenOrCreate(layout.Checkpoints(tail.FirstSequence));
        files.SyncDirectory(layout.Segments);
        (segmentLength, checkpointsLength) = (tail.Length, tail.CheckpointsLength);
        Latest = tail.Latest;
        latestCheckpointSize = tail.Latest?.Size ?? 0;
    }

    /// <summary>Durable records.</summary>
    public long Size => frontier.Size;

    public Checkpoint? Latest { get; private set; }

    public bool HasUncheckpointed => Size > latestCheckpointSize;

    public IReadOnlyCollection<string> OpenSessions => sessions.All;

    /// <summary>Writes a group of records and returns when they are durable.</summary>
    /// <returns>The sequence of the first of <paramref name="records"/>; the others follow it.</returns>
    public long Commit(ReadOnlySpan<EncodedRecord> records)
    {
        group.Truncate(0);
        groupHashes.Clear();
        if (segmentLength >= options.SegmentBytes)
        {
            StartSegment();
        }
        long first = Size + groupHashes.Count;
        foreach (EncodedRecord record in records)
        {
            AppendLine(record);
        }
        segment.Write(group.Written, segmentLength);
        segment.Sync();
        segmentLength += group.Length;
        foreach (byte[] leafHash in groupHashes)
        {
            frontier.Append(leafHash);
            tiles.Append(leafHash);
        }
        return first;
    }

    /// <summary>Writes records of the journal itself.</summary>
    public void Commit(IReadOnlyList<AuditRecord> records)
    {
        DateTimeOffset now = options.TimeProvider.GetUtcNow();
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
            sessions.Observe(record);
        }
    }

    /// <summary>Follows a record of <see cref="Commit(ReadOnlySpan{EncodedRecord})"/>, after it is durable.</summary>
    public void Observe(AuditRecord record) => sessions.Observe(record);

    /// <summary>Signs the tree as it is on disk, if it has grown since the last time.</summary>
    public Checkpoint? SignCheckpoint()
    {
        if (!HasUncheckpointed)
        {
            return Latest;
        }
        tiles.Flush();
        Checkpoint checkpoint = Checkpoint.Sign(Size, frontier.Root(), signer);
        byte[] bytes = CheckpointHistory.Encode(checkpoint);
        checkpoints.Write(bytes, checkpointsLength);
        checkpoints.Sync();
        checkpointsLength += bytes.Length;
        PublishedFile.Write(files, layout.Checkpoint, layout.CheckpointDraft, checkpoint.ToString());
        latestCheckpointSize = checkpoint.Size;
        Latest = checkpoint;
        return checkpoint;
    }

    /// <summary>
    /// Goes over to another key. The record carries the old key's signature over the tree before it and the new key, so
    /// that the change takes effect in one step or not at all, and nobody without the old key can make one.
    /// </summary>
    public void RotateKey(INoteSigner next, PeerText? by)
    {
        if (segmentLength >= options.SegmentBytes)
        {
            // The new segment's own records come first; the statement is about the tree right before the rotation.
            Commit(ReadOnlySpan<EncodedRecord>.Empty);
        }
        SignCheckpoint();
        byte[] statement = KeyRotation.Statement(signer.VerifierKey, next.VerifierKey, Size, frontier.Root());
        Commit([new JournalKeyRotated
        {
            OldVerifierKey = signer.VerifierKey.ToString(),
            NewVerifierKey = next.VerifierKey.ToString(),
            Signature = Convert.ToBase64String(signer.Sign(statement)),
            By = by,
        }]);
        signer = next;
        PublishedFile.Write(files, layout.VerifierKey, layout.VerifierKeyDraft, next.VerifierKey + "\n");
        SignCheckpoint();
    }

    public void Dispose()
    {
        segment.Dispose();
        checkpoints.Dispose();
        group.Dispose();
    }

    /// <summary>
    /// Goes over to a new file. What stands in the old one is durable; the new one begins with the tree so far and the
    /// open sessions, in the same group as the records that follow.
    /// </summary>
    private void StartSegment()
    {
        long first = Size;
        IFile records = files.Create(layout.Records(first));
        IFile history = files.Create(layout.Checkpoints(first));
        files.SyncDirectory(layout.Segments);
        segment.Dispose();
        checkpoints.Dispose();
        (segment, checkpoints) = (records, history);
        (segmentLength, checkpointsLength) = (0, 0);

        DateTimeOffset now = options.TimeProvider.GetUtcNow();
        var continued = new JournalContinued
        {
            Frontier = [.. frontier.Roots.Select(Convert.ToBase64String)],
            RootHash = Convert.ToBase64String(frontier.Root()),
            VerifierKey = signer.VerifierKey.ToString(),
        };
        foreach (AuditRecord record in (IEnumerable<AuditRecord>)[continued, .. sessions.ToRecords()])
        {
            using EncodedRecord encoded = RecordEncoder.Encode(record, now);
            AppendLine(encoded);
        }
    }

    private void AppendLine(EncodedRecord record)
    {
        int lineStart = group.Length;
        Span<byte> room = group.GetSpan(SegmentScanner.HashDigits + 1);
        // Where the space will be, the Merkle prefix stands while the record is hashed.
        room[SegmentScanner.HashDigits] = MerkleTree.LeafPrefix;
        group.Advance(SegmentScanner.HashDigits + 1);
        group.Append(RecordEncoder.Opening);
        group.AppendNumber(Size);
        group.Append(record.Middle);
        group.AppendNumber(Size + groupHashes.Count);
        group.Append(record.End);

        Span<byte> line = group.Mutable[lineStart..];
        byte[] leafHash = SHA256.HashData(line[SegmentScanner.HashDigits..]);
        Convert.TryToHexStringLower(leafHash, line, out _);
        line[SegmentScanner.HashDigits] = (byte)' ';
        group.Append((byte)'\n');
        groupHashes.Add(leafHash);
    }

    private IFile OpenOrCreate(string path) => files.FileExists(path) ? files.Open(path) : files.Create(path);
}
