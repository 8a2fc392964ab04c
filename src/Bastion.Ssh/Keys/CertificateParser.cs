using System.Diagnostics.CodeAnalysis;
using System.Text;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

internal static class CertificateParser
{
    /// <summary>OpenSSH's own bound (SSHKEY_CERT_MAX_PRINCIPALS).</summary>
    private const int MaximumPrincipals = 256;

    /// <summary>There are three critical options and some ten extensions in the field.</summary>
    private const int MaximumOptions = 64;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// PROTOCOL.certkeys: string type, string nonce, the certified key's fields, uint64 serial, uint32 kind,
    /// string key id, string valid principals, uint64 valid after, uint64 valid before, string critical options,
    /// string extensions, string reserved, string signature key, string signature.
    /// </summary>
    public static OpenSshCertificate? Parse(string type, ReadOnlySpan<byte> blob)
    {
        string plain = SshSignatureAlgorithms.PlainOf(type);
        var reader = new SshReader(blob);
        if (!reader.TryReadString(out _)
            || !reader.TryReadString(out _)
            || PublicKeyParser.ReadFields(plain, ref reader) is not { } key
            || !reader.TryReadUInt64(out ulong serial)
            || !reader.TryReadUInt32(out uint kind)
            || kind is not ((uint)SshCertificateKind.User or (uint)SshCertificateKind.Host)
            || !TryReadText(ref reader, out string? keyId)
            || !reader.TryReadString(out ReadOnlySpan<byte> rawPrincipals)
            || !TryReadPrincipals(rawPrincipals, out List<string>? principals)
            || !reader.TryReadUInt64(out ulong validAfter)
            || !reader.TryReadUInt64(out ulong validBefore)
            || !reader.TryReadString(out ReadOnlySpan<byte> rawCritical)
            || !TryReadOptions(rawCritical, out List<CertificateOption>? critical)
            || !reader.TryReadString(out ReadOnlySpan<byte> rawExtensions)
            || !TryReadOptions(rawExtensions, out List<CertificateOption>? extensions)
            || !reader.TryReadString(out _)
            || !reader.TryReadString(out ReadOnlySpan<byte> rawAuthority)
            || !TryReadAuthority(rawAuthority, out SshPublicKey? authority))
        {
            return null;
        }

        int signedLength = blob.Length - reader.Rest.Length;
        if (!reader.TryReadString(out ReadOnlySpan<byte> signature) || !reader.AtEnd)
        {
            return null;
        }

        var signatureReader = new SshReader(signature);
        if (!signatureReader.TryReadString(out ReadOnlySpan<byte> algorithm) || algorithm.Length > 64)
        {
            return null;
        }

        return new OpenSshCertificate(type, blob.ToArray(), new CertificateFields
        {
            Key = key,
            Serial = serial,
            Kind = (SshCertificateKind)kind,
            KeyId = keyId,
            Principals = principals,
            ValidAfter = validAfter,
            ValidBefore = validBefore,
            CriticalOptions = critical,
            Extensions = extensions,
            Authority = authority,
            SignatureAlgorithm = Encoding.ASCII.GetString(algorithm),
            SignedLength = signedLength,
            SignatureOffset = signedLength + 4,
        });
    }

    /// <summary>string data inside an option's data: the whole of it must be one string.</summary>
    public static bool TryReadOptionText(byte[] data, [NotNullWhen(true)] out string? text)
    {
        text = null;
        var reader = new SshReader(data);
        return TryReadText(ref reader, out text) && reader.AtEnd;
    }

    /// <summary>A certificate signed by a certificate (a chain) is refused: there is one authority, and it is a plain
    /// key.</summary>
    private static bool TryReadAuthority(ReadOnlySpan<byte> blob, [NotNullWhen(true)] out SshPublicKey? authority)
    {
        var reader = new SshReader(blob);
        authority = null;
        return reader.TryReadUtf8(out string type)
            && !type.EndsWith(SshSignatureAlgorithms.CertificateSuffix, StringComparison.Ordinal)
            && PublicKeyParser.TryParse(blob, out authority);
    }

    private static bool TryReadPrincipals(ReadOnlySpan<byte> raw, [NotNullWhen(true)] out List<string>? principals)
    {
        principals = [];
        var reader = new SshReader(raw);
        while (!reader.AtEnd)
        {
            if (principals.Count == MaximumPrincipals || !TryReadText(ref reader, out string? principal))
            {
                principals = null;
                return false;
            }

            principals.Add(principal);
        }

        return true;
    }

    /// <summary>(string name, string data)*, names ascending and each once.</summary>
    private static bool TryReadOptions(ReadOnlySpan<byte> raw, [NotNullWhen(true)] out List<CertificateOption>? options)
    {
        options = [];
        var reader = new SshReader(raw);
        while (!reader.AtEnd)
        {
            if (options.Count == MaximumOptions
                || !TryReadText(ref reader, out string? name)
                || !reader.TryReadString(out ReadOnlySpan<byte> data)
                || (options.Count > 0 && string.CompareOrdinal(options[^1].Name, name) >= 0))
            {
                options = null;
                return false;
            }

            options.Add(new CertificateOption(name, data.ToArray()));
        }

        return true;
    }

    /// <summary>Text must be UTF-8 without NUL: C implementations would read another name than we do.</summary>
    private static bool TryReadText(ref SshReader reader, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!reader.TryReadString(out ReadOnlySpan<byte> raw) || raw.Contains((byte)0))
        {
            return false;
        }

        try
        {
            text = StrictUtf8.GetString(raw);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
