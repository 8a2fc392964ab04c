using System.Buffers.Binary;
using System.Text;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>
/// The journal as a C2SP tiled log (tlog-tiles), read-only: `checkpoint`, `tile/L/N`, `tile/entries/N`. Full tiles lie
/// in files; partial ones are made from the records. Nothing beyond the published checkpoint is given out. Thread-safe.
/// </summary>
public sealed class JournalTiles
{
    private readonly JournalLayout _layout;
    private readonly IFileSystem _files;
    private readonly JournalReader _reader;
    private readonly TileTree _tree;

    // Where every 256th record of a segment begins. Segments only grow, so what is known stays true.
    private readonly Dictionary<long, List<long>> _offsets = [];
    private readonly Lock _gate = new();

    public JournalTiles(string dataDirectory, IFileSystem? fileSystem = null)
    {
        _layout = new JournalLayout(dataDirectory);
        _files = fileSystem ?? PhysicalFileSystem.Instance;
        _reader = new JournalReader(dataDirectory, _files);
        _tree = new TileTree(ReadTile);
    }

    /// <summary>The resource at a path below the log's prefix, or null when there is none (any more, or yet).</summary>
    public byte[]? Read(string path)
    {
        Checkpoint? checkpoint = _reader.LatestCheckpoint();
        if (checkpoint is null)
        {
            return null;
        }

        if (path == "checkpoint")
        {
            return Encoding.UTF8.GetBytes(checkpoint.ToString());
        }

        if (!TileAddress.TryParse(path, out TileAddress address) || address.LeavesEnd > checkpoint.Size)
        {
            return null;
        }

        return address.Level == TileAddress.Entries ? ReadEntries(address) : ReadTile(address);
    }

    /// <summary>Root hash of the first so many records.</summary>
    public byte[] RootAt(long size) => _tree.Root(size);

    /// <summary>Proof that the first tree is the beginning of the second. Both must be covered by the published
    /// checkpoint.</summary>
    public IReadOnlyList<byte[]> ProveConsistency(long oldSize, long newSize) => _tree.Consistency(oldSize, newSize);

    /// <summary>Proof that the record stands in the tree of that size.</summary>
    public IReadOnlyList<byte[]> ProveInclusion(long sequence, long size) => _tree.Inclusion(sequence, size);

    /// <summary>The record, its proof and the published checkpoint. Null when no checkpoint covers the record
    /// yet.</summary>
    public Receipt? ReceiptFor(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        return _reader.LatestCheckpoint() is { } checkpoint && checkpoint.Size > sequence
            ? ReceiptFor(sequence, checkpoint)
            : null;
    }

    /// <summary>The record, and its proof under a checkpoint of this journal that covers it.</summary>
    public Receipt ReceiptFor(long sequence, Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, checkpoint.Size);
        JournalEntry entry = Records(sequence, 1).Single();
        return new Receipt(sequence, entry.Json.ToArray(), ProveInclusion(sequence, checkpoint.Size), checkpoint);
    }

    /// <summary>The hashes of a tile, from its file or from what lies below it.</summary>
    internal byte[] ReadTile(TileAddress address)
    {
        if (address.Width == TileAddress.FullWidth && TryReadFile(address) is { } stored)
        {
            return stored;
        }

        return ComputeTile(address);
    }

    internal byte[] ComputeTile(TileAddress address)
    {
        byte[] hashes = new byte[address.Width * MerkleTree.HashBytes];
        long first = address.Index * TileAddress.FullWidth;
        if (address.Level == 0)
        {
            int position = 0;
            foreach (JournalEntry entry in Records(first, address.Width))
            {
                entry.LeafHash.Span.CopyTo(hashes.AsSpan(position));
                position += MerkleTree.HashBytes;
            }

            return position == hashes.Length
                ? hashes
                : throw new InvalidDataException($"the records of `{address}` are not there");
        }

        for (int index = 0; index < address.Width; index++)
        {
            byte[] below = ReadTile(new TileAddress(address.Level - 1, first + index, TileAddress.FullWidth));
            TileTree.Fold(below).CopyTo(hashes, index * MerkleTree.HashBytes);
        }

        return hashes;
    }

    internal byte[]? TryReadFile(TileAddress address)
    {
        string path = _layout.Tile(address);
        if (!_files.FileExists(path))
        {
            return null;
        }

        using IFile file = _files.OpenRead(path);
        byte[] bytes = new byte[TileAddress.FullWidth * MerkleTree.HashBytes];
        return file.Length == bytes.Length && file.Read(bytes, 0) == bytes.Length ? bytes : null;
    }

    /// <summary>Each record with its length before it, 16 bits, big-endian.</summary>
    private byte[] ReadEntries(TileAddress address)
    {
        using var bundle = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        foreach (JournalEntry entry in Records(address.Index * TileAddress.FullWidth, address.Width))
        {
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)entry.Json.Length);
            bundle.Write(length);
            bundle.Write(entry.Json.Span);
        }

        return bundle.ToArray();
    }

    private List<JournalEntry> Records(long first, int count)
    {
        var records = new List<JournalEntry>(count);
        while (records.Count < count)
        {
            long next = first + records.Count;
            long segment = _layout.ListSegments(_files).LastOrDefault(start => start <= next, -1);
            int before = records.Count;
            if (segment >= 0)
            {
                AppendFrom(segment, next, count - records.Count, records);
            }

            if (records.Count == before)
            {
                break;
            }
        }

        return records;
    }

    private void AppendFrom(long segment, long first, int count, List<JournalEntry> records)
    {
        using IFile file = _files.OpenRead(_layout.Records(segment));
        long position = first - segment;
        (long known, long offset) = KnownOffset(file, segment, position);
        using var scanner = new SegmentScanner(file, offset);
        scanner.Skip(position - known);
        while (count-- > 0 && scanner.Next() == ScanResult.Record)
        {
            records.Add(scanner.Entry!);
        }
    }

    /// <summary>The nearest record at or before a position in a segment whose offset is known, finding new ones on the
    /// way.</summary>
    private (long Position, long Offset) KnownOffset(IFile file, long segment, long position)
    {
        lock (_gate)
        {
            if (!_offsets.TryGetValue(segment, out List<long>? known))
            {
                _offsets[segment] = known = [0];
            }

            long wanted = position / TileAddress.FullWidth;
            if (wanted >= known.Count)
            {
                using var scanner = new SegmentScanner(file, known[^1]);
                while (known.Count <= wanted && scanner.Skip(TileAddress.FullWidth) == TileAddress.FullWidth)
                {
                    known.Add(scanner.NextOffset);
                }
            }

            int index = (int)Math.Min(wanted, known.Count - 1);
            return ((long)index * TileAddress.FullWidth, known[index]);
        }
    }
}
