using System.Security.Cryptography;
using Bastion.Ssh.Transport.Ciphers;

namespace Bastion.Ssh.KeyExchange;

/// <summary>RFC 4253 section 7.2: six keys from K and H, told apart by a letter.</summary>
internal static class KeyDerivation
{
    public static PacketKeys ToServer(
        HashAlgorithmName hash, SharedSecret secret, ReadOnlySpan<byte> exchangeHash, ReadOnlySpan<byte> sessionId,
        DirectionAlgorithms algorithms) => new(
            Derive(hash, secret, exchangeHash, (byte)'A', sessionId, algorithms.Cipher.IvBytes),
            Derive(hash, secret, exchangeHash, (byte)'C', sessionId, algorithms.Cipher.KeyBytes),
            Derive(hash, secret, exchangeHash, (byte)'E', sessionId, algorithms.Mac?.KeyBytes ?? 0));

    public static PacketKeys ToClient(
        HashAlgorithmName hash, SharedSecret secret, ReadOnlySpan<byte> exchangeHash, ReadOnlySpan<byte> sessionId,
        DirectionAlgorithms algorithms) => new(
            Derive(hash, secret, exchangeHash, (byte)'B', sessionId, algorithms.Cipher.IvBytes),
            Derive(hash, secret, exchangeHash, (byte)'D', sessionId, algorithms.Cipher.KeyBytes),
            Derive(hash, secret, exchangeHash, (byte)'F', sessionId, algorithms.Mac?.KeyBytes ?? 0));

    /// <summary>HASH(K ‖ H ‖ letter ‖ session_id), then HASH(K ‖ H ‖ all so far) until it is long enough.</summary>
    internal static byte[] Derive(
        HashAlgorithmName hash, SharedSecret secret, ReadOnlySpan<byte> exchangeHash, byte letter,
        ReadOnlySpan<byte> sessionId, int length)
    {
        byte[] key = new byte[length];
        using var digest = IncrementalHash.CreateHash(hash);
        Span<byte> part = stackalloc byte[digest.HashLengthInBytes];
        for (int written = 0; written < length;)
        {
            digest.AppendData(secret.Encoded);
            digest.AppendData(exchangeHash);
            if (written == 0)
            {
                digest.AppendData([letter]);
                digest.AppendData(sessionId);
            }
            else
            {
                digest.AppendData(key.AsSpan(0, written));
            }

            digest.TryGetHashAndReset(part, out _);
            int taken = Math.Min(part.Length, length - written);
            part[..taken].CopyTo(key.AsSpan(written));
            written += taken;
        }

        CryptographicOperations.ZeroMemory(part);
        return key;
    }
}
