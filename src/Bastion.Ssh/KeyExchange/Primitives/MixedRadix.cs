namespace Bastion.Ssh.KeyExchange.Primitives;

/// <summary>
/// NTRU Prime's encoding of numbers below a common bound into nearly as few bytes as they need: pairs become one number
/// with the product as its bound, low bytes are put out, and so on until one is left. The bounds are public, so the
/// control flow is; decoding is only ever done to public keys.
/// </summary>
internal static class MixedRadix
{
    /// <summary>Above this a bound gives off a byte.</summary>
    private const uint Limit = 16384;

    public static void Encode(ReadOnlySpan<ushort> values, ushort bound, Span<byte> output)
    {
        Span<ushort> v = stackalloc ushort[values.Length];
        Span<ushort> m = stackalloc ushort[values.Length];
        values.CopyTo(v);
        m.Fill(bound);
        int position = 0;
        for (int length = values.Length; length > 1; length = (length + 1) / 2)
        {
            for (int i = 0; i < length - 1; i += 2)
            {
                uint value = v[i] + (uint)v[i + 1] * m[i];
                uint limit = (uint)m[i] * m[i + 1];
                while (limit >= Limit)
                {
                    output[position++] = (byte)value;
                    value >>= 8;
                    limit = (limit + 255) >> 8;
                }

                v[i / 2] = (ushort)value;
                m[i / 2] = (ushort)limit;
            }

            if (length % 2 == 1)
            {
                v[length / 2] = v[length - 1];
                m[length / 2] = m[length - 1];
            }
        }

        uint last = v[0];
        for (uint limit = m[0]; limit > 1; limit = (limit + 255) >> 8)
        {
            output[position++] = (byte)last;
            last >>= 8;
        }

        v.Clear();
    }

    /// <summary>Every input decodes: what is out of bounds is taken modulo its bound.</summary>
    public static void Decode(ReadOnlySpan<byte> input, Span<ushort> values, ushort bound)
    {
        Span<ushort> bounds = stackalloc ushort[values.Length];
        bounds.Fill(bound);
        Decode(input, values, bounds);
    }

    private static void Decode(ReadOnlySpan<byte> input, Span<ushort> values, ReadOnlySpan<ushort> bounds)
    {
        int length = values.Length;
        if (length == 1)
        {
            uint value = bounds[0] == 1 ? 0u : bounds[0] <= 256 ? input[0] : input[0] + ((uint)input[1] << 8);
            values[0] = (ushort)(value % bounds[0]);
            return;
        }

        int half = (length + 1) / 2;
        Span<ushort> upper = stackalloc ushort[half];
        Span<ushort> upperBounds = stackalloc ushort[half];
        Span<uint> low = stackalloc uint[half];
        Span<byte> lowBits = stackalloc byte[half];
        for (int i = 0; i < length - 1; i += 2)
        {
            uint limit = (uint)bounds[i] * bounds[i + 1];
            low[i / 2] = 0;
            lowBits[i / 2] = 0;
            while (limit >= Limit)
            {
                low[i / 2] |= (uint)input[0] << lowBits[i / 2];
                lowBits[i / 2] += 8;
                input = input[1..];
                limit = (limit + 255) >> 8;
            }

            upperBounds[i / 2] = (ushort)limit;
        }

        if (length % 2 == 1)
        {
            upperBounds[half - 1] = bounds[length - 1];
        }

        Decode(input, upper, upperBounds);
        for (int i = 0; i < length - 1; i += 2)
        {
            uint value = low[i / 2] + ((uint)upper[i / 2] << lowBits[i / 2]);
            values[i] = (ushort)(value % bounds[i]);
            values[i + 1] = (ushort)(value / bounds[i] % bounds[i + 1]);
        }

        if (length % 2 == 1)
        {
            values[length - 1] = upper[half - 1];
        }
    }
}
