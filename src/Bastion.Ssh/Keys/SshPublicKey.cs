namespace Bastion.Ssh.Keys;

/// <summary>A public key or certificate in its wire form, able to check signatures.</summary>
public abstract class SshPublicKey
{
    /// <summary>The key format identifier, the first string of the blob: `ssh-ed25519`, `ecdsa-sha2-nistp256`, …</summary>
    public abstract string KeyType { get; }

    /// <summary>The wire form (RFC 4253 section 6.6).</summary>
    public abstract ReadOnlyMemory<byte> Blob { get; }

    /// <summary>Signature algorithm names that this key can answer for, best first (RFC 8332: two for `ssh-rsa`).</summary>
    public abstract IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>
    /// Checks a signature blob (string algorithm, string signature) over <paramref name="data"/>. False for any other
    /// algorithm than <paramref name="algorithm"/>, for malformed blobs and for wrong signatures.
    /// </summary>
    public abstract bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);
}

/// <summary>A private key, wherever it lies: it signs, it is never read.</summary>
public interface ISshSigner
{
    SshPublicKey PublicKey { get; }

    /// <summary>Returns the signature blob (string algorithm, string signature) over <paramref name="data"/>.</summary>
    ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);
}
