namespace Bastion.Control.Authentication;

/// <summary>How a person proved who they are. Only what was verified stands here.</summary>
/// <param name="KeyFingerprint">SHA256 fingerprint of the public key whose signature was verified.</param>
/// <param name="CertificateSerial">Of the user certificate, when the key came in one.</param>
/// <param name="OneTimeCode">A TOTP code was verified as well.</param>
public sealed record AuthenticationFacts(
    string? KeyFingerprint = null,
    string? KeyAlgorithm = null,
    ulong? CertificateSerial = null,
    bool Password = false,
    bool OneTimeCode = false)
{
    /// <summary>The number of independent factors: key, password, code.</summary>
    public int Factors => (KeyFingerprint is null ? 0 : 1) + (Password ? 1 : 0) + (OneTimeCode ? 1 : 0);
}
