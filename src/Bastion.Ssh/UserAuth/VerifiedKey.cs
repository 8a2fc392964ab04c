using Bastion.Ssh.Keys;

namespace Bastion.Ssh.UserAuth;

/// <summary>
/// A proof: the client holds the private half of <see cref="Key"/>, shown by a signature over this very connection.
/// When it came with a certificate, that was checked whole: CA, signature, kind, principal, validity, critical options.
/// </summary>
public sealed class VerifiedKey
{
    internal VerifiedKey(SshPublicKey key, string algorithm, bool hostBound, VerifiedCertificate? certificate,
        SecurityKeyAssertion? assertion)
    {
        Key = key;
        Algorithm = algorithm;
        HostBound = hostBound;
        Certificate = certificate;
        Assertion = assertion;
    }

    /// <summary>The plain key; of a certificate, the certified one.</summary>
    public SshPublicKey Key { get; }

    /// <summary>`SHA256:…` of <see cref="Key"/>.</summary>
    public string Fingerprint => Key.Fingerprint;

    /// <summary>The signature algorithm, such as `rsa-sha2-512` or `ssh-ed25519-cert-v01@openssh.com`.</summary>
    public string Algorithm { get; }

    /// <summary>True when the signature also covered the host key that this connection was set up with.</summary>
    public bool HostBound { get; }

    public VerifiedCertificate? Certificate { get; }

    /// <summary>What the authenticator said, for `sk-` keys. User presence is always true: without it nothing
    /// verifies.</summary>
    public SecurityKeyAssertion? Assertion { get; }
}
