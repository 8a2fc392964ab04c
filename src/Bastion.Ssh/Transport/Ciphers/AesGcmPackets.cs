using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bastion.Ssh.Transport.Ciphers;

/// <summary>
/// RFC 5647 as OpenSSH means it (aes128-gcm@openssh.com, aes256-gcm@openssh.com): packet_length is sent in clear as
/// additional data, and the low 64 bits of the nonce count packets from the derived IV.
/// </summary>
internal sealed class AesGcmPacketSealer : PacketSealer
{
    private readonly AesGcm _aes;
    private readonly byte[] _nonce;

    public AesGcmPacketSealer(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        _aes = new AesGcm(key, AesGcmPackets.TagBytes);
        _nonce = iv[..AesGcmPackets.NonceBytes].ToArray();
    }

    public override int BlockSize => 16;

    public override int TagLength => AesGcmPackets.TagBytes;

    public override bool PadsLength => false;

    public override void Seal(uint sequence, Span<byte> packet)
    {
        Span<byte> body = packet[4..^AesGcmPackets.TagBytes];
        _aes.Encrypt(_nonce, body, body, packet[^AesGcmPackets.TagBytes..], packet[..4]);
        AesGcmPackets.NextNonce(_nonce);
    }

    public override void Dispose() => _aes.Dispose();
}

internal sealed class AesGcmPacketOpener : PacketOpener
{
    private readonly AesGcm _aes;
    private readonly byte[] _nonce;

    public AesGcmPacketOpener(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        _aes = new AesGcm(key, AesGcmPackets.TagBytes);
        _nonce = iv[..AesGcmPackets.NonceBytes].ToArray();
    }

    public override int BlockSize => 16;

    public override int TagLength => AesGcmPackets.TagBytes;

    public override bool PadsLength => false;

    public override int HeadLength => 4;

    public override uint OpenLength(uint sequence, ReadOnlySpan<byte> head) =>
        BinaryPrimitives.ReadUInt32BigEndian(head);

    public override bool TryOpen(uint sequence, ReadOnlySpan<byte> packet, Span<byte> body)
    {
        try
        {
            _aes.Decrypt(
                _nonce, packet[4..^AesGcmPackets.TagBytes], packet[^AesGcmPackets.TagBytes..], body, packet[..4]);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }

        AesGcmPackets.NextNonce(_nonce);
        return true;
    }

    public override void Dispose() => _aes.Dispose();
}

internal static class AesGcmPackets
{
    public const int NonceBytes = 12;
    public const int TagBytes = 16;

    /// <summary>RFC 5647 section 7.1: four fixed bytes, then a 64-bit invocation counter that wraps by
    /// itself.</summary>
    public static void NextNonce(byte[] nonce)
    {
        Span<byte> counter = nonce.AsSpan(4);
        BinaryPrimitives.WriteUInt64BigEndian(counter, unchecked(BinaryPrimitives.ReadUInt64BigEndian(counter) + 1));
    }
}
