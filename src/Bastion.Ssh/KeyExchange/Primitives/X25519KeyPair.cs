using System.Security.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace Bastion.Ssh.KeyExchange.Primitives;

/// <summary>An ephemeral X25519 key (RFC 7748); the BCL has none.</summary>
internal sealed class X25519KeyPair : IDisposable
{
    public const int Bytes = 32;

    private readonly byte[] _private = new byte[Bytes];

    public X25519KeyPair()
    {
        RandomNumberGenerator.Fill(_private);
        X25519.ScalarMultBase(_private, 0, Public, 0);
    }

    public byte[] Public { get; } = new byte[Bytes];

    /// <summary>False when the result is all zero, as it is for points of small order (RFC 7748 section 6.1).</summary>
    public bool TryAgree(ReadOnlySpan<byte> peer, Span<byte> secret) =>
        X25519.CalculateAgreement(_private, peer, secret);

    public void Dispose() => CryptographicOperations.ZeroMemory(_private);
}
