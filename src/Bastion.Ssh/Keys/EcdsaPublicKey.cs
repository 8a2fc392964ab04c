using System.Buffers;
using System.Security.Cryptography;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

/// <summary>RFC 5656 section 3.1: string "ecdsa-sha2-[identifier]", string [identifier], string Q (uncompressed
/// point).</summary>
internal sealed class EcdsaPublicKey : SshPublicKey
{
    private readonly byte[] _blob;
    private readonly ECDsa _key;

    private EcdsaPublicKey(NistCurve curve, byte[] point, ECDsa key)
    {
        Curve = curve;
        Point = point;
        _key = key;
        SignatureAlgorithms = [curve.Algorithm];
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        writer.WriteString(curve.Algorithm);
        writer.WriteString(curve.Name);
        writer.WriteString(point);
        _blob = output.WrittenSpan.ToArray();
    }

    public override string KeyType => Curve.Algorithm;

    public override ReadOnlyMemory<byte> Blob => _blob;

    public override IReadOnlyList<string> SignatureAlgorithms { get; }

    public NistCurve Curve { get; }

    /// <summary>04 ‖ X ‖ Y (SEC 1 section 2.3.3); compressed points are not taken.</summary>
    public byte[] Point { get; }

    public static EcdsaPublicKey? Create(NistCurve curve, ReadOnlySpan<byte> point)
    {
        if (point.Length != 1 + (2 * curve.FieldSize) || point[0] != 4)
        {
            return null;
        }

        try
        {
            // Importing checks that the point lies on the curve.
            var key = ECDsa.Create(new ECParameters
            {
                Curve = curve.Curve,
                Q = new ECPoint
                {
                    X = point[1..(1 + curve.FieldSize)].ToArray(),
                    Y = point[(1 + curve.FieldSize)..].ToArray(),
                },
            });
            return new EcdsaPublicKey(curve, point.ToArray(), key);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        algorithm == KeyType && SignatureBlob.TryRead(signature, KeyType, out ReadOnlySpan<byte> raw)
        && VerifyRaw(data, raw);

    /// <summary>RFC 5656 section 3.1.2: mpint r, mpint s.</summary>
    public bool VerifyRaw(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        var reader = new SshReader(signature);
        if (!MpInt.TryReadPositive(ref reader, out ReadOnlySpan<byte> r)
            || !MpInt.TryReadPositive(ref reader, out ReadOnlySpan<byte> s)
            || !reader.AtEnd
            || r.Length > Curve.FieldSize
            || s.Length > Curve.FieldSize)
        {
            return false;
        }

        Span<byte> fixedFields = stackalloc byte[2 * Curve.FieldSize];
        fixedFields.Clear();
        r.CopyTo(fixedFields[(Curve.FieldSize - r.Length)..]);
        s.CopyTo(fixedFields[((2 * Curve.FieldSize) - s.Length)..]);
        return _key.VerifyData(data, fixedFields, Curve.Hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }
}
