using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

/// <summary>From wire form or `.pub` text to a key; everything that is not exactly one of our kinds is
/// refused.</summary>
internal static class PublicKeyParser
{
    /// <summary>An RSA key of 16384 bits is 2 KiB; a certificate holds two of them and its principals and
    /// options.</summary>
    public const int MaximumBlobBytes = 64 * 1024;

    /// <summary>Longest format identifier of ours is 46 characters.</summary>
    private const int MaximumTypeLength = 64;

    public static bool TryParse(ReadOnlySpan<byte> blob, [NotNullWhen(true)] out SshPublicKey? key)
    {
        key = null;
        var reader = new SshReader(blob);
        if (blob.Length > MaximumBlobBytes || !reader.TryReadString(out ReadOnlySpan<byte> rawType)
            || rawType.Length > MaximumTypeLength)
        {
            return false;
        }

        string type = Encoding.ASCII.GetString(rawType);
        if (type.EndsWith(SshSignatureAlgorithms.CertificateSuffix, StringComparison.Ordinal))
        {
            key = CertificateParser.Parse(type, blob);
            return key is not null;
        }

        key = ReadFields(type, ref reader);
        // A key has one encoding: what was read must be what would be written (mpints, no trailing bytes).
        return key is not null && reader.AtEnd && key.Blob.Span.SequenceEqual(blob);
    }

    /// <summary>The fields after the format identifier, the same in a key and inside a certificate.</summary>
    public static SshPublicKey? ReadFields(string plainType, ref SshReader reader)
    {
        switch (plainType)
        {
            case SshSignatureAlgorithms.Ed25519:
                return ReadEd25519(ref reader);
            case "ssh-rsa":
                return MpInt.TryReadPositive(ref reader, out ReadOnlySpan<byte> e)
                    && MpInt.TryReadPositive(ref reader, out ReadOnlySpan<byte> n)
                    ? RsaPublicKey.Create(e, n)
                    : null;
            case SshSignatureAlgorithms.SkEd25519:
                return WithApplication(ReadEd25519(ref reader), ref reader);
            case SshSignatureAlgorithms.SkEcdsaNistp256:
                return WithApplication(ReadEcdsa(NistCurve.P256, ref reader), ref reader);
            default:
                NistCurve? curve = NistCurve.All.FirstOrDefault(candidate => candidate.Algorithm == plainType);
                return curve is null ? null : ReadEcdsa(curve, ref reader);
        }
    }

    public static SshPublicKey ParseText(string line)
    {
        string[] fields = line.Trim().Split([' ', '\t'], 3, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length < 2 || !TryDecode(fields[1], out byte[]? blob))
        {
            throw new SshKeyException("not a public key: expected `type base64 [comment]`");
        }

        if (!TryParse(blob, out SshPublicKey? key))
        {
            throw new SshKeyException($"not a public key of a kind that is taken: `{Printable(fields[0])}`");
        }

        return key.KeyType == fields[0]
            ? key
            : throw new SshKeyException(
            $"the line says `{Printable(fields[0])}` and the key inside is `{key.KeyType}`");
    }

    public static bool TryDecode(string base64, [NotNullWhen(true)] out byte[]? blob)
    {
        blob = null;
        if (base64.Length > MaximumBlobBytes * 2 || !Base64.IsValid(base64))
        {
            return false;
        }

        blob = Convert.FromBase64String(base64);
        return true;
    }

    private static Ed25519PublicKey? ReadEd25519(ref SshReader reader) =>
        reader.TryReadString(out ReadOnlySpan<byte> key) ? Ed25519PublicKey.Create(key) : null;

    private static EcdsaPublicKey? ReadEcdsa(NistCurve curve, ref SshReader reader) =>
        reader.TryReadString(out ReadOnlySpan<byte> name) && Ascii.Equals(name, curve.Name)
        && reader.TryReadString(out ReadOnlySpan<byte> point)
            ? EcdsaPublicKey.Create(curve, point)
            : null;

    private static SecurityKeyPublicKey? WithApplication(SshPublicKey? inner, ref SshReader reader)
    {
        if (inner is null || !reader.TryReadString(out ReadOnlySpan<byte> application))
        {
            return null;
        }

        // OpenSSH makes `ssh:` or `ssh:name`; other bytes could make two encodings of one text.
        return Ascii.IsValid(application) && application.StartsWith("ssh:"u8)
            ? new SecurityKeyPublicKey(inner, Encoding.ASCII.GetString(application))
            : null;
    }

    private static string Printable(string text) =>
        new([.. text.Take(MaximumTypeLength)
        .Select(character => char.IsAsciiLetterOrDigit(character) || "-@._+".Contains(character) ? character : '?')]);
}
