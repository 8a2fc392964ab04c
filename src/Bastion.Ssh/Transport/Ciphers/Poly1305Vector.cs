using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Bastion.Ssh.Transport.Ciphers;

/// <summary>
/// Poly1305 four blocks at a time: each lane takes every fourth block and multiplies by r⁴, and at the end the lanes
/// are multiplied by r⁴, r³, r², r and added. Numbers are five limbs of 26 bits, so that a product of limbs, and the
/// sum of five, fits 64 bits.
/// </summary>
internal static class Poly1305Vector
{
    public const int StrideBytes = 64;

    /// <summary>Below this the powers of r cost more than the lanes save.</summary>
    public const int MinimumBytes = 256;

    private const ulong LimbMask = (1UL << 26) - 1;

    public static bool IsSupported => Avx2.IsSupported;

    /// <summary>h becomes what it would be after all whole blocks of <paramref name="data"/>; h is zero at
    /// first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Absorb(ref ulong h0, ref ulong h1, ref ulong h2, ulong r0, ulong r1, ReadOnlySpan<byte> data)
    {
        Span<ulong> powers = stackalloc ulong[4 * 5];
        WritePowers(r0, r1, powers);
        var fourth = Multiplier.Broadcast(powers[15..]);
        var sum = Limbs.Load(data);
        for (data = data[StrideBytes..]; data.Length >= StrideBytes; data = data[StrideBytes..])
        {
            sum = fourth.Times(sum);
            sum.Add(Limbs.Load(data));
        }

        // Loading leaves the blocks in the order 0, 2, 1, 3.
        sum = Multiplier.Lanes(powers[15..], powers[5..], powers[10..], powers).Times(sum);
        sum.Collect(out h0, out h1, out h2);
    }

    /// <summary>r, r², r³, r⁴, five limbs each.</summary>
    private static void WritePowers(ulong r0, ulong r1, Span<ulong> powers)
    {
        (ulong p0, ulong p1, ulong p2) = (r0, r1, 0UL);
        for (int i = 0; i < 4; i++)
        {
            Span<ulong> limbs = powers.Slice(5 * i, 5);
            limbs[0] = p0 & LimbMask;
            limbs[1] = (p0 >> 26) & LimbMask;
            limbs[2] = ((p0 >> 52) | (p1 << 12)) & LimbMask;
            limbs[3] = (p1 >> 14) & LimbMask;
            limbs[4] = (p1 >> 40) | (p2 << 24);
            Poly1305.Multiply(ref p0, ref p1, ref p2, r0, r1);
        }
    }

    private struct Limbs
    {
        public Vector256<ulong> L0;
        public Vector256<ulong> L1;
        public Vector256<ulong> L2;
        public Vector256<ulong> L3;
        public Vector256<ulong> L4;

        /// <summary>Four whole blocks, each with the bit above its top set.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Limbs Load(ReadOnlySpan<byte> data)
        {
            ref byte start = ref MemoryMarshal.GetReference(data[..StrideBytes]);
            Vector256<ulong> first = Vector256.LoadUnsafe(ref start).AsUInt64();
            Vector256<ulong> second = Vector256.LoadUnsafe(ref start, 32).AsUInt64();
            Vector256<ulong> low = Avx2.UnpackLow(first, second);
            Vector256<ulong> high = Avx2.UnpackHigh(first, second);
            var mask = Vector256.Create(LimbMask);
            return new Limbs
            {
                L0 = low & mask,
                L1 = (low >>> 26) & mask,
                L2 = ((low >>> 52) | (high << 12)) & mask,
                L3 = (high >>> 14) & mask,
                L4 = (high >>> 40) | Vector256.Create(1UL << 24),
            };
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Limbs other)
        {
            L0 += other.L0;
            L1 += other.L1;
            L2 += other.L2;
            L3 += other.L3;
            L4 += other.L4;
        }

        /// <summary>The sum of the four lanes, carried and packed.</summary>
        public readonly void Collect(out ulong h0, out ulong h1, out ulong h2)
        {
            unchecked
            {
                ulong l0 = Vector256.Sum(L0);
                ulong l1 = Vector256.Sum(L1) + (l0 >> 26);
                ulong l2 = Vector256.Sum(L2) + (l1 >> 26);
                ulong l3 = Vector256.Sum(L3) + (l2 >> 26);
                ulong l4 = Vector256.Sum(L4) + (l3 >> 26);
                l0 = (l0 & LimbMask) + 5 * (l4 >> 26);
                l1 = (l1 & LimbMask) + (l0 >> 26);
                l0 &= LimbMask;
                l2 = (l2 & LimbMask) + (l1 >> 26);
                l1 &= LimbMask;
                l3 = (l3 & LimbMask) + (l2 >> 26);
                l2 &= LimbMask;
                l4 = (l4 & LimbMask) + (l3 >> 26);
                l3 &= LimbMask;
                h0 = l0 | (l1 << 26) | (l2 << 52);
                h1 = (l2 >> 12) | (l3 << 14) | (l4 << 40);
                h2 = l4 >> 24;
            }
        }
    }

    /// <summary>A factor in each lane, and five times it, which is what limbs that pass 2^130 count.</summary>
    private readonly struct Multiplier
    {
        private readonly Vector256<uint> _r0;
        private readonly Vector256<uint> _r1;
        private readonly Vector256<uint> _r2;
        private readonly Vector256<uint> _r3;
        private readonly Vector256<uint> _r4;
        private readonly Vector256<uint> _s1;
        private readonly Vector256<uint> _s2;
        private readonly Vector256<uint> _s3;
        private readonly Vector256<uint> _s4;

        private Multiplier(
            Vector256<ulong> r0, Vector256<ulong> r1, Vector256<ulong> r2, Vector256<ulong> r3, Vector256<ulong> r4)
        {
            (_r0, _r1, _r2, _r3, _r4) = (r0.AsUInt32(), r1.AsUInt32(), r2.AsUInt32(), r3.AsUInt32(), r4.AsUInt32());
            (_s1, _s2, _s3, _s4) = (Five(r1), Five(r2), Five(r3), Five(r4));
        }

        public static Multiplier Broadcast(ReadOnlySpan<ulong> power) => new(
            Vector256.Create(power[0]), Vector256.Create(power[1]), Vector256.Create(power[2]),
            Vector256.Create(power[3]), Vector256.Create(power[4]));

        public static Multiplier Lanes(
            ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, ReadOnlySpan<ulong> c, ReadOnlySpan<ulong> d) => new(
            Vector256.Create(a[0], b[0], c[0], d[0]), Vector256.Create(a[1], b[1], c[1], d[1]),
            Vector256.Create(a[2], b[2], c[2], d[2]), Vector256.Create(a[3], b[3], c[3], d[3]),
            Vector256.Create(a[4], b[4], c[4], d[4]));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Limbs Times(Limbs h)
        {
            Vector256<uint> h0 = h.L0.AsUInt32();
            Vector256<uint> h1 = h.L1.AsUInt32();
            Vector256<uint> h2 = h.L2.AsUInt32();
            Vector256<uint> h3 = h.L3.AsUInt32();
            Vector256<uint> h4 = h.L4.AsUInt32();
            Vector256<ulong> d0 = Mul(h0, _r0) + Mul(h1, _s4) + Mul(h2, _s3) + Mul(h3, _s2) + Mul(h4, _s1);
            Vector256<ulong> d1 = Mul(h0, _r1) + Mul(h1, _r0) + Mul(h2, _s4) + Mul(h3, _s3) + Mul(h4, _s2);
            Vector256<ulong> d2 = Mul(h0, _r2) + Mul(h1, _r1) + Mul(h2, _r0) + Mul(h3, _s4) + Mul(h4, _s3);
            Vector256<ulong> d3 = Mul(h0, _r3) + Mul(h1, _r2) + Mul(h2, _r1) + Mul(h3, _r0) + Mul(h4, _s4);
            Vector256<ulong> d4 = Mul(h0, _r4) + Mul(h1, _r3) + Mul(h2, _r2) + Mul(h3, _r1) + Mul(h4, _r0);

            // Two chains of carries side by side; after them every limb is below 2^26 and a little.
            var mask = Vector256.Create(LimbMask);
            d1 += d0 >>> 26;
            d4 += d3 >>> 26;
            d0 &= mask;
            d3 &= mask;
            Vector256<ulong> over = d4 >>> 26;
            d2 += d1 >>> 26;
            d0 += over + (over << 2);
            d1 &= mask;
            d4 &= mask;
            d3 += d2 >>> 26;
            d1 += d0 >>> 26;
            d2 &= mask;
            d0 &= mask;
            d4 += d3 >>> 26;
            d3 &= mask;
            return new Limbs { L0 = d0, L1 = d1, L2 = d2, L3 = d3, L4 = d4 };
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<ulong> Mul(Vector256<uint> left, Vector256<uint> right) => Avx2.Multiply(left, right);

        private static Vector256<uint> Five(Vector256<ulong> value) => (value + (value << 2)).AsUInt32();
    }
}
