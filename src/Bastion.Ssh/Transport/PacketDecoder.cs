using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Bastion.Ssh.Transport.Ciphers;

namespace Bastion.Ssh.Transport;

/// <summary>
/// Takes binary packets (RFC 4253 section 6) out of whatever stretch of the stream has arrived. No I/O and no waiting:
/// bytes in, payloads out. The length is checked before anything is held for it, the tag before anything is used.
/// </summary>
internal sealed class PacketDecoder : IDisposable
{
    /// <summary>
    /// Until the peer is authenticated: what RFC 4253 section 6.1 makes every implementation accept, and no more.
    /// </summary>
    public const int MaximumLengthBeforeAuthentication = 35_000;

    /// <summary>Afterwards: OpenSSH's PACKET_MAX_SIZE, so nothing that a stock peer sends is refused.</summary>
    public const int MaximumLengthAuthenticated = 256 * 1024;

    /// <summary>padding_length, one byte of payload and the four bytes of padding that are always there.</summary>
    private const int MinimumPacketLength = 6;
    private const int MinimumPadding = 4;

    /// <summary>Past this many packets under one set of keys a sequence number, and so a nonce, could come
    /// again.</summary>
    private const long MaximumPacketsUnderKeys = 1L << 31;

    private readonly byte[] _head = new byte[16];
    private PacketOpener _opener = new PlainPacketOpener();
    private byte[]? _buffer;
    private int _bufferUsed;
    private uint? _packetLength;

    /// <summary>The number of the next packet (RFC 4253 section 6.4).</summary>
    public uint Sequence { get; private set; }

    /// <summary>Bytes and packets received under the present keys.</summary>
    public long Bytes { get; private set; }

    public long Packets { get; private set; }

    public int MaximumPacketLength { get; set; } = MaximumLengthBeforeAuthentication;

    /// <summary>
    /// Takes the next packet off the front of <paramref name="stream"/>. False when it has not wholly arrived: then
    /// nothing was taken. The payload lies in this decoder's memory until the next call or <see cref="ReleaseBuffer"/>.
    /// </summary>
    public bool TryDecode(ref ReadOnlySequence<byte> stream, out ReadOnlyMemory<byte> payload)
    {
        payload = default;
        PacketOpener opener = _opener;
        if (_packetLength is not { } length)
        {
            if (stream.Length < opener.HeadLength)
            {
                return false;
            }

            Span<byte> head = _head.AsSpan(0, opener.HeadLength);
            stream.Slice(0, opener.HeadLength).CopyTo(head);
            length = opener.OpenLength(Sequence, head);
            CheckLength(length, opener);
            _packetLength = length;
        }

        int total = 4 + (int)length + opener.TagLength;
        if (stream.Length < total)
        {
            return false;
        }

        payload = Open(stream.Slice(0, total), (int)length, opener);
        stream = stream.Slice(total);
        _packetLength = null;
        Count(total);
        return true;
    }

    /// <summary>Gives the memory back while nothing arrives, so that an idle connection holds none.</summary>
    public void ReleaseBuffer()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            CryptographicOperations.ZeroMemory(buffer.AsSpan(0, _bufferUsed));
            _bufferUsed = 0;
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Takes new keys into use after SSH_MSG_NEWKEYS came in; strict key exchange starts the numbers
    /// anew.</summary>
    public void ChangeKeys(PacketOpener opener, bool resetSequence)
    {
        _opener.Dispose();
        _opener = opener;
        Bytes = 0;
        Packets = 0;
        if (resetSequence)
        {
            Sequence = 0;
        }
    }

    public void Dispose()
    {
        ReleaseBuffer();
        _opener.Dispose();
    }

    private void CheckLength(uint length, PacketOpener opener)
    {
        if (length > (uint)MaximumPacketLength)
        {
            ThrowMalformed($"packet of {length} bytes is over the limit of {MaximumPacketLength}");
        }

        uint padded = length + (opener.PadsLength ? 4u : 0);
        if (length < MinimumPacketLength || padded % (uint)opener.BlockSize != 0)
        {
            ThrowMalformed($"packet length {length} is impossible");
        }
    }

    private ReadOnlyMemory<byte> Open(ReadOnlySequence<byte> packet, int length, PacketOpener opener)
    {
        bool authentic;
        Span<byte> body;
        if (packet.IsSingleSegment)
        {
            byte[] buffer = Reserve(length);
            body = buffer.AsSpan(0, length);
            authentic = opener.TryOpen(Sequence, packet.FirstSpan, body);
        }
        else
        {
            int total = (int)packet.Length;
            Span<byte> whole = Reserve(total).AsSpan(0, total);
            packet.CopyTo(whole);
            body = whole.Slice(4, length);
            authentic = opener.TryOpen(Sequence, whole, body);
        }

        if (!authentic)
        {
            throw new SshDisconnectException(DisconnectReason.MacError, Blame.Peer, "the packet's MAC is wrong");
        }

        int padding = body[0];
        if (padding < MinimumPadding || padding + 2 > length)
        {
            ThrowMalformed($"padding of {padding} bytes in a packet of {length} is impossible");
        }

        return _buffer.AsMemory(packet.IsSingleSegment ? 1 : 5, length - 1 - padding);
    }

    private byte[] Reserve(int size)
    {
        if (_buffer is null || _buffer.Length < size)
        {
            ReleaseBuffer();
            _buffer = ArrayPool<byte>.Shared.Rent(size);
        }

        _bufferUsed = Math.Max(_bufferUsed, size);
        return _buffer;
    }

    private void Count(int total)
    {
        unchecked
        {
            Sequence++;
        }

        Bytes += total;
        if (++Packets > MaximumPacketsUnderKeys)
        {
            ThrowMalformed("the peer sends on and on without exchanging keys");
        }
    }

    [DoesNotReturn]
    private static void ThrowMalformed(string message) => throw SshDisconnectException.Protocol(message);
}
