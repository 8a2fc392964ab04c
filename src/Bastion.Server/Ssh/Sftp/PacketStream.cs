using System.Buffers;
using System.Buffers.Binary;

namespace Bastion.Server.Ssh.Sftp;

/// <summary>
/// Cuts one direction of an SFTP channel into packets. Small packets are given whole; of the large ones (the content
/// of files) only the head is, and the rest runs past as it comes, uncopied. Whatever lies complete in the data of one
/// call is given in place; only what spans two calls is gathered.
/// </summary>
internal sealed class PacketStream(int headOf) : IDisposable
{
    /// <summary>OpenSSH takes packets up to 256 KiB (SFTP_MAX_MSG_LENGTH).</summary>
    public const int MaximumPacket = 256 * 1024;

    private byte[]? _gathered;
    private int _count;

    /// <summary>Bytes of the present packet's content that have not come past yet.</summary>
    public int BodyLeft { get; private set; }

    /// <summary>Bytes of a packet that has not come whole.</summary>
    public int Gathered => _count;

    /// <summary>True between two packets.</summary>
    public bool AtBoundary => _count == 0 && BodyLeft == 0;

    /// <summary>
    /// Takes the next packet, or the head of one, off the front of <paramref name="data"/>: length prefix included.
    /// False when more is needed; then all of the data was kept.
    /// </summary>
    /// <param name="inPlace">How many bytes at the front of the data the packet takes, when it lies there whole; -1
    /// when it was gathered.</param>
    public bool TryTake(ref ReadOnlyMemory<byte> data, out ReadOnlyMemory<byte> packet, out int inPlace)
    {
        packet = default;
        inPlace = -1;
        if (_count == 0)
        {
            int needed = Needed(data.Span);
            if (data.Length >= needed)
            {
                packet = data[..needed];
                inPlace = needed;
                data = data[needed..];
                SetBody(packet.Span);
                return true;
            }
        }

        while (true)
        {
            int needed = Needed(_gathered.AsSpan(0, _count));
            int more = Math.Min(needed - _count, data.Length);
            if (_count + more > (_gathered?.Length ?? 0))
            {
                Grow(Math.Max(needed, _count + more));
            }

            data.Span[..more].CopyTo(_gathered.AsSpan(_count));
            _count += more;
            data = data[more..];
            if (_count < needed)
            {
                return false;
            }

            if (Needed(_gathered.AsSpan(0, _count)) == _count)
            {
                packet = _gathered.AsMemory(0, _count);
                SetBody(packet.Span);
                return true;
            }
        }
    }

    /// <summary>Takes what there is of the present packet's content off the front of the data.</summary>
    public ReadOnlyMemory<byte> TakeBody(ref ReadOnlyMemory<byte> data)
    {
        ReadOnlyMemory<byte> body = data[..Math.Min(BodyLeft, data.Length)];
        data = data[body.Length..];
        BodyLeft -= body.Length;
        return body;
    }

    /// <summary>The gathered packet was dealt with; its memory goes back.</summary>
    public void Done()
    {
        if (_gathered is not null)
        {
            ArrayPool<byte>.Shared.Return(_gathered);
            _gathered = null;
        }

        _count = 0;
    }

    public void Dispose() => Done();

    /// <summary>How many bytes make the packet, or the head of a large one, as far as can be told from these.</summary>
    private int Needed(ReadOnlySpan<byte> bytes)
    {
        const int lengthAndType = 5;
        if (bytes.Length < lengthAndType)
        {
            return lengthAndType;
        }

        uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        if (length is 0 or > MaximumPacket)
        {
            throw new SftpProtocolException($"a packet of {length} bytes");
        }

        int whole = SftpPackets.LengthPrefix + (int)length;
        return bytes[4] == headOf ? Math.Min(whole, HeadLength(bytes)) : whole;
    }

    /// <summary>
    /// WRITE: type, id, string handle, uint64 offset, uint32 length of data. DATA: type, id, uint32 length of data.
    /// </summary>
    private int HeadLength(ReadOnlySpan<byte> bytes)
    {
        const int toId = 4 + 1 + 4;
        if (headOf == (int)SftpType.Data || bytes.Length < toId + 4)
        {
            return toId + 4;
        }

        uint handle = BinaryPrimitives.ReadUInt32BigEndian(bytes[toId..]);
        return handle > 256
            ? throw new SftpProtocolException("a handle of more than 256 bytes")
            : toId + 4 + (int)handle + 8 + 4;
    }

    private void SetBody(ReadOnlySpan<byte> packet) =>
        BodyLeft = SftpPackets.LengthPrefix + (int)BinaryPrimitives.ReadUInt32BigEndian(packet) - packet.Length;

    private void Grow(int size)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(size);
        _gathered.AsSpan(0, _count).CopyTo(larger);
        if (_gathered is not null)
        {
            ArrayPool<byte>.Shared.Return(_gathered);
        }

        _gathered = larger;
    }
}
