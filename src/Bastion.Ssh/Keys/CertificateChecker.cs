using System.Net;

namespace Bastion.Ssh.Keys;

/// <summary>A certificate that was checked whole. Only <see cref="CertificateChecker"/> constructs one.</summary>
public sealed class VerifiedCertificate
{
    internal VerifiedCertificate(OpenSshCertificate certificate, string? forceCommand, bool verifyRequired)
    {
        Certificate = certificate;
        ForceCommand = forceCommand;
        VerifyRequired = verifyRequired;
        Extensions = [.. certificate.Extensions.Select(extension => extension.Name)];
    }

    public OpenSshCertificate Certificate { get; }

    /// <summary>To be run in place of any shell, command or subsystem.</summary>
    public string? ForceCommand { get; }

    /// <summary>`verify-required`: the signature itself must come from an authenticator that verified the
    /// person.</summary>
    public bool VerifyRequired { get; }

    /// <summary>Extension names; what is not listed is not granted (`permit-pty`, `permit-port-forwarding`,
    /// …).</summary>
    public IReadOnlyList<string> Extensions { get; }

    public bool PermitsPty => Extensions.Contains("permit-pty");

    public bool PermitsPortForwarding => Extensions.Contains("permit-port-forwarding");

    public bool PermitsAgentForwarding => Extensions.Contains("permit-agent-forwarding");

    public bool PermitsX11Forwarding => Extensions.Contains("permit-X11-forwarding");
}

/// <summary>Checks certificates against trusted authorities, the clock and the peer's address.</summary>
/// <param name="authorities">The keys trusted to certify; plain keys, compared whole.</param>
public sealed class CertificateChecker(IReadOnlyList<SshPublicKey> authorities, TimeProvider timeProvider)
{
    /// <summary>A user certificate for <paramref name="principal"/>, used from <paramref
    /// name="clientAddress"/>.</summary>
    /// <param name="reason">Why not, one line for the journal; null when it is good.</param>
    /// <param name="clientAddress">Null when unknown: then any `source-address` refuses.</param>
    /// <param name="enforcesForceCommand">Whether the caller runs `force-command`; if not, such a certificate is
    /// refused.</param>
    public VerifiedCertificate? CheckUser(
        OpenSshCertificate certificate, string principal, IPAddress? clientAddress, bool enforcesForceCommand,
        out string? reason)
    {
        reason = CheckCommon(certificate, SshCertificateKind.User, principal);
        string? forceCommand = null;
        bool verifyRequired = false;
        foreach (CertificateOption option in certificate.CriticalOptions)
        {
            if (reason is not null)
            {
                break;
            }

            switch (option.Name)
            {
                case "force-command" when enforcesForceCommand
                    && CertificateParser.TryReadOptionText(option.Data, out forceCommand):
                    break;
                case "source-address" when CertificateParser.TryReadOptionText(option.Data, out string? list):
                    reason = SourceAddressList.Check(list, clientAddress);
                    break;
                case "verify-required" when option.Data.Length == 0:
                    verifyRequired = true;
                    break;
                default:
                    reason = $"the certificate demands `{option.Name}`, which is not understood or not enforced here";
                    break;
            }
        }

        return reason is null ? new VerifiedCertificate(certificate, forceCommand, verifyRequired) : null;
    }

    /// <summary>A host certificate for the name that was dialled. Host certificates know no critical options.</summary>
    public VerifiedCertificate? CheckHost(OpenSshCertificate certificate, string hostName, out string? reason)
    {
        reason = CheckCommon(certificate, SshCertificateKind.Host, hostName);
        if (reason is null && certificate.CriticalOptions.Count > 0)
        {
            reason = $"the host certificate demands `{certificate.CriticalOptions[0].Name}`, which is not understood";
        }

        return reason is null ? new VerifiedCertificate(certificate, null, verifyRequired: false) : null;
    }

    private string? CheckCommon(OpenSshCertificate certificate, SshCertificateKind kind, string principal)
    {
        if (!authorities.Any(authority => authority is not OpenSshCertificate
            && authority.Equals(certificate.Authority)))
        {
            return $"the certificate's authority {certificate.Authority.Fingerprint} is not trusted";
        }

        if (certificate.Kind != kind)
        {
            return kind == SshCertificateKind.User
                ? "a host certificate was offered as a user's"
                : "a user certificate was offered as a host's";
        }

        // An empty list would mean "anyone" in PROTOCOL.certkeys; no authority of ours may say that.
        if (!certificate.Principals.Contains(principal, StringComparer.Ordinal))
        {
            return $"the certificate is not for `{principal}`";
        }

        ulong now = (ulong)Math.Max(0, timeProvider.GetUtcNow().ToUnixTimeSeconds());
        if (now < certificate.ValidAfter)
        {
            return "the certificate is not valid yet";
        }

        if (now >= certificate.ValidBefore)
        {
            return "the certificate has expired";
        }

        return certificate.IsSignedByAuthority() ? null : "the authority's signature on the certificate is wrong";
    }
}
