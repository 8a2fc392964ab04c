using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

/// <summary>
/// Signatures over files as `ssh-keygen -Y` makes and checks them (OpenSSH PROTOCOL.sshsig): "SSHSIG", uint32 version,
/// string public key, string namespace, string reserved, string hash algorithm, string signature.
/// </summary>
public static class SshSignature
{
    private const string Header = "-----BEGIN SSH SIGNATURE-----";
    private const string Footer = "-----END SSH SIGNATURE-----";
    private const uint Version = 1;
    private const int LineLength = 70;

    private static ReadOnlySpan<byte> Magic => "SSHSIG"u8;

    /// <param name="purpose">The namespace, which keeps a signature made for one use from being shown in another; not
    /// empty.</param>
    public static async ValueTask<string> SignAsync(
        ISshSigner signer, string purpose, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        string algorithm = signer.PublicKey.SignatureAlgorithms[0];
        byte[] signed = ToBeSigned(purpose, "sha512", SHA512.HashData(message.Span));
        byte[] signature = await signer.SignAsync(algorithm, signed, cancellationToken);
        return Armor(Write(signer.PublicKey, purpose, signature));
    }

    /// <summary>The key that made the signature, or null. Whether that key may is for the caller to say.</summary>
    public static SshPublicKey? Verify(string armored, string purpose, ReadOnlySpan<byte> message)
    {
        if (Unarmor(armored) is not { } blob)
        {
            return null;
        }

        var reader = new SshReader(blob);
        if (!reader.TryReadBytes(Magic.Length, out ReadOnlySpan<byte> magic) || !magic.SequenceEqual(Magic)
            || !reader.TryReadUInt32(out uint version) || version != Version
            || !reader.TryReadString(out ReadOnlySpan<byte> keyBlob)
            || !reader.TryReadUtf8(out string signedPurpose)
            || !reader.TryReadString(out _)
            || !reader.TryReadUtf8(out string hash)
            || !reader.TryReadString(out ReadOnlySpan<byte> signature)
            || !reader.AtEnd
            || purpose.Length == 0
            || signedPurpose != purpose
            || !SshPublicKey.TryParse(keyBlob, out SshPublicKey? key))
        {
            return null;
        }

        byte[]? digest = hash switch
        {
            "sha512" => SHA512.HashData(message),
            "sha256" => SHA256.HashData(message),
            _ => null,
        };
        if (digest is null)
        {
            return null;
        }

        byte[] signed = ToBeSigned(purpose, hash, digest);
        foreach (string algorithm in key.SignatureAlgorithms)
        {
            if (key.Verify(algorithm, signed, signature))
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>"SSHSIG", string namespace, string reserved, string hash algorithm, string H(message).</summary>
    private static byte[] ToBeSigned(string purpose, string hash, byte[] digest)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        writer.WriteBytes(Magic);
        writer.WriteString(purpose);
        writer.WriteString("");
        writer.WriteString(hash);
        writer.WriteString(digest);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Write(SshPublicKey key, string purpose, byte[] signature)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        writer.WriteBytes(Magic);
        writer.WriteUInt32(Version);
        writer.WriteString(key.Blob.Span);
        writer.WriteString(purpose);
        writer.WriteString("");
        writer.WriteString("sha512");
        writer.WriteString(signature);
        return output.WrittenSpan.ToArray();
    }

    private static string Armor(byte[] blob)
    {
        string base64 = Convert.ToBase64String(blob);
        var text = new StringBuilder(Header + "\n");
        for (int offset = 0; offset < base64.Length; offset += LineLength)
        {
            text.Append(base64.AsSpan(offset, Math.Min(LineLength, base64.Length - offset))).Append('\n');
        }

        return text.Append(Footer).Append('\n').ToString();
    }

    private static byte[]? Unarmor(string text)
    {
        int start = text.IndexOf(Header, StringComparison.Ordinal);
        int end = text.IndexOf(Footer, StringComparison.Ordinal);
        if (start < 0 || end < start)
        {
            return null;
        }

        string base64 = string.Concat(
            text[(start + Header.Length)..end].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return PublicKeyParser.TryDecode(base64, out byte[]? blob) ? blob : null;
    }
}
