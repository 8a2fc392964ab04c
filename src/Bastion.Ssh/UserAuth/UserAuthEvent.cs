using System.Net;

namespace Bastion.Ssh.UserAuth;

public enum UserAuthResult
{
    /// <summary>Logged in.</summary>
    Accepted,

    /// <summary>A proof was good and the application wants another.</summary>
    Partial,

    /// <summary>A proof was not good. `none` and offers without a signature are not attempts and are not
    /// reported.</summary>
    Refused,

    /// <summary>The connection ended before anyone was logged in: too many tries, login grace, a broken
    /// protocol.</summary>
    Ended,
}

/// <summary>One line for the journal about somebody trying to log in. It holds no secret.</summary>
/// <param name="User">The login name; null when the connection ended before one was sent.</param>
/// <param name="Method">`publickey`, `password`, `keyboard-interactive`; null for <see
/// cref="UserAuthResult.Ended"/>.</param>
/// <param name="KeyFingerprint">`SHA256:…` of the key tried, proved or not.</param>
/// <param name="Certificate">`key id (serial n) by SHA256:… ` when a certificate was tried.</param>
/// <param name="Reason">Why not, one line; null when accepted.</param>
public sealed record UserAuthEvent(
    UserAuthResult Result,
    string? User,
    string? Method,
    EndPoint? ClientEndPoint,
    string ClientIdentification,
    string? KeyFingerprint,
    string? Certificate,
    string? Reason);
