using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

/// <summary>What a certificate is to say (OpenSSH PROTOCOL.certkeys).</summary>
public sealed record CertificateRequest
{
    /// <summary>The key that the certificate is about; a plain key.</summary>
    public required SshPublicKey Key { get; init; }

    public required SshCertificateKind Kind { get; init; }

    /// <summary>Free text that the target logs: who, which session.</summary>
    public required string KeyId { get; init; }

    /// <summary>Login names for a user, host names for a host; at least one, since none would mean any.</summary>
    public required IReadOnlyList<string> Principals { get; init; }

    /// <summary>How long from now.</summary>
    public required TimeSpan Lifetime { get; init; }

    public string? ForceCommand { get; init; }

    /// <summary>Addresses and networks that may use it, such as `192.0.2.7` or `10.0.0.0/8`; empty for any.</summary>
    public IReadOnlyList<string> SourceAddresses { get; init; } = [];

    /// <summary>Extensions of a user certificate, such as `permit-pty`; none is granted by itself.</summary>
    public IReadOnlyList<string> Extensions { get; init; } = [];
}

/// <summary>Signs certificates with any signer's plain key.</summary>
public sealed class CertificateAuthority(ISshSigner signer, TimeProvider timeProvider)
{
    /// <summary>Clocks of targets run behind: a certificate is valid from this much before it was made.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(2);

    private const int NonceSize = 32;

    public SshPublicKey PublicKey => signer.PublicKey;

    /// <exception cref="ArgumentException">No principal, no lifetime, or a certificate in place of a plain
    /// key.</exception>
    public async ValueTask<OpenSshCertificate> IssueAsync(CertificateRequest request,
        CancellationToken cancellationToken)
    {
        if (request.Principals.Count == 0 || request.Principals.Any(string.IsNullOrEmpty))
        {
            throw new ArgumentException("a certificate needs a principal: none would mean any", nameof(request));
        }

        if (request.Lifetime <= TimeSpan.Zero)
        {
            throw new ArgumentException("a certificate needs a lifetime", nameof(request));
        }

        if (request.Key is OpenSshCertificate || signer.PublicKey is OpenSshCertificate)
        {
            throw new ArgumentException("a certificate is made over a plain key, by a plain key", nameof(request));
        }

        var output = new ArrayBufferWriter<byte>();
        WriteToBeSigned(output, request);
        byte[] signature =
            await signer.SignAsync(signer.PublicKey.SignatureAlgorithms[0], output.WrittenMemory, cancellationToken);
        AppendString(output, signature);
        return (OpenSshCertificate)SshPublicKey.Parse(output.WrittenSpan);
    }

    private void WriteToBeSigned(ArrayBufferWriter<byte> output, CertificateRequest request)
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        Span<byte> serial = stackalloc byte[8];
        RandomNumberGenerator.Fill(serial);
        var writer = new SshWriter(output);
        writer.WriteString(SshSignatureAlgorithms.CertificateOf(request.Key.KeyType));
        writer.WriteString(RandomNumberGenerator.GetBytes(NonceSize));
        var key = new SshReader(request.Key.Blob.Span);
        key.TryReadString(out _);
        writer.WriteBytes(key.Rest);
        writer.WriteUInt64(BinaryPrimitives.ReadUInt64BigEndian(serial));
        writer.WriteUInt32((uint)request.Kind);
        writer.WriteString(request.KeyId);
        writer.WriteString(Strings(request.Principals).WrittenSpan);
        writer.WriteUInt64((ulong)(now - ClockSkew).ToUnixTimeSeconds());
        writer.WriteUInt64((ulong)(now + request.Lifetime).ToUnixTimeSeconds());
        writer.WriteString(CriticalOptions(request).WrittenSpan);
        writer.WriteString(Extensions(request).WrittenSpan);
        writer.WriteString("");
        writer.WriteString(signer.PublicKey.Blob.Span);
    }

    private static ArrayBufferWriter<byte> CriticalOptions(CertificateRequest request)
    {
        var options = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(options);
        if (request.ForceCommand is not null)
        {
            writer.WriteString("force-command");
            writer.WriteString(Strings([request.ForceCommand]).WrittenSpan);
        }

        if (request.SourceAddresses.Count > 0)
        {
            writer.WriteString("source-address");
            writer.WriteString(Strings([string.Join(',', request.SourceAddresses)]).WrittenSpan);
        }

        return options;
    }

    private static ArrayBufferWriter<byte> Extensions(CertificateRequest request)
    {
        var extensions = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(extensions);
        foreach (string extension in request.Extensions.Distinct().Order(StringComparer.Ordinal))
        {
            writer.WriteString(extension);
            writer.WriteString("");
        }

        return extensions;
    }

    private static ArrayBufferWriter<byte> Strings(IEnumerable<string> values)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        foreach (string value in values)
        {
            writer.WriteString(value);
        }

        return output;
    }

    private static void AppendString(ArrayBufferWriter<byte> output, byte[] value) =>
        new SshWriter(output).WriteString(value);
}

/// <summary>A private key that shows a certificate in place of its plain public key.</summary>
public sealed class CertificateSigner : ISshSigner
{
    private readonly ISshSigner _key;

    /// <exception cref="ArgumentException">The certificate is about another key.</exception>
    public CertificateSigner(ISshSigner key, OpenSshCertificate certificate)
    {
        if (!certificate.CertifiedKey.Equals(key.PublicKey))
        {
            throw new ArgumentException("the certificate is about another key", nameof(certificate));
        }

        _key = key;
        PublicKey = certificate;
    }

    public SshPublicKey PublicKey { get; }

    public ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data,
        CancellationToken cancellationToken) =>
        _key.SignAsync(SshSignatureAlgorithms.PlainOf(algorithm), data, cancellationToken);
}
