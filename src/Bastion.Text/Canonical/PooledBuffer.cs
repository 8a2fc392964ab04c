using System.Buffers;

namespace Bastion.Text.Canonical;

/// <summary>A growing byte buffer from the shared pool, held only while something is in it.</summary>
public sealed class PooledBuffer : IDisposable
{
    // Most records and most terminal chunks fit in the first rent.
    private const int FirstRent = 1024;

    private byte[] _buffer = [];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, Length);

    /// <summary>The bytes written so far, open to change in place.</summary>
    public Span<byte> Mutable => _buffer.AsSpan(0, Length);

    public void Append(byte value)
    {
        Reserve(1);
        _buffer[Length++] = value;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(Length));
        Length += bytes.Length;
    }

    public void AppendNumber(long value)
    {
        Reserve(20);
        value.TryFormat(_buffer.AsSpan(Length), out int written, default, null);
        Length += written;
    }

    /// <summary>Room for <paramref name="count"/> bytes at the end; <see cref="Advance"/> says how many were
    /// used.</summary>
    public Span<byte> GetSpan(int count)
    {
        Reserve(count);
        return _buffer.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Truncate(int length) => Length = length;

    /// <summary>Empties the buffer and gives its memory back to the pool.</summary>
    public void Dispose()
    {
        byte[] rented = _buffer;
        _buffer = [];
        Length = 0;
        if (rented.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void Reserve(int count)
    {
        int needed = checked(Length + count);
        if (needed <= _buffer.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(FirstRent, _buffer.Length * 2)));
        Written.CopyTo(larger);
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}
