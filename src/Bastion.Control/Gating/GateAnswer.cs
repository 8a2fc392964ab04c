
namespace Bastion.Control.Gating;

/// <summary>What the gate says to an intent. There is no fourth answer.</summary>
public abstract record GateAnswer
{
    private GateAnswer()
    {
    }

    public sealed record Released(Release Release) : GateAnswer;

    public sealed record Refused(Refusal Refusal) : GateAnswer;

    /// <summary>Nothing may flow on any channel that could carry the same act until <see cref="HeldIntent.WaitAsync"/>
    /// answers.</summary>
    public sealed record Held(HeldIntent Intent) : GateAnswer;
}

/// <summary>Why something did not run, and what the person can do about it.</summary>
/// <param name="Rule">The policy rule that decided, when one did.</param>
/// <param name="RequestId">The request for approval that ended this way, when there was one.</param>
public sealed record Refusal(RefusalKind Kind, Reason Reason, string? Rule = null, string? RequestId = null)
{
    /// <summary>It would be asked for if a reason were given: at a terminal, ask for one and submit again.</summary>
    public bool NeedsReason { get; init; }

    /// <summary>Who said no, when a person did.</summary>
    public string? DeniedBy { get; init; }

    /// <summary>What the client's command exits with.</summary>
    public int ExitCode => Kind switch
    {
        RefusalKind.ByRule => ExitCodes.Blocked,
        RefusalKind.ByPerson => ExitCodes.Denied,
        RefusalKind.Expired or RefusalKind.Unavailable or RefusalKind.NotWaiting => ExitCodes.TryAgain,
        RefusalKind.Withdrawn => ExitCodes.Withdrawn,
    };
}

public enum RefusalKind
{
    /// <summary>A rule forbids it, or nothing permits it. Exit code 126.</summary>
    ByRule,

    /// <summary>An approver said no. Exit code 77.</summary>
    ByPerson,

    /// <summary>Nobody decided in time. Exit code 75: asking again makes sense.</summary>
    Expired,

    /// <summary>The gateway could not decide or could not record it. Exit code 75.</summary>
    Unavailable,

    /// <summary>It needs approval, and the requester said that she would not wait. Exit code 75.</summary>
    NotWaiting,

    /// <summary>The requester took it back. Exit code 130.</summary>
    Withdrawn,
}
