using Bastion.Audit.Records;
using Bastion.Control.Authentication;
using Bastion.Control.Evidence;
using Bastion.Control.Policies;
using Bastion.Policy;
using Bastion.Ssh.Keys;
using Bastion.Ssh.UserAuth;

namespace Bastion.Server.Ssh;

/// <summary>Who logged in at the front door, and where to.</summary>
internal sealed record GatewayLogin(LoginName Name, PolicyPrincipal Principal, LoginMethods Methods,
    string KeyFingerprint);

/// <summary>
/// Decides on logins at the front door: a verified key of a person whom the policy knows, then a one-time code where
/// the policy asks for one. One for each connection.
/// </summary>
internal sealed class GatewayAuthenticator(
    PolicyHolder policies, CredentialVerifier credentials, EvidenceLog evidence, Action<GatewayLogin> proved)
        : IUserAuthenticator
{
    private const string WrongKey = "no such person, or not one of her keys";

    /// <summary>Somebody tried, and the journal says what came of it.</summary>
    public bool HasRecorded { get; private set; }

    public ValueTask<UserAuthDecision> AuthenticateKeyAsync(
        UserAuthContext context, VerifiedKey key, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Decide(context, key));

    private UserAuthDecision Decide(UserAuthContext context, VerifiedKey key)
    {
        if (!LoginName.TryParse(context.User, out LoginName? name))
        {
            return UserAuthDecision.Refuse("the login name is none: it reads user, user+target or user+account@target");
        }

        PolicySnapshot policy = policies.Current;
        if (!policy.People.TryGetValue(name.User, out Person? person) || !person.Active || !Holds(person, key.Key))
        {
            return UserAuthDecision.Refuse(WrongKey);
        }

        LoginMethods methods = LoginMethods.PublicKey
            | (key.Assertion is null ? LoginMethods.None : LoginMethods.HardwareKey);
        var login = new GatewayLogin(name, new PolicyPrincipal(person.Name), methods, key.Fingerprint);
        proved(login);
        return policy.LoginFor(login.Principal).Totp
            ? UserAuthDecision.RequireMore(UserAuthMethod.KeyboardInteractive)
            : UserAuthDecision.Accept(login);
    }

    public async ValueTask<UserAuthDecision> AuthenticateInteractivelyAsync(
        UserAuthContext context, IUserPrompter prompter, CancellationToken cancellationToken)
    {
        VerifiedKey? key = context.Completed.Select(method => method.Key).FirstOrDefault(k => k is not null);
        if (key is null || !LoginName.TryParse(context.User, out LoginName? name))
        {
            return UserAuthDecision.Refuse("a one-time code without a key before it");
        }

        IReadOnlyList<string> answers = await prompter.AskAsync(
            "", "", [new UserPrompt("Verification code: ", Echo: true)], cancellationToken);
        CredentialOutcome outcome = await credentials.VerifyCodeAsync(name.User, answers[0], cancellationToken);
        if (outcome is not CredentialOutcome.Accepted)
        {
            return UserAuthDecision.Refuse(outcome.Describe());
        }

        // The person may have been taken out of the policy while she looked for her phone.
        if (!policies.Current.People.TryGetValue(name.User, out Person? person) || !person.Active
            || !Holds(person, key.Key))
        {
            return UserAuthDecision.Refuse(WrongKey);
        }

        LoginMethods methods = LoginMethods.PublicKey | LoginMethods.Totp
            | (key.Assertion is null ? LoginMethods.None : LoginMethods.HardwareKey);
        return UserAuthDecision.Accept(
            new GatewayLogin(name, new PolicyPrincipal(person.Name), methods, key.Fingerprint));
    }

    /// <summary>The journal could not take the login: nothing may come of it but the sentence that says so.</summary>
    public bool IsUnrecorded { get; private set; }

    /// <summary>A try that failed and cannot be recorded ends the connection; see <see cref="IsUnrecorded"/> for one
    /// that succeeded.</summary>
    public async ValueTask RecordAsync(UserAuthEvent login, CancellationToken cancellationToken)
    {
        HasRecorded = true;
        PeerText source = login.ClientEndPoint?.ToString() ?? "";
        switch (login.Result)
        {
            case UserAuthResult.Accepted:
                IsUnrecorded = await evidence.TryRecordAsync(new LoginSucceeded
                {
                    User = login.User ?? "",
                    Source = source,
                    Surface = Surface.Ssh,
                    Methods = login.Method == UserAuthMethod.PublicKey ? ["publickey"] : ["publickey", "totp"],
                    KeyFingerprint = login.KeyFingerprint,
                    Client = login.ClientIdentification,
                }) is null;
                break;
            case UserAuthResult.Refused:
            case UserAuthResult.Ended:
                await evidence.RecordAsync(new LoginFailed
                {
                    User = login.User ?? "",
                    Source = source,
                    Surface = Surface.Ssh,
                    Method = login.Method,
                    Reason = login.Reason ?? "",
                    KeyFingerprint = login.KeyFingerprint,
                    Client = login.ClientIdentification,
                });
                break;
            case UserAuthResult.Partial:
                break;
        }
    }

    private static bool Holds(Person person, SshPublicKey key)
    {
        string text = key.ToString();
        return person.Keys.Any(line => line.StartsWith(text, StringComparison.Ordinal)
            && (line.Length == text.Length || line[text.Length] is ' ' or '\t'));
    }
}
