using Bastion.Ssh.Keys;
using Bastion.Ssh.Tests.Keys;
using Bastion.Ssh.UserAuth;

namespace Bastion.Ssh.Tests.UserAuth;

/// <summary>alice has the ed25519 key of the test data, the password `open sesame` and the code `123456`.</summary>
internal sealed class TestAuthenticator : IUserAuthenticator
{
    public const string Password = "open sesame";
    public const string Code = "123456";

    public List<UserAuthEvent> Events { get; } = [];

    public List<string> Asked { get; } = [];

    public List<SshPublicKey> Keys { get; init; } = [TestKeys.Public("ed25519")];

    public IReadOnlyList<SshPublicKey> CertificateAuthorities { get; init; } = [];

    public bool EnforcesForceCommand { get; init; }

    /// <summary>What follows a good key: nothing, or another method.</summary>
    public string[] AfterKey { get; init; } = [];

    public Func<OfferedKey, bool> AcceptsOffer { get; init; } = _ => true;

    /// <summary>Thrown from every decision when set.</summary>
    public Exception? Failure { get; init; }

    public Func<IUserPrompter, CancellationToken, ValueTask<UserAuthDecision>>? Conversation { get; init; }

    public ValueTask<bool> AcceptsOfferAsync(OfferedKey offer, CancellationToken cancellationToken) =>
        ValueTask.FromResult(AcceptsOffer(offer));

    public ValueTask<UserAuthDecision> AuthenticateKeyAsync(UserAuthContext context, VerifiedKey key,
        CancellationToken cancellationToken)
    {
        Asked.Add($"key {context.User}");
        if (Failure is not null)
        {
            throw Failure;
        }

        bool known = context.User == "alice" && (key.Certificate is not null || Keys.Contains(key.Key));
        return ValueTask.FromResult(!known ? UserAuthDecision.Refuse("not a key of this user")
            : AfterKey.Length > 0 && context.Completed.Count == 0 ? UserAuthDecision.RequireMore(AfterKey)
            : UserAuthDecision.Accept("principal alice"));
    }

    public ValueTask<UserAuthDecision> AuthenticatePasswordAsync(UserAuthContext context, string password,
        CancellationToken cancellationToken)
    {
        Asked.Add($"password {context.User}");
        return ValueTask.FromResult(context.User == "alice" && password == Password
            ? UserAuthDecision.Accept()
            : UserAuthDecision.Refuse("wrong password"));
    }

    public async ValueTask<UserAuthDecision> AuthenticateInteractivelyAsync(
        UserAuthContext context, IUserPrompter prompter, CancellationToken cancellationToken)
    {
        Asked.Add($"conversation {context.User}");
        if (Conversation is not null)
        {
            return await Conversation(prompter, cancellationToken);
        }

        IReadOnlyList<string> answers =
            await prompter.AskAsync("", "", [new UserPrompt("Verification code: ", false)], cancellationToken);
        return context.User == "alice" && answers[0] == Code
            ? UserAuthDecision.Accept()
            : UserAuthDecision.Refuse("wrong code");
    }

    public ValueTask RecordAsync(UserAuthEvent userAuthEvent, CancellationToken cancellationToken)
    {
        Events.Add(userAuthEvent);
        return ValueTask.CompletedTask;
    }
}
