using System.Buffers;
using System.Security.Cryptography;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

internal sealed class EcdsaPrivateKey : SshPrivateKey
{
    private readonly ECDsa _key;
    private readonly EcdsaPublicKey _public;

    private EcdsaPrivateKey(ECDsa key, EcdsaPublicKey publicKey)
    {
        _key = key;
        _public = publicKey;
    }

    public override SshPublicKey PublicKey => _public;

    public static EcdsaPrivateKey Generate(NistCurve curve)
    {
        using var key = ECDsa.Create(curve.Curve);
        return Create(curve, key.ExportParameters(true), "");
    }

    /// <summary>The point may be absent: then it is computed. When present it must belong to the private
    /// number.</summary>
    public static EcdsaPrivateKey Create(NistCurve curve, ECParameters parameters, string comment)
    {
        try
        {
            parameters.Curve = curve.Curve;
            var key = ECDsa.Create(parameters);
            ECPoint point = key.ExportParameters(false).Q;
            byte[] encoded = [4, .. point.X!, .. point.Y!];
            EcdsaPublicKey publicKey = EcdsaPublicKey.Create(curve, encoded)
                ?? throw new SshKeyException("not a private key: its point does not lie on the curve");
            return new EcdsaPrivateKey(key, publicKey) { Comment = comment };
        }
        catch (CryptographicException failure)
        {
            throw new SshKeyException($"not a private key: its numbers do not make a {curve.Name} key", failure);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(parameters.D);
        }
    }

    /// <summary>string type, string curve, string Q, mpint d.</summary>
    internal override void WritePrivateFields(ref SshWriter writer)
    {
        ECParameters parameters = _key.ExportParameters(true);
        writer.WriteString(_public.KeyType);
        writer.WriteString(_public.Curve.Name);
        writer.WriteString(_public.Point);
        writer.WriteMpInt(parameters.D);
        CryptographicOperations.ZeroMemory(parameters.D);
    }

    /// <summary>RFC 5656 section 3.1.2: mpint r, mpint s.</summary>
    private protected override byte[] SignRaw(string algorithm, ReadOnlySpan<byte> data)
    {
        byte[] fixedFields =
            _key.SignData(data, _public.Curve.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        var output = new ArrayBufferWriter<byte>(fixedFields.Length + 16);
        var writer = new SshWriter(output);
        writer.WriteMpInt(fixedFields.AsSpan(0, _public.Curve.FieldSize));
        writer.WriteMpInt(fixedFields.AsSpan(_public.Curve.FieldSize));
        return output.WrittenSpan.ToArray();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _key.Dispose();
        }
    }
}
