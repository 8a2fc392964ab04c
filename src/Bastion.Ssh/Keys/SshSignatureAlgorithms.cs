namespace Bastion.Ssh.Keys;

/// <summary>Names of RFC 8709, 5656, 8332 and OpenSSH's PROTOCOL.u2f and PROTOCOL.certkeys. SHA-1 and DSA have no name
/// here.</summary>
public static class SshSignatureAlgorithms
{
    public const string Ed25519 = "ssh-ed25519";
    public const string EcdsaNistp256 = "ecdsa-sha2-nistp256";
    public const string EcdsaNistp384 = "ecdsa-sha2-nistp384";
    public const string EcdsaNistp521 = "ecdsa-sha2-nistp521";
    public const string RsaSha256 = "rsa-sha2-256";
    public const string RsaSha512 = "rsa-sha2-512";
    public const string SkEd25519 = "sk-ssh-ed25519@openssh.com";
    public const string SkEcdsaNistp256 = "sk-ecdsa-sha2-nistp256@openssh.com";

    internal const string CertificateSuffix = "-cert-v01@openssh.com";

    /// <summary>What host keys may sign with, best first.</summary>
    public static IReadOnlyList<string> HostKeys { get; } =
        [Ed25519, EcdsaNistp256, EcdsaNistp384, EcdsaNistp521, RsaSha512, RsaSha256];

    /// <summary>
    /// What users may sign with, best first: our server-sig-algs (RFC 8308 section 3.1). A certificate's algorithm
    /// stands or falls with the plain one, as in OpenSSH's own list.
    /// </summary>
    public static IReadOnlyList<string> UserKeys { get; } = [.. HostKeys, SkEd25519, SkEcdsaNistp256];

    /// <summary>`ssh-ed25519` → `ssh-ed25519-cert-v01@openssh.com`; the `sk-` names lose their `@openssh.com`
    /// first.</summary>
    internal static string CertificateOf(string plain) => plain switch
    {
        SkEd25519 => "sk-ssh-ed25519-cert-v01@openssh.com",
        SkEcdsaNistp256 => "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
        _ => plain + CertificateSuffix,
    };

    /// <summary>The algorithm that the signature itself names when a key or certificate signs under this
    /// name.</summary>
    internal static string PlainOf(string algorithm) => algorithm switch
    {
        "sk-ssh-ed25519-cert-v01@openssh.com" => SkEd25519,
        "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com" => SkEcdsaNistp256,
        _ when algorithm.EndsWith(CertificateSuffix, StringComparison.Ordinal) =>
            algorithm[..^CertificateSuffix.Length],
        _ => algorithm,
    };
}
