using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bastion.Ssh.Transport.Ciphers;

/// <summary>RFC 4253 section 6.4 and RFC 6668: HMAC over the sequence number and the packet.</summary>
internal sealed class PacketMac(HashAlgorithmName hash, ReadOnlySpan<byte> key, int tagLength) : IDisposable
{
    private readonly IncrementalHash _hmac = IncrementalHash.CreateHMAC(hash, key);

    public int TagLength => tagLength;

    public void Compute(uint sequence, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> tag)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(number, sequence);
        _hmac.AppendData(number);
        _hmac.AppendData(first);
        if (!second.IsEmpty)
        {
            _hmac.AppendData(second);
        }

        _hmac.TryGetHashAndReset(tag, out _);
    }

    public bool Verify(uint sequence, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> tag)
    {
        Span<byte> expected = stackalloc byte[tagLength];
        Compute(sequence, first, second, expected);
        return CryptographicOperations.FixedTimeEquals(expected, tag);
    }

    public void Dispose() => _hmac.Dispose();
}
