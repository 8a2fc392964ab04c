using System.Security.Cryptography;
using Bastion.Ssh.KeyExchange.Primitives;

namespace Bastion.Ssh.KeyExchange;

/// <summary>RFC 8731: curve25519-sha256. The 32 bytes of the secret are read as a big-endian number.</summary>
internal sealed class Curve25519() : KeyExchangeMethod(HashAlgorithmName.SHA256)
{
    public override KeyShare CreateShare() => new Share();

    public override SharedSecret Respond(ReadOnlySpan<byte> clientShare, out byte[] serverShare)
    {
        using var pair = new X25519KeyPair();
        serverShare = pair.Public;
        return Agree(pair, clientShare);
    }

    private static SharedSecret Agree(X25519KeyPair pair, ReadOnlySpan<byte> peer)
    {
        Span<byte> secret = stackalloc byte[X25519KeyPair.Bytes];
        if (peer.Length != X25519KeyPair.Bytes || !pair.TryAgree(peer, secret))
        {
            throw BadShare();
        }

        var shared = SharedSecret.FromMagnitude(secret);
        CryptographicOperations.ZeroMemory(secret);
        return shared;
    }

    private sealed class Share : KeyShare
    {
        private readonly X25519KeyPair _pair = new();

        public override ReadOnlyMemory<byte> Public => _pair.Public;

        public override SharedSecret Agree(ReadOnlySpan<byte> serverShare) => Curve25519.Agree(_pair, serverShare);

        public override void Dispose() => _pair.Dispose();
    }
}
