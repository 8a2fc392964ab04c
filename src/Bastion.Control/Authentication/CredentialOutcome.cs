namespace Bastion.Control.Authentication;

/// <summary>What came of showing a password or a code.</summary>
public abstract record CredentialOutcome
{
    private CredentialOutcome()
    {
    }

    public sealed record Accepted : CredentialOutcome
    {
        internal static readonly Accepted Instance = new();
    }

    public sealed record Wrong : CredentialOutcome
    {
        internal static readonly Wrong Instance = new();
    }

    /// <summary>The code is right but was used before.</summary>
    /// <param name="NextCodeIn">Until the person's device shows another one; zero when it already does.</param>
    public sealed record AlreadyUsed(TimeSpan NextCodeIn) : CredentialOutcome;

    /// <summary>Too many tries; nothing was looked at.</summary>
    public sealed record TooManyTries(TimeSpan RetryAfter) : CredentialOutcome;

    /// <summary>One sentence for the person; it never tells an unknown user from a wrong secret.</summary>
    /// <param name="codeOnly">Only a code was asked for: the person is known already.</param>
    public string Describe(bool codeOnly = false) => this switch
    {
        Accepted => "accepted",
        AlreadyUsed { NextCodeIn: var wait } when wait <= TimeSpan.Zero =>
            "this code was already used; take the one your device shows now",
        AlreadyUsed { NextCodeIn: var wait } =>
            $"this code was already used; wait for the next one, {Math.Ceiling(wait.TotalSeconds):0} s",
        TooManyTries { RetryAfter: var wait } =>
            $"too many tries; try again in {Math.Ceiling(wait.TotalSeconds):0} s",
        _ => codeOnly ? "wrong code" : "wrong user name, password or code",
    };
}
