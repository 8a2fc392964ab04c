using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Prng;

namespace Bastion.Ssh.KeyExchange.Primitives;

/// <summary>The operating system's random numbers for BouncyCastle, whose own generators we never seed.</summary>
internal sealed class SystemRandom : IRandomGenerator
{
    public static SystemRandom Instance { get; } = new();

    public void AddSeedMaterial(byte[] seed)
    {
    }

    public void AddSeedMaterial(ReadOnlySpan<byte> seed)
    {
    }

    public void AddSeedMaterial(long seed)
    {
    }

    public void NextBytes(byte[] bytes) => RandomNumberGenerator.Fill(bytes);

    public void NextBytes(byte[] bytes, int start, int len) => RandomNumberGenerator.Fill(bytes.AsSpan(start, len));

    public void NextBytes(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
}
