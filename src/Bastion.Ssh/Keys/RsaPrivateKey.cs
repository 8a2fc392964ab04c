using System.Numerics;
using System.Security.Cryptography;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

internal sealed class RsaPrivateKey : SshPrivateKey
{
    private readonly RSA _key;
    private readonly RsaPublicKey _public;

    private RsaPrivateKey(RSA key, RsaPublicKey publicKey)
    {
        _key = key;
        _public = publicKey;
    }

    public override SshPublicKey PublicKey => _public;

    public static RsaPrivateKey Generate(int bits)
    {
        using var key = RSA.Create(bits);
        return Create(key.ExportParameters(true), "");
    }

    public static RsaPrivateKey Create(RSAParameters parameters, string comment)
    {
        RsaPublicKey publicKey = RsaPublicKey.Create(parameters.Exponent, parameters.Modulus)
            ?? throw new SshKeyException(
                $"the RSA key is not taken: {RsaPublicKey.MinModulusBits} to {RsaPublicKey.MaximumModulusBits} bits "
                    + "are");
        try
        {
            return new RsaPrivateKey(RSA.Create(parameters), publicKey) { Comment = comment };
        }
        catch (CryptographicException failure)
        {
            throw new SshKeyException("not a private key: its numbers do not make an RSA key", failure);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(parameters.D);
            CryptographicOperations.ZeroMemory(parameters.P);
            CryptographicOperations.ZeroMemory(parameters.Q);
            CryptographicOperations.ZeroMemory(parameters.DP);
            CryptographicOperations.ZeroMemory(parameters.DQ);
            CryptographicOperations.ZeroMemory(parameters.InverseQ);
        }
    }

    /// <summary>openssh-key-v1 leaves out d mod (p-1) and d mod (q-1): they are computed.</summary>
    public static RsaPrivateKey Create(
        ReadOnlySpan<byte> n, ReadOnlySpan<byte> e, ReadOnlySpan<byte> d, ReadOnlySpan<byte> inverseQ,
        ReadOnlySpan<byte> p, ReadOnlySpan<byte> q, string comment)
    {
        int half = (n.Length + 1) / 2;
        if (d.Length > n.Length || p.Length > half || q.Length > half || inverseQ.Length > half)
        {
            throw new SshKeyException("not a private key: its numbers do not make an RSA key");
        }

        BigInteger exponent = Number(d);
        return Create(
            new RSAParameters
            {
                Modulus = n.ToArray(),
                Exponent = e.ToArray(),
                D = Padded(d, n.Length),
                P = Padded(p, half),
                Q = Padded(q, half),
                InverseQ = Padded(inverseQ, half),
                DP = Padded((exponent % (Number(p) - 1)).ToByteArray(isUnsigned: true, isBigEndian: true), half),
                DQ = Padded((exponent % (Number(q) - 1)).ToByteArray(isUnsigned: true, isBigEndian: true), half),
            },
            comment);
    }

    /// <summary>string type, mpint n, mpint e, mpint d, mpint q^-1 mod p, mpint p, mpint q.</summary>
    internal override void WritePrivateFields(ref SshWriter writer)
    {
        RSAParameters parameters = _key.ExportParameters(true);
        writer.WriteString(_public.KeyType);
        writer.WriteMpInt(parameters.Modulus);
        writer.WriteMpInt(parameters.Exponent);
        writer.WriteMpInt(parameters.D);
        writer.WriteMpInt(parameters.InverseQ);
        writer.WriteMpInt(parameters.P);
        writer.WriteMpInt(parameters.Q);
        CryptographicOperations.ZeroMemory(parameters.D);
        CryptographicOperations.ZeroMemory(parameters.P);
        CryptographicOperations.ZeroMemory(parameters.Q);
    }

    private protected override byte[] SignRaw(string algorithm, ReadOnlySpan<byte> data) =>
        _key.SignData(data.ToArray(), RsaPublicKey.HashOf(algorithm), RSASignaturePadding.Pkcs1);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _key.Dispose();
        }
    }

    private static BigInteger Number(ReadOnlySpan<byte> magnitude) =>
        new(magnitude, isUnsigned: true, isBigEndian: true);

    private static byte[] Padded(ReadOnlySpan<byte> magnitude, int length)
    {
        byte[] padded = new byte[length];
        magnitude.CopyTo(padded.AsSpan(length - magnitude.Length));
        return padded;
    }
}
