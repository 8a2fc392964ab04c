using System.Buffers;

namespace Bastion.Ssh.Connection;

/// <summary>
/// What arrived on one channel and was not read yet: data in pooled segments, everything else between it, in order.
/// Holds no segment while it is empty. Not safe for two threads; the channel locks around it.
/// </summary>
internal sealed class ReceiveBuffer
{
    /// <summary>A first packet gets a small segment: most of the time it is a key stroke.</summary>
    private const int SmallSegment = 4096;

    /// <summary>When the reader is behind, packets gather in segments of this size; under the large-object
    /// limit.</summary>
    private const int LargeSegment = 64 * 1024;

    /// <summary>The ring is kept up to this size while idle; a power of two, like every size of it.</summary>
    private const int IdleRing = 4;

    private struct Entry
    {
        public ChannelItemKind Kind;
        public bool Success;

        /// <summary>No later entry lies in this segment, so whoever reads past this entry gives the segment
        /// back.</summary>
        public bool LastInSegment;
        public byte[]? Segment;
        public int Offset;
        public int Length;
        public ChannelRequest? Request;
    }

    // A ring of entries; entries have numbers that only grow, and the one numbered _first is at _first % size.
    private Entry[] _ring = new Entry[IdleRing];
    private long _first;
    private long _next;

    /// <summary>The segment that new data goes to, how much of it is taken, and the last entry that lies in
    /// it.</summary>
    private byte[]? _tail;
    private int _tailUsed;
    private long _tailEntry;

    /// <summary>The segment of the item read last, when that item was the segment's last.</summary>
    private byte[]? _lent;

    public int Count => (int)(_next - _first);

    public void AppendData(ChannelItemKind kind, ReadOnlySpan<byte> data)
    {
        if (_tail is null || _tail.Length - _tailUsed < data.Length)
        {
            StartSegment(Math.Max(data.Length, Count == 0 ? SmallSegment : LargeSegment));
        }

        data.CopyTo(_tail.AsSpan(_tailUsed));
        ref Entry last = ref At(_next - 1);
        if (Count > 0 && _tailEntry == _next - 1 && last.Kind == kind && last.Segment == _tail)
        {
            last.Length += data.Length;
        }
        else
        {
            _tailEntry = _next;
            Append(new Entry { Kind = kind, Segment = _tail, Offset = _tailUsed, Length = data.Length });
        }

        _tailUsed += data.Length;
    }

    public void Append(ChannelItemKind kind, ChannelRequest? request = null, bool success = false) =>
        Append(new Entry { Kind = kind, Request = request, Success = success });

    /// <summary>Gives the next item and takes back the memory of the one before.</summary>
    public bool TryRead(out ChannelItem item)
    {
        Return(ref _lent);
        if (Count == 0)
        {
            Return(ref _tail);
            if (_ring.Length > IdleRing)
            {
                _ring = new Entry[IdleRing];
            }

            item = default;
            return false;
        }

        ref Entry entry = ref At(_first++);
        item = new ChannelItem
        {
            Kind = entry.Kind,
            Data = entry.Segment.AsMemory(entry.Offset, entry.Length),
            Request = entry.Request,
            Success = entry.Success,
        };
        if (entry.LastInSegment)
        {
            _lent = entry.Segment;
        }

        entry = default;
        return true;
    }

    /// <summary>
    /// Drops what nobody will read. The item read last stays valid: a segment that it may lie in is left to the
    /// garbage collector and not handed to somebody else.
    /// </summary>
    public void Clear()
    {
        while (Count > 0)
        {
            ref Entry entry = ref At(_first++);
            // An entry at the start of a segment has no predecessor in it that could still be lent.
            if (entry.LastInSegment && entry.Offset == 0)
            {
                ArrayPool<byte>.Shared.Return(entry.Segment!);
            }

            entry = default;
        }

        _tail = null;
        _lent = null;
    }

    private void StartSegment(int size)
    {
        if (_tail is not null && _tailEntry >= _first)
        {
            At(_tailEntry).LastInSegment = true;
        }
        else if (_tail is not null)
        {
            // Everything in it was read, and the last of it may still be in use until the next read.
            _lent = _tail;
        }

        _tail = ArrayPool<byte>.Shared.Rent(size);
        _tailUsed = 0;
    }

    private void Append(in Entry entry)
    {
        if (Count == _ring.Length)
        {
            var larger = new Entry[_ring.Length * 2];
            for (long number = _first; number < _next; number++)
            {
                larger[number & (larger.Length - 1)] = At(number);
            }

            _ring = larger;
        }

        At(_next++) = entry;
    }

    private ref Entry At(long number) => ref _ring[number & (_ring.Length - 1)];

    private static void Return(ref byte[]? segment)
    {
        if (segment is not null)
        {
            ArrayPool<byte>.Shared.Return(segment);
            segment = null;
        }
    }
}
