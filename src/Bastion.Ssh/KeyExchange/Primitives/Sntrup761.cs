using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Bastion.Ssh.KeyExchange.Primitives;

/// <summary>
/// The sender's half of Streamlined NTRU Prime 761 (the NTRU Prime submission of 2020, section 3), as OpenSSH has it
/// since 8.5. Written here because every login to the gateway takes one and BouncyCastle's takes 16 ms; the tests let
/// BouncyCastle open what this makes. Nothing secret reaches a branch, an index or a division. The loops are compiled
/// at once: the first logins after a start would otherwise run them interpreted-slow.
/// </summary>
internal static class Sntrup761
{
    public const int PublicKeyBytes = 1158;
    public const int CiphertextBytes = RoundedBytes + ConfirmBytes;
    public const int SecretBytes = 32;

    private const int P = 761;
    private const int Q = 4591;
    private const int HalfQ = (Q - 1) / 2;

    /// <summary>Coefficients of a short polynomial that are not zero.</summary>
    private const int Weight = 286;
    private const int RoundedBytes = 1007;
    private const int ConfirmBytes = 32;

    /// <summary>Four coefficients a byte.</summary>
    private const int SmallBytes = (P + 3) / 4;

    public static void Encapsulate(ReadOnlySpan<byte> publicKey, Span<byte> ciphertext, Span<byte> secret)
    {
        Span<sbyte> r = stackalloc sbyte[P];
        RandomShort(r);
        Span<byte> encodedR = stackalloc byte[SmallBytes];
        EncodeSmall(r, encodedR);
        Encrypt(publicKey, r, ciphertext[..RoundedBytes]);

        // Hash prefixes as in the submission: 4 for the key, 3 for r, 2 for the confirmation, 1 for the session key.
        Span<byte> input = stackalloc byte[SecretBytes + CiphertextBytes];
        Hash(3, encodedR, input);
        Hash(4, publicKey, input[SecretBytes..]);
        Hash(2, input[..(2 * SecretBytes)], ciphertext[RoundedBytes..]);
        ciphertext.CopyTo(input[SecretBytes..]);
        Hash(1, input, secret);

        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(r));
        CryptographicOperations.ZeroMemory(encodedR);
        CryptographicOperations.ZeroMemory(input);
    }

    /// <summary>The first half of SHA-512 over a prefix byte and the input.</summary>
    private static void Hash(byte prefix, ReadOnlySpan<byte> input, Span<byte> output)
    {
        Span<byte> prefixed = stackalloc byte[1 + PublicKeyBytes];
        prefixed[0] = prefix;
        input.CopyTo(prefixed[1..]);
        Span<byte> digest = stackalloc byte[SHA512.HashSizeInBytes];
        SHA512.HashData(prefixed[..(1 + input.Length)], digest);
        digest[..SecretBytes].CopyTo(output);
        CryptographicOperations.ZeroMemory(prefixed);
        CryptographicOperations.ZeroMemory(digest);
    }

    /// <summary>
    /// Exactly 286 coefficients of ±1, in random places: random words whose low bits say what they stand for, sorted.
    /// </summary>
    private static void RandomShort(Span<sbyte> r)
    {
        Span<uint> words = stackalloc uint[P];
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(words));
        for (int i = 0; i < P; i++)
        {
            words[i] = i < Weight ? words[i] & ~1u : (words[i] & ~3u) | 1;
        }

        Sort(words);
        for (int i = 0; i < P; i++)
        {
            r[i] = (sbyte)((int)(words[i] & 3) - 1);
        }

        words.Clear();
    }

    /// <summary>Batcher's odd-even merge exchange: the same comparisons whatever the words are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sort(Span<uint> words)
    {
        int top = (int)BitOperations.RoundUpToPowerOf2((uint)words.Length) >> 1;
        for (int p = top; p > 0; p >>= 1)
        {
            for (int i = 0; i < words.Length - p; i++)
            {
                if ((i & p) == 0)
                {
                    Exchange(ref words[i], ref words[i + p]);
                }
            }

            for (int q = top; q > p; q >>= 1)
            {
                for (int i = 0; i < words.Length - q; i++)
                {
                    if ((i & p) == 0)
                    {
                        Exchange(ref words[i + p], ref words[i + q]);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exchange(ref uint low, ref uint high)
    {
        // The borrow of high − low is the mask: no comparison that a compiler could make a branch of.
        uint swap = (uint)(unchecked((long)high - low) >> 63);
        uint difference = (low ^ high) & swap;
        low ^= difference;
        high ^= difference;
    }

    private static void EncodeSmall(ReadOnlySpan<sbyte> r, Span<byte> encoded)
    {
        encoded.Clear();
        for (int i = 0; i < P; i++)
        {
            encoded[i / 4] |= (byte)((r[i] + 1) << (2 * (i % 4)));
        }
    }

    /// <summary>c = Round(h · r): each coefficient to the nearest multiple of 3, then packed.</summary>
    private static void Encrypt(ReadOnlySpan<byte> publicKey, ReadOnlySpan<sbyte> r, Span<byte> ciphertext)
    {
        Span<ushort> values = stackalloc ushort[P];
        MixedRadix.Decode(publicKey, values, Q);
        Span<int> h = stackalloc int[P];
        for (int i = 0; i < P; i++)
        {
            h[i] = values[i] - HalfQ;
        }

        Span<int> product = stackalloc int[2 * P - 1];
        Multiply(h, r, product);

        // Modulo x^761 − x − 1.
        for (int i = product.Length - 1; i >= P; i--)
        {
            product[i - P] += product[i];
            product[i - P + 1] += product[i];
        }

        for (int i = 0; i < P; i++)
        {
            int coefficient = ModQ(product[i]);
            int rounded = coefficient - ModThree(coefficient);
            values[i] = (ushort)(((rounded + HalfQ) * 10923) >> 15);
        }

        MixedRadix.Encode(values, (Q + 2) / 3, ciphertext);
        product.Clear();
    }

    /// <summary>Schoolbook, a vector of coefficients at a time; every one of r's is multiplied, zero or not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Multiply(ReadOnlySpan<int> h, ReadOnlySpan<sbyte> r, Span<int> product)
    {
        product.Clear();
        int width = Vector<int>.Count;
        int whole = P - P % width;
        for (int j = 0; j < P; j++)
        {
            int factor = r[j];
            Span<int> row = product.Slice(j, P);
            var factors = new Vector<int>(factor);
            for (int i = 0; i < whole; i += width)
            {
                (new Vector<int>(row[i..]) + new Vector<int>(h[i..]) * factors).CopyTo(row[i..]);
            }

            for (int i = whole; i < P; i++)
            {
                row[i] += h[i] * factor;
            }
        }
    }

    /// <summary>The representative between −2295 and 2295, by multiplication: |x| is below 2^22 here.</summary>
    private static int ModQ(int x)
    {
        const int Shift = 40;
        const long Reciprocal = (1L << Shift) / Q;
        return x - Q * (int)((x * Reciprocal + (1L << (Shift - 1))) >> Shift);
    }

    /// <summary>−1, 0 or 1, for |x| up to 2295.</summary>
    private static int ModThree(int x) => x - 3 * ((10923 * x + 16384) >> 15);
}
