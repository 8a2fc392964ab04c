using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bastion.Ssh.Transport.Ciphers;

/// <summary>
/// chacha20-poly1305@openssh.com (OpenSSH's PROTOCOL.chacha20poly1305). The derived key is two: the first half for the
/// payload, the second for packet_length. The nonce is the sequence number; the Poly1305 key is block 0 of the
/// payload's key stream; the payload starts at block 1, which is exactly what the BCL's AEAD encrypts with under the
/// nonce of four zero bytes and the sequence number. Its own tag, over other bytes than OpenSSH's, is thrown away.
/// </summary>
internal sealed class ChaChaPolyKeys : IDisposable
{
    public const int KeyBytes = 64;
    private const int HalfKey = 32;
    private const int NonceBytes = 12;

    private readonly byte[] _key;
    private readonly ChaCha20Poly1305 _payload;

    public ChaChaPolyKeys(ReadOnlySpan<byte> key)
    {
        _key = key.ToArray();
        _payload = new ChaCha20Poly1305(key[..HalfKey]);
    }

    /// <summary>The first 64 bytes of either key stream for this packet.</summary>
    public void FirstBlocks(uint sequence, Span<byte> payloadBlock, Span<byte> lengthBlock) =>
        ChaChaBlock.First(_key.AsSpan(0, HalfKey), _key.AsSpan(HalfKey), sequence, payloadBlock, lengthBlock);

    /// <summary>XORs the payload's key stream; encryption and decryption are the same.</summary>
    public void Apply(uint sequence, ReadOnlySpan<byte> source, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        nonce.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(nonce[8..], sequence);
        Span<byte> unused = stackalloc byte[Poly1305.TagBytes];
        _payload.Encrypt(nonce, source, destination, unused);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_key);
        _payload.Dispose();
    }
}

internal sealed class ChaChaPolyPacketSealer(ReadOnlySpan<byte> key) : PacketSealer
{
    private readonly ChaChaPolyKeys _keys = new(key);

    public override int BlockSize => 8;

    public override int TagLength => Poly1305.TagBytes;

    public override bool PadsLength => false;

    public override void Seal(uint sequence, Span<byte> packet)
    {
        Span<byte> blocks = stackalloc byte[2 * ChaChaBlock.Bytes];
        _keys.FirstBlocks(sequence, blocks[..ChaChaBlock.Bytes], blocks[ChaChaBlock.Bytes..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(packet);
        uint stream = BinaryPrimitives.ReadUInt32LittleEndian(blocks[ChaChaBlock.Bytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(packet, length ^ stream);
        Span<byte> body = packet[4..^Poly1305.TagBytes];
        _keys.Apply(sequence, body, body);
        Poly1305.Compute(blocks[..Poly1305.KeyBytes], packet[..^Poly1305.TagBytes], packet[^Poly1305.TagBytes..]);
        CryptographicOperations.ZeroMemory(blocks);
    }

    public override void Dispose() => _keys.Dispose();
}

internal sealed class ChaChaPolyPacketOpener(ReadOnlySpan<byte> key) : PacketOpener
{
    private readonly ChaChaPolyKeys _keys = new(key);
    private readonly byte[] _blocks = new byte[2 * ChaChaBlock.Bytes];

    public override int BlockSize => 8;

    public override int TagLength => Poly1305.TagBytes;

    public override bool PadsLength => false;

    public override int HeadLength => 4;

    public override uint OpenLength(uint sequence, ReadOnlySpan<byte> head)
    {
        _keys.FirstBlocks(sequence, _blocks.AsSpan(0, ChaChaBlock.Bytes), _blocks.AsSpan(ChaChaBlock.Bytes));
        return BinaryPrimitives.ReadUInt32BigEndian(head)
            ^ BinaryPrimitives.ReadUInt32BigEndian(_blocks.AsSpan(ChaChaBlock.Bytes));
    }

    public override bool TryOpen(uint sequence, ReadOnlySpan<byte> packet, Span<byte> body)
    {
        ReadOnlySpan<byte> content = packet[..^Poly1305.TagBytes];
        bool authentic = Poly1305.Verify(
            _blocks.AsSpan(0, Poly1305.KeyBytes), content, packet[^Poly1305.TagBytes..]);
        CryptographicOperations.ZeroMemory(_blocks);
        if (!authentic)
        {
            return false;
        }

        _keys.Apply(sequence, content[4..], body);
        return true;
    }

    public override void Dispose() => _keys.Dispose();
}
