using Bastion.Ssh.Keys;

namespace Bastion.Ssh.UserAuth;

/// <summary>
/// The application behind the server role: it says who may log in. It is asked about proofs only, never about claims:
/// a key reaches it as a <see cref="VerifiedKey"/>, which nothing but the signature check can construct.
/// </summary>
/// <remarks>
/// An implementation must do the same work for users that do not exist as for those that do. What the protocol side
/// equalises: `none`, refused offers and unsupported methods are answered without asking anyone about the user; a
/// refused signature, password or conversation is answered at the end of a fixed time slot; every refusal is the same
/// message on the wire. Exceptions end the connection, so an authenticator that cannot decide never lets anyone in.
/// </remarks>
public interface IUserAuthenticator
{
    /// <summary>Whose user certificates are taken; read at every request, so a reload counts at once.</summary>
    IReadOnlyList<SshPublicKey> CertificateAuthorities => [];

    /// <summary>
    /// True when the application runs a certificate's `force-command` in place of whatever is asked for. While false,
    /// such certificates are refused, as PROTOCOL.certkeys demands of critical options that are not enforced.
    /// </summary>
    bool EnforcesForceCommand => false;

    /// <summary>The name that a user certificate must carry among its principals for this login name.</summary>
    string CertificatePrincipal(string user) => user;

    /// <summary>
    /// An early veto when a client offers a key without a signature. It is not told the user, so that the answer
    /// cannot say whether a user exists; a veto may rest on the key alone (revoked, a kind not taken, known to nobody).
    /// </summary>
    ValueTask<bool> AcceptsOfferAsync(OfferedKey offer, CancellationToken cancellationToken) =>
        ValueTask.FromResult(true);

    /// <summary>Decides on a key whose signature over this connection was verified.</summary>
    ValueTask<UserAuthDecision> AuthenticateKeyAsync(
        UserAuthContext context, VerifiedKey key, CancellationToken cancellationToken);

    /// <summary>Decides on a password. Asked only when `password` is among the methods offered (off by
    /// default).</summary>
    ValueTask<UserAuthDecision> AuthenticatePasswordAsync(
        UserAuthContext context, string password, CancellationToken cancellationToken) =>
        ValueTask.FromResult(UserAuthDecision.Refuse("passwords are not taken"));

    /// <summary>
    /// Leads a keyboard-interactive conversation of any number of rounds and decides at its end. The prompter throws
    /// <see cref="OperationCanceledException"/> when the client gives the conversation up: let it pass.
    /// </summary>
    ValueTask<UserAuthDecision> AuthenticateInteractivelyAsync(
        UserAuthContext context, IUserPrompter prompter, CancellationToken cancellationToken) =>
        ValueTask.FromResult(UserAuthDecision.Refuse("keyboard-interactive is not taken"));

    /// <summary>Called, and awaited, for every attempt before its answer is sent: the place for the journal.</summary>
    ValueTask RecordAsync(UserAuthEvent userAuthEvent, CancellationToken cancellationToken);
}

/// <summary>Asks the person at the other end (RFC 4256).</summary>
public interface IUserPrompter
{
    /// <summary>
    /// One round. Returns exactly one answer a prompt, in order; a client that answers otherwise is disconnected.
    /// No prompts at all is allowed: it only shows <paramref name="instruction"/>.
    /// </summary>
    /// <exception cref="ArgumentException">More prompts than <see cref="UserAuthLimits.MaximumPrompts"/>.</exception>
    ValueTask<IReadOnlyList<string>> AskAsync(
        string name, string instruction, IReadOnlyList<UserPrompt> prompts, CancellationToken cancellationToken);
}

/// <param name="Text">What the person is shown, such as `Verification code: `.</param>
/// <param name="Echo">Whether what is typed may be seen.</param>
public readonly record struct UserPrompt(string Text, bool Echo);

/// <summary>A key that a client says it has. Nothing is proved: no decision for anybody may rest on it.</summary>
/// <param name="Key">The plain key; of a certificate, the certified one.</param>
/// <param name="Certificate">The certificate when one was offered; its CA's signature is checked later.</param>
/// <param name="Algorithm">The signature algorithm named in the offer.</param>
public sealed record OfferedKey(SshPublicKey Key, OpenSshCertificate? Certificate, string Algorithm);
