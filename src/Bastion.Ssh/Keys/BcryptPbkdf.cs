using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Bastion.Ssh.Keys;

/// <summary>
/// bcrypt_pbkdf (OpenBSD lib/libutil/bcrypt_pbkdf.c), which openssh-key-v1 files demand. Neither .NET nor BouncyCastle
/// has it: BouncyCastle's bcrypt takes other salts and another constant, and its Blowfish does not expose the key
/// schedule. Used on our own key files only, never on what a peer sends.
/// </summary>
internal static class BcryptPbkdf
{
    private const int HashSize = 32;

    /// <summary>"OxychromaticBlowfishSwatDynamite", the constant of this variant, as big-endian words.</summary>
    private static ReadOnlySpan<byte> Magic => "OxychromaticBlowfishSwatDynamite"u8;

    public static byte[] Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int rounds, int length)
    {
        byte[] passphraseHash = SHA512.HashData(passphrase);
        byte[] key = new byte[length];
        byte[] numberedSalt = [.. salt, 0, 0, 0, 0];
        // The bytes of each block are spread over the key, so that every block is needed for any part of it.
        int stride = (length + HashSize - 1) / HashSize;
        Span<byte> block = stackalloc byte[HashSize];
        Span<byte> sum = stackalloc byte[HashSize];
        for (int index = 0; index < stride; index++)
        {
            BinaryPrimitives.WriteInt32BigEndian(numberedSalt.AsSpan(salt.Length), index + 1);
            Hash(passphraseHash, SHA512.HashData(numberedSalt), block);
            block.CopyTo(sum);
            for (int round = 1; round < rounds; round++)
            {
                Hash(passphraseHash, SHA512.HashData(block), block);
                for (int offset = 0; offset < HashSize; offset++)
                {
                    sum[offset] ^= block[offset];
                }
            }

            for (int offset = 0; (offset * stride) + index < length && offset < HashSize; offset++)
            {
                key[(offset * stride) + index] = sum[offset];
            }
        }

        CryptographicOperations.ZeroMemory(passphraseHash);
        CryptographicOperations.ZeroMemory(sum);
        return key;
    }

    private static void Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt, Span<byte> output)
    {
        var state = new Blowfish();
        state.Expand(key, salt);
        for (int round = 0; round < 64; round++)
        {
            state.Expand(salt, []);
            state.Expand(key, []);
        }

        for (int offset = 0; offset < HashSize; offset += 8)
        {
            uint left = BinaryPrimitives.ReadUInt32BigEndian(Magic[offset..]);
            uint right = BinaryPrimitives.ReadUInt32BigEndian(Magic[(offset + 4)..]);
            for (int round = 0; round < 64; round++)
            {
                state.Encipher(ref left, ref right);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(output[offset..], left);
            BinaryPrimitives.WriteUInt32LittleEndian(output[(offset + 4)..], right);
        }
    }

    /// <summary>Blowfish with the salted key schedule of bcrypt.</summary>
    private sealed class Blowfish
    {
        private const int SubkeyCount = 18;
        private const int BoxSize = 256;

        /// <summary>The subkeys and the four boxes begin as the binary digits of π after its point.</summary>
        private static readonly uint[] PiDigits = FractionOfPi(SubkeyCount + (4 * BoxSize));

        private readonly uint[] _state = [.. PiDigits];

        /// <summary>An empty <paramref name="salt"/> is bcrypt's Expand0.</summary>
        public void Expand(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt)
        {
            int keyOffset = 0;
            for (int index = 0; index < SubkeyCount; index++)
            {
                _state[index] ^= NextWord(key, ref keyOffset);
            }

            int saltOffset = 0;
            uint left = 0;
            uint right = 0;
            for (int index = 0; index < _state.Length; index += 2)
            {
                if (!salt.IsEmpty)
                {
                    left ^= NextWord(salt, ref saltOffset);
                    right ^= NextWord(salt, ref saltOffset);
                }

                Encipher(ref left, ref right);
                _state[index] = left;
                _state[index + 1] = right;
            }
        }

        public void Encipher(ref uint left, ref uint right)
        {
            uint[] state = _state;
            uint l = left ^ state[0];
            uint r = right;
            for (int round = 1; round <= 16; round += 2)
            {
                r ^= Mix(state, l) ^ state[round];
                l ^= Mix(state, r) ^ state[round + 1];
            }

            left = r ^ state[17];
            right = l;
        }

        private static uint Mix(uint[] state, uint word) =>
            ((state[SubkeyCount + (word >> 24)] + state[SubkeyCount + BoxSize + ((word >> 16) & 0xff)])
                ^ state[SubkeyCount + (2 * BoxSize) + ((word >> 8) & 0xff)])
            + state[SubkeyCount + (3 * BoxSize) + (word & 0xff)];

        private static uint NextWord(ReadOnlySpan<byte> data, ref int offset)
        {
            uint word = BinaryPrimitives.ReadUInt32BigEndian(data[offset..]);
            offset = (offset + 4) % data.Length;
            return word;
        }

        /// <summary>Machin: π = 16 arctan(1/5) − 4 arctan(1/239), in fixed point with 64 bits to spare.</summary>
        private static uint[] FractionOfPi(int words)
        {
            const int Guard = 64;
            BigInteger one = BigInteger.One << ((words * 32) + Guard);
            BigInteger pi = (16 * ArcTangentOfInverse(5, one)) - (4 * ArcTangentOfInverse(239, one));
            BigInteger fraction = (pi - (3 * one)) >> Guard;
            byte[] digits = fraction.ToByteArray(isUnsigned: true, isBigEndian: true);
            uint[] result = new uint[words];
            for (int index = 0; index < words; index++)
            {
                result[index] = BinaryPrimitives.ReadUInt32BigEndian(digits.AsSpan(index * 4));
            }

            return result;
        }

        private static BigInteger ArcTangentOfInverse(int x, BigInteger one)
        {
            BigInteger power = one / x;
            BigInteger sum = power;
            for (int divisor = 3; !power.IsZero; divisor += 2)
            {
                power /= -(x * x);
                sum += power / divisor;
            }

            return sum;
        }
    }
}
