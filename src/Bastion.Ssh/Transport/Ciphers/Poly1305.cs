using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bastion.Ssh.Transport.Ciphers;

/// <summary>
/// RFC 8439 section 2.5, the one-time authenticator. chacha20-poly1305@openssh.com authenticates other bytes than the
/// RFC's AEAD does, so the BCL's tag cannot be used. Long messages go four blocks at a time through
/// <see cref="Poly1305Vector"/>, the rest through three 64-bit limbs here.
/// </summary>
internal static class Poly1305
{
    public const int KeyBytes = 32;
    public const int TagBytes = 16;

    public static void Compute(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, Span<byte> tag)
    {
        ulong r0 = BinaryPrimitives.ReadUInt64LittleEndian(key) & 0x0FFFFFFC_0FFFFFFF;
        ulong r1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]) & 0x0FFFFFFC_0FFFFFFC;
        ulong h0 = 0, h1 = 0, h2 = 0;
        if (Poly1305Vector.IsSupported && data.Length >= Poly1305Vector.MinimumBytes)
        {
            int whole = data.Length - data.Length % Poly1305Vector.StrideBytes;
            Poly1305Vector.Absorb(ref h0, ref h1, ref h2, r0, r1, data[..whole]);
            data = data[whole..];
        }

        while (data.Length >= 16)
        {
            Absorb(ref h0, ref h1, ref h2, r0, r1, data, 1);
            data = data[16..];
        }

        if (!data.IsEmpty)
        {
            Span<byte> last = stackalloc byte[16];
            last.Clear();
            data.CopyTo(last);
            last[data.Length] = 1;
            Absorb(ref h0, ref h1, ref h2, r0, r1, last, 0);
        }

        Finish(h0, h1, h2, key, tag);
    }

    public static bool Verify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> tag)
    {
        Span<byte> expected = stackalloc byte[TagBytes];
        Compute(key, data, expected);
        return CryptographicOperations.FixedTimeEquals(expected, tag);
    }

    /// <summary>h = h × r.</summary>
    internal static void Multiply(ref ulong h0, ref ulong h1, ref ulong h2, ulong r0, ulong r1)
    {
        ReadOnlySpan<byte> zero = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        Absorb(ref h0, ref h1, ref h2, r0, r1, zero, 0);
    }

    /// <summary>h = (h + block) × r, partly reduced modulo 2^130 − 5: h2 stays below 8.</summary>
    private static void Absorb(
        ref ulong h0, ref ulong h1, ref ulong h2, ulong r0, ulong r1, ReadOnlySpan<byte> block, ulong top)
    {
        unchecked
        {
            ulong m0 = BinaryPrimitives.ReadUInt64LittleEndian(block);
            ulong m1 = BinaryPrimitives.ReadUInt64LittleEndian(block[8..]);
            h0 += m0;
            ulong carry = h0 < m0 ? 1UL : 0;
            h1 += carry;
            carry = h1 < carry ? 1UL : 0;
            h1 += m1;
            carry += h1 < m1 ? 1UL : 0;
            h2 += carry + top;

            // r's clamped top bits keep every sum below 2^128.
            UInt128 low = Math.BigMul(h0, r0);
            UInt128 middle = Math.BigMul(h1, r0) + Math.BigMul(h0, r1);
            UInt128 high = Math.BigMul(h1, r1) + h2 * r0;
            middle += (ulong)(low >> 64);
            high += (ulong)(middle >> 64);
            ulong t2 = (ulong)high;
            ulong t3 = h2 * r1 + (ulong)(high >> 64);

            // Everything from bit 130 up counts five times: once as four and once as one of its quarter.
            var over = new UInt128(t3, t2 & ~3UL);
            var sum = new UInt128((ulong)middle, (ulong)low);
            h2 = t2 & 3;
            UInt128 total = sum + over;
            h2 += total < sum ? 1UL : 0;
            sum = total;
            total = sum + (over >> 2);
            h2 += total < sum ? 1UL : 0;
            h0 = (ulong)total;
            h1 = (ulong)(total >> 64);
        }
    }

    private static void Finish(ulong h0, ulong h1, ulong h2, ReadOnlySpan<byte> key, Span<byte> tag)
    {
        unchecked
        {
            // h − p, taken when it does not borrow; chosen by mask, not by branch.
            var low = new UInt128(h1, h0);
            UInt128 reduced = low - new UInt128(ulong.MaxValue, 0xFFFF_FFFF_FFFF_FFFB);
            ulong borrow = low < new UInt128(ulong.MaxValue, 0xFFFF_FFFF_FFFF_FFFB) ? 1UL : 0;
            ulong top = h2 - 3 - borrow;
            ulong keep = 0 - (top >> 63);
            var mask = new UInt128(keep, keep);
            low = (low & mask) | (reduced & ~mask);
            low += new UInt128(
                BinaryPrimitives.ReadUInt64LittleEndian(key[24..]), BinaryPrimitives.ReadUInt64LittleEndian(key[16..]));
            BinaryPrimitives.WriteUInt128LittleEndian(tag, low);
        }
    }
}
