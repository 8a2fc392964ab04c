using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

public enum SshKeyKind
{
    Ed25519,
    EcdsaNistp256,
    EcdsaNistp384,
    EcdsaNistp521,
    Rsa3072,
    Rsa4096,
}

/// <summary>A private key in memory. Safe for many callers; disposing wipes what this process holds of it.</summary>
public abstract class SshPrivateKey : ISshSigner, IDisposable
{
    private protected SshPrivateKey()
    {
    }

    public abstract SshPublicKey PublicKey { get; }

    /// <summary>The comment in the key file; often `user@host`.</summary>
    public string Comment { get; internal init; } = "";

    public static SshPrivateKey Generate(SshKeyKind kind) => kind switch
    {
        SshKeyKind.Ed25519 => Ed25519PrivateKey.Generate(),
        SshKeyKind.EcdsaNistp256 => EcdsaPrivateKey.Generate(NistCurve.P256),
        SshKeyKind.EcdsaNistp384 => EcdsaPrivateKey.Generate(NistCurve.P384),
        SshKeyKind.EcdsaNistp521 => EcdsaPrivateKey.Generate(NistCurve.P521),
        SshKeyKind.Rsa3072 => RsaPrivateKey.Generate(3072),
        SshKeyKind.Rsa4096 => RsaPrivateKey.Generate(4096),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>
    /// Reads the text of a private key file: openssh-key-v1, or PEM (PKCS#8, PKCS#1, SEC 1) as far as .NET reads it.
    /// </summary>
    /// <param name="passphrase">Null when there is none; ignored when the file is not encrypted.</param>
    /// <exception cref="SshKeyException">
    /// `not a private key`, `the key needs its passphrase`, `wrong passphrase`, or a kind that is not taken.
    /// </exception>
    public static SshPrivateKey Load(string text, string? passphrase = null) =>
        OpenSshPrivateKeyFile.IsOne(text)
        ? OpenSshPrivateKeyFile.Read(text, passphrase)
        : PemPrivateKey.Read(text, passphrase);

    /// <summary>The openssh-key-v1 file text, as `ssh-keygen` writes it; encrypted when a passphrase is
    /// given.</summary>
    public string ToOpenSsh(string? passphrase = null, string? comment = null) =>
        OpenSshPrivateKeyFile.Write(this, passphrase, comment ?? Comment);

    /// <inheritdoc cref="ISshSigner.SignAsync"/>
    public byte[] Sign(string algorithm, ReadOnlySpan<byte> data) =>
        PublicKey.SignatureAlgorithms.Contains(algorithm)
            ? SignatureBlob.Write(algorithm, SignRaw(algorithm, data))
            : throw new ArgumentException($"a `{PublicKey.KeyType}` key cannot sign as `{algorithm}`",
            nameof(algorithm));

    public ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data,
        CancellationToken cancellationToken) =>
        ValueTask.FromResult(Sign(algorithm, data.Span));

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);

    private protected abstract byte[] SignRaw(string algorithm, ReadOnlySpan<byte> data);

    /// <summary>The key's fields in openssh-key-v1, type first (OpenSSH's PROTOCOL.key, section 3).</summary>
    internal abstract void WritePrivateFields(ref SshWriter writer);

}
