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

    public const int MaximumLineBytes = HashDigits + 1 + RecordEncoder.MaximumRecordBytes + 1;

    private const int BufferBytes = 4 * 64 * 1024;

    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private long _bufferOffset = start;
    private int _length;
    private int _position;

    /// <summary>Where the line last returned begins; for <see cref="ScanResult.End"/> where the next one
    /// would.</summary>
    public long LineOffset { get; private set; } = start;

    /// <summary>Where the line last returned ends, its line feed included.</summary>
    public long NextOffset => _bufferOffset + _position;

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
            return line.Length >= MaximumLineBytes ? ScanResult.Bad : ScanResult.Torn;
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
                _position = (int)(LineOffset - _bufferOffset);
                return skipped;
            }
        }

        return count;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private static JournalEntry? Parse(ReadOnlySpan<byte> line)
    {
        if (line.Length <= HashDigits + 1 || line[HashDigits] != (byte)' ')
        {
            return null;
        }

        byte[] expected = new byte[MerkleTree.HashBytes];
        if (Convert.FromHexString(line[..HashDigits], expected, out _, out int decoded) != OperationStatus.Done
            || decoded != expected.Length || line[..HashDigits].ContainsAnyInRange((byte)'A', (byte)'F'))
        {
            return null;
        }

        // The prefix of RFC 6962 in front of the record makes one contiguous hash input.
        byte[] prefixed = new byte[line.Length - HashDigits];
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

    /// <summary>The next line with its line feed; or what there is of it, when the file ends or it is longer than any
    /// record.</summary>
    private ReadOnlySpan<byte> TakeLine(out bool complete)
    {
        int feed = _buffer.AsSpan(_position, _length - _position).IndexOf((byte)'\n');
        if (feed < 0)
        {
            Refill();
            feed = _buffer.AsSpan(_position, _length - _position).IndexOf((byte)'\n');
        }

        complete = feed >= 0 && feed < MaximumLineBytes;
        int taken = complete ? feed + 1 : Math.Min(_length - _position, MaximumLineBytes);
        ReadOnlySpan<byte> line = _buffer.AsSpan(_position, taken);
        _position += taken;
        return line;
    }

    private void Refill()
    {
        _buffer.AsSpan(_position, _length - _position).CopyTo(_buffer);
        _bufferOffset += _position;
        _length -= _position;
        _position = 0;
        _length += file.Read(_buffer.AsSpan(_length, BufferBytes - _length), _bufferOffset + _length);
    }
}
