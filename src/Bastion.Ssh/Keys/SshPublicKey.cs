using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Bastion.Ssh.Keys;

/// <summary>A public key or certificate in its wire form, able to check signatures. Immutable; safe for many
/// callers.</summary>
public abstract class SshPublicKey : IEquatable<SshPublicKey>
{
    private protected SshPublicKey()
    {
    }

    /// <summary>The key format identifier, the first string of the blob: `ssh-ed25519`, `ecdsa-sha2-nistp256`,
    /// …</summary>
    public abstract string KeyType { get; }

    /// <summary>The wire form (RFC 4253 section 6.6).</summary>
    public abstract ReadOnlyMemory<byte> Blob { get; }

    /// <summary>Signature algorithm names that this key can answer for, best first (RFC 8332: two for
    /// `ssh-rsa`).</summary>
    public abstract IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>`SHA256:` and the unpadded base64 of the blob's digest, as `ssh-keygen -l` prints it.</summary>
    public string Fingerprint => field ??= SshFingerprint.Of(Blob.Span);

    /// <summary>
    /// Checks a signature blob (string algorithm, string signature) over <paramref name="data"/>. False for any other
    /// algorithm than <paramref name="algorithm"/>, for malformed blobs and for wrong signatures.
    /// </summary>
    public abstract bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);

    /// <summary>
    /// Reads a blob of a kind that we take: ed25519, ecdsa on the three NIST curves, RSA of 2048 to 16384 bits, their
    /// `sk-` kinds and certificates over them. False for every other kind, for trailing bytes and for invalid points.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> blob, [NotNullWhen(true)] out SshPublicKey? key) =>
        PublicKeyParser.TryParse(blob, out key);

    /// <exception cref="SshKeyException">As <see cref="TryParse"/> says.</exception>
    public static SshPublicKey Parse(ReadOnlySpan<byte> blob) =>
        TryParse(blob, out SshPublicKey? key)
        ? key
        : throw new SshKeyException("not a public key of a kind that is taken");

    /// <summary>Reads `type base64 [comment]`, one line of an OpenSSH `.pub` file.</summary>
    /// <exception cref="SshKeyException">Not such a line, or a kind that is not taken.</exception>
    public static SshPublicKey ParseText(string line) => PublicKeyParser.ParseText(line);

    /// <summary>`type base64`, as in a `.pub` file.</summary>
    public override string ToString() => $"{KeyType} {Convert.ToBase64String(Blob.Span)}";

    public bool Equals(SshPublicKey? other) =>
        other is not null && CryptographicOperations.FixedTimeEquals(Blob.Span, other.Blob.Span);

    public override bool Equals(object? obj) => Equals(obj as SshPublicKey);

    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Blob.Span);
        return hash.ToHashCode();
    }
}
