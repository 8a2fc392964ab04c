using System.Buffers;
using System.Security.Cryptography;
using Bastion.Audit.Canonical;
using Bastion.Audit.Merkle;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

internal enum ScanResult
{
    /// <summary>A line whose hash fits its record.</summary>
    Record,

    /// <summary>A line, ended by a line feed or far too long, that is no record.</summary>
    Bad,

    /// <summary>Bytes at the end of the file without a line feed.</summary>
    Torn,

    End,
}

/// <summary>
/// Reads the lines of a segment: 64 hexadecimal digits of the Merkle leaf hash, a space, the record, a line feed.
/// The file may grow while it is read.
/// </summary>
internal sealed class SegmentScanner(IFile file, long start = 0) : IDisposable
{
    public const int HashDigits = 2 * MerkleTree.HashBytes;

    public const int MaxLineBytes = HashDigits + 1 + RecordEncoder.MaxRecordBytes + 1;

    private const int BufferBytes = 4 * 64 * 1024;

    private readonly byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private long bufferOffset = start;
    private int length;
    private int position;

    /// <summary>Where the line last returned begins; for <see cref="ScanResult.End"/> where the next one would.</summary>
    public long LineOffset { get; private set; } = start;

    /// <summary>Where the line last returned ends, its line feed included.</summary>
    public long NextOffset => bufferOffset + position;

    /// <summary>The record of the line last returned, set for <see cref="ScanResult.Record"/>.</summary>
    public JournalEntry? Entry { get; private set; }

    public ScanResult Next()
    {
        Entry = null;
        LineOffset = NextOffset;
        ReadOnlySpan<byte> line = TakeLine(out bool complete);
        if (line.IsEmpty)
        {
            return ScanResult.End;
        }
        if (!complete)
        {
            return line.Length >= MaxLineBytes ? ScanResult.Bad : ScanResult.Torn;
        }
        Entry = Parse(line[..^1]);
        return Entry is null ? ScanResult.Bad : ScanResult.Record;
    }

    /// <summary>Passes over lines without looking into them; returns how many there were to pass.</summary>
    public long Skip(long count)
    {
        for (long skipped = 0; skipped < count; skipped++)
        {
            LineOffset = NextOffset;
            TakeLine(out bool complete);
            if (!complete)
            {
                position = (int)(LineOffset - bufferOffset);
                return skipped;
            }
        }
        return count;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);

    private static JournalEntry? Parse(ReadOnlySpan<byte> line)
    {
        if (line.Length <= HashDigits + 1 || line[HashDigits] != (byte)' ')
        {
            return null;
        }
        var expected = new byte[MerkleTree.HashBytes];
        if (Convert.FromHexString(line[..HashDigits], expected, out _, out int decoded) != OperationStatus.Done
            || decoded != expected.Length || line[..HashDigits].ContainsAnyInRange((byte)'A', (byte)'F'))
        {
            return null;
        }
        // The prefix of RFC 6962 in front of the record makes one contiguous hash input.
        var prefixed = new byte[line.Length - HashDigits];
        prefixed[0] = MerkleTree.LeafPrefix;
        line[(HashDigits + 1)..].CopyTo(prefixed.AsSpan(1));
        Span<byte> actual = stackalloc byte[MerkleTree.HashBytes];
        SHA256.HashData(prefixed, actual);
        if (!actual.SequenceEqual(expected))
        {
            return null;
        }
        return JournalEntry.TryParse(prefixed.AsMemory(1), expected, out JournalEntry? entry) ? entry : null;
    }

    /// <summary>The next line with its line feed; or what there is of it, when the file ends or it is longer than any record.</summary>
    private ReadOnlySpan<byte> TakeLine(out bool complete)
    {
        int feed = buffer.AsSpan(position, length - position).IndexOf((byte)'\n');
        if (feed < 0)
        {
            Refill();
            feed = buffer.AsSpan(position, length - position).IndexOf((byte)'\n');
        }
        complete = feed >= 0 && feed < MaxLineBytes;
        int taken = complete ? feed + 1 : Math.Min(length - position, MaxLineBytes);
        ReadOnlySpan<byte> line = buffer.AsSpan(position, taken);
        position += taken;
        return line;
    }

    private void Refill()
    {
        buffer.AsSpan(position, length - position).CopyTo(buffer);
        bufferOffset += position;
        length -= position;
        position = 0;
        length += file.Read(buffer.AsSpan(length, BufferBytes - length), bufferOffset + length);
    }
}
