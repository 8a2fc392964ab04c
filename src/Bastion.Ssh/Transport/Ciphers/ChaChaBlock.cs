using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Bastion.Ssh.Transport.Ciphers;

/// <summary>
/// Block 0 of the original ChaCha20 (64-bit block counter, 64-bit nonce) under two keys at once: the two things
/// chacha20-poly1305@openssh.com needs that the BCL's AEAD does not give out.
/// </summary>
internal static class ChaChaBlock
{
    public const int Bytes = 64;
    private const int DoubleRounds = 10;

    /// <summary>Writes 64 bytes for each key. The nonce is the packet's sequence number, big-endian.</summary>
    public static void First(
        ReadOnlySpan<byte> firstKey, ReadOnlySpan<byte> secondKey, uint sequence, Span<byte> first, Span<byte> second)
    {
        // `expand 32-byte k`, in both halves.
        var constants = Vector256.Create(
            0x61707865u, 0x3320646e, 0x79622d32, 0x6b206574, 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);
        Vector256<uint> low = Load(firstKey, secondKey);
        Vector256<uint> high = Load(firstKey[16..], secondKey[16..]);
        var position = Vector128.Create(0, 0, 0, BinaryPrimitives.ReverseEndianness(sequence));
        var nonce = Vector256.Create(position, position);

        (Vector256<uint> a, Vector256<uint> b, Vector256<uint> c, Vector256<uint> d) = (constants, low, high, nonce);
        for (int i = 0; i < DoubleRounds; i++)
        {
            QuarterRound(ref a, ref b, ref c, ref d);
            b = Vector256.Shuffle(b, Vector256.Create(1u, 2, 3, 0, 5, 6, 7, 4));
            c = Vector256.Shuffle(c, Vector256.Create(2u, 3, 0, 1, 6, 7, 4, 5));
            d = Vector256.Shuffle(d, Vector256.Create(3u, 0, 1, 2, 7, 4, 5, 6));
            QuarterRound(ref a, ref b, ref c, ref d);
            b = Vector256.Shuffle(b, Vector256.Create(3u, 0, 1, 2, 7, 4, 5, 6));
            c = Vector256.Shuffle(c, Vector256.Create(2u, 3, 0, 1, 6, 7, 4, 5));
            d = Vector256.Shuffle(d, Vector256.Create(1u, 2, 3, 0, 5, 6, 7, 4));
        }

        Store(a + constants, first, second);
        Store(b + low, first[16..], second[16..]);
        Store(c + high, first[32..], second[32..]);
        Store(d + nonce, first[48..], second[48..]);
    }

    private static void QuarterRound(
        ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d)
    {
        a += b;
        d = RotateLeft(d ^ a, 16);
        c += d;
        b = RotateLeft(b ^ c, 12);
        a += b;
        d = RotateLeft(d ^ a, 8);
        c += d;
        b = RotateLeft(b ^ c, 7);
    }

    private static Vector256<uint> RotateLeft(Vector256<uint> value, int count) =>
        (value << count) | (value >>> (32 - count));

    private static Vector256<uint> Load(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) => Vector256.Create(
        Vector128.Create(MemoryMarshal.Cast<byte, uint>(first[..16])),
        Vector128.Create(MemoryMarshal.Cast<byte, uint>(second[..16])));

    private static void Store(Vector256<uint> words, Span<byte> first, Span<byte> second)
    {
        words.GetLower().AsByte().CopyTo(first);
        words.GetUpper().AsByte().CopyTo(second);
    }
}
