using System.Security.Cryptography;

namespace Bastion.Ssh.KeyExchange;

/// <summary>RFC 5656 section 4: ecdh-sha2-nistp256, 384 and 521, with uncompressed points.</summary>
internal sealed class EcdhNistp(ECCurve curve, int fieldBytes, HashAlgorithmName hash) : KeyExchangeMethod(hash)
{
    private const byte Uncompressed = 4;

    public override KeyShare CreateShare() => new Share(this);

    public override SharedSecret Respond(ReadOnlySpan<byte> clientShare, out byte[] serverShare)
    {
        using var pair = ECDiffieHellman.Create(curve);
        serverShare = PointOf(pair);
        return Agree(pair, clientShare);
    }

    private byte[] PointOf(ECDiffieHellman pair)
    {
        ECPoint q = pair.ExportParameters(includePrivateParameters: false).Q;
        byte[] point = new byte[1 + 2 * fieldBytes];
        point[0] = Uncompressed;
        q.X!.CopyTo(point, 1);
        q.Y!.CopyTo(point, 1 + fieldBytes);
        return point;
    }

    private SharedSecret Agree(ECDiffieHellman pair, ReadOnlySpan<byte> point)
    {
        if (point.Length != 1 + 2 * fieldBytes || point[0] != Uncompressed)
        {
            throw BadShare();
        }

        byte[]? secret = null;
        try
        {
            // The import refuses points that are not on the curve.
            using var peer = ECDiffieHellman.Create(new ECParameters
            {
                Curve = curve,
                Q = new ECPoint
                {
                    X = point.Slice(1, fieldBytes).ToArray(),
                    Y = point[(1 + fieldBytes)..].ToArray(),
                },
            });
            using ECDiffieHellmanPublicKey peerKey = peer.PublicKey;
            secret = pair.DeriveRawSecretAgreement(peerKey);
            return SharedSecret.FromMagnitude(secret);
        }
        catch (CryptographicException)
        {
            throw BadShare();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }

    private sealed class Share(EcdhNistp method) : KeyShare
    {
        private readonly ECDiffieHellman _pair = ECDiffieHellman.Create(method.Curve);
        private byte[]? _public;

        public override ReadOnlyMemory<byte> Public => _public ??= method.PointOf(_pair);

        public override SharedSecret Agree(ReadOnlySpan<byte> serverShare) => method.Agree(_pair, serverShare);

        public override void Dispose() => _pair.Dispose();
    }

    private ECCurve Curve => curve;
}
