namespace Bastion.Ssh.Keys;

public enum SshCertificateKind
{
    User = 1,
    Host = 2,
}

/// <summary>
/// A certificate as parsed (OpenSSH PROTOCOL.certkeys). Parsing proves nothing: what it says counts only after
/// <see cref="CertificateChecker"/> made a <see cref="VerifiedCertificate"/> of it.
/// </summary>
public sealed class OpenSshCertificate : SshPublicKey
{
    private readonly byte[] _blob;
    private readonly CertificateFields _fields;

    internal OpenSshCertificate(string type, byte[] blob, CertificateFields fields)
    {
        KeyType = type;
        _blob = blob;
        _fields = fields;
        SignatureAlgorithms = [.. fields.Key.SignatureAlgorithms.Select(SshSignatureAlgorithms.CertificateOf)];
    }

    public override string KeyType { get; }

    public override ReadOnlyMemory<byte> Blob => _blob;

    /// <summary>`rsa-sha2-512-cert-v01@openssh.com` and so on; the signature blob itself names the plain
    /// algorithm.</summary>
    public override IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>The key that the certificate is about.</summary>
    public SshPublicKey CertifiedKey => _fields.Key;

    /// <summary>The authority's key as the certificate names it: trusted only when found among those
    /// configured.</summary>
    public SshPublicKey Authority => _fields.Authority;

    public ulong Serial => _fields.Serial;

    public SshCertificateKind Kind => _fields.Kind;

    /// <summary>Free text by the authority, often the person's name; escape before showing.</summary>
    public string KeyId => _fields.KeyId;

    public IReadOnlyList<string> Principals => _fields.Principals;

    /// <summary>Unix seconds; valid from this moment.</summary>
    public ulong ValidAfter => _fields.ValidAfter;

    /// <summary>Unix seconds; no longer valid at this moment. <see cref="ulong.MaxValue"/> means for ever.</summary>
    public ulong ValidBefore => _fields.ValidBefore;

    internal IReadOnlyList<CertificateOption> CriticalOptions => _fields.CriticalOptions;

    internal IReadOnlyList<CertificateOption> Extensions => _fields.Extensions;

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        SignatureAlgorithms.Contains(algorithm)
        && CertifiedKey.Verify(SshSignatureAlgorithms.PlainOf(algorithm), data, signature);

    /// <summary>
    /// True when the named authority signed this certificate, with an algorithm that we take: `ssh-rsa` (SHA-1) is
    /// none.
    /// </summary>
    internal bool IsSignedByAuthority() =>
        Authority.SignatureAlgorithms.Contains(_fields.SignatureAlgorithm)
        && Authority.Verify(_fields.SignatureAlgorithm, _blob.AsSpan(0, _fields.SignedLength),
        _blob.AsSpan(_fields.SignatureOffset));
}

/// <summary>One critical option or extension: its name and the packed string that is its value (empty for a
/// flag).</summary>
internal sealed record CertificateOption(string Name, byte[] Data);

internal sealed record CertificateFields
{
    public required SshPublicKey Key { get; init; }

    public required ulong Serial { get; init; }

    public required SshCertificateKind Kind { get; init; }

    public required string KeyId { get; init; }

    public required IReadOnlyList<string> Principals { get; init; }

    public required ulong ValidAfter { get; init; }

    public required ulong ValidBefore { get; init; }

    public required IReadOnlyList<CertificateOption> CriticalOptions { get; init; }

    public required IReadOnlyList<CertificateOption> Extensions { get; init; }

    public required SshPublicKey Authority { get; init; }

    public required string SignatureAlgorithm { get; init; }

    /// <summary>The signature covers the blob from its start up to here.</summary>
    public required int SignedLength { get; init; }

    /// <summary>Where the signature blob begins, its own length field skipped; it reaches to the end.</summary>
    public required int SignatureOffset { get; init; }
}
