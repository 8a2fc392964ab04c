namespace Bastion.Ssh.UserAuth;

/// <summary>What the application makes of one proof.</summary>
public abstract class UserAuthDecision
{
    private UserAuthDecision()
    {
    }

    /// <summary>Logged in. <paramref name="principal"/> travels to <see cref="AuthenticatedUser.Principal"/>.</summary>
    public static UserAuthDecision Accept(object? principal = null) => new Accepted(principal);

    /// <summary>This proof is good and another is wanted (partial success, RFC 4252 section 5.1).</summary>
    /// <param name="methods">The methods that can continue, at least one.</param>
    public static UserAuthDecision RequireMore(params IReadOnlyList<string> methods)
    {
        ArgumentOutOfRangeException.ThrowIfZero(methods.Count, nameof(methods));
        return new MoreRequired(methods);
    }

    /// <summary>Not let in. The reason goes to the journal only: every refusal looks the same to the client.</summary>
    public static UserAuthDecision Refuse(string reason) => new Refused(reason);

    internal sealed class Accepted(object? principal) : UserAuthDecision
    {
        public object? Principal { get; } = principal;
    }

    internal sealed class MoreRequired(IReadOnlyList<string> methods) : UserAuthDecision
    {
        public IReadOnlyList<string> Methods { get; } = methods;
    }

    internal sealed class Refused(string reason) : UserAuthDecision
    {
        public string Reason { get; } = reason;
    }
}
