using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Agreement;
using Org.BouncyCastle.Crypto.Parameters;
using BigInteger = Org.BouncyCastle.Math.BigInteger;

namespace Bastion.Ssh.KeyExchange;

/// <summary>
/// RFC 4253 section 8 over the fixed groups of RFC 3526, as RFC 8268 names them. The shares are mpints, whose wire form
/// is that of a string. Slow, and there for peers that know nothing better.
/// </summary>
internal sealed class DhGroup(DHParameters group, HashAlgorithmName hash) : KeyExchangeMethod(hash)
{
    /// <summary>
    /// Twice the strength wanted, as RFC 4419 section 6.2 asks; also OpenSSH's choice. An exponent as long as the group
    /// would cost eight times as much and add nothing.
    /// </summary>
    private const int ExponentBits = 512;

    public static DHParameters Group14 => DHStandardGroups.rfc3526_2048;

    public static DHParameters Group16 => DHStandardGroups.rfc3526_4096;

    public override KeyShare CreateShare() => new Share(this, group);

    public override SharedSecret Respond(ReadOnlySpan<byte> clientShare, out byte[] serverShare)
    {
        BigInteger e = ReadShare(clientShare);
        BigInteger y = NewExponent();
        serverShare = group.G.ModPow(y, group.P).ToByteArray();
        return SharedSecret.FromMagnitude(e.ModPow(y, group.P).ToByteArrayUnsigned());
    }

    private static BigInteger NewExponent() =>
        new(1, RandomNumberGenerator.GetBytes(ExponentBits / 8));

    /// <summary>RFC 4253 section 8: values outside 1 … p−1 are refused, and the two trivial ones inside as
    /// well.</summary>
    private BigInteger ReadShare(ReadOnlySpan<byte> share)
    {
        if (share.IsEmpty || share[0] >= 0x80 || share.Length > group.P.BitLength / 8 + 1)
        {
            throw BadShare();
        }

        var value = new BigInteger(1, share);
        if (value.CompareTo(BigInteger.One) <= 0 || value.CompareTo(group.P.Subtract(BigInteger.One)) >= 0)
        {
            throw BadShare();
        }

        return value;
    }

    private sealed class Share : KeyShare
    {
        private readonly DhGroup _method;
        private readonly DHParameters _group;
        private readonly BigInteger _x = NewExponent();

        public Share(DhGroup method, DHParameters group)
        {
            _method = method;
            _group = group;
            Public = group.G.ModPow(_x, group.P).ToByteArray();
        }

        public override ReadOnlyMemory<byte> Public { get; }

        public override SharedSecret Agree(ReadOnlySpan<byte> serverShare) =>
            SharedSecret.FromMagnitude(_method.ReadShare(serverShare).ModPow(_x, _group.P).ToByteArrayUnsigned());

        public override void Dispose()
        {
            // BouncyCastle's numbers cannot be wiped; this one goes with the next collection.
        }
    }
}
