namespace Bastion.Policy;

public enum Outcome
{
    Permit,
    Require,
    Forbid,
}

/// <summary>How much ceremony an act takes. Low: recorded. Medium: one approver. High: one, who also picks the host.
/// Critical: two, and a number read out from the requester's terminal.</summary>
public enum Tier
{
    Low,
    Medium,
    High,
    Critical,
}

/// <summary>What an approver may confirm with.</summary>
[Flags]
public enum Confirmation
{
    None = 0,
    Passkey = 1,
    Totp = 2,
}

/// <summary>One demand that must be met before the act: so many people out of these groups, in time.</summary>
public sealed record Requirement
{
    /// <summary>The rules (or the just-in-time grant) that ask for it.</summary>
    public required IReadOnlyList<string> Rules { get; init; }

    public required Tier Tier { get; init; }

    /// <summary>How many distinct people; nobody counts for two requirements of one decision.</summary>
    public required int Approvers { get; init; }

    /// <summary>Groups, roles or people who may approve.</summary>
    public required IReadOnlyList<string> From { get; init; }

    /// <summary>Groups, roles or people who may not, though they are in <see cref="From"/>.</summary>
    public IReadOnlyList<string> NotFrom { get; init; } = [];

    public required TimeSpan Within { get; init; }

    public bool ReasonRequired { get; init; }

    public bool TicketRequired { get; init; }

    public Confirmation ConfirmWith { get; init; } = Confirmation.Passkey | Confirmation.Totp;

    /// <summary>The people the policy itself knows who may approve this: never the requester, never an
    /// auditor.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>True when people the policy does not list (an identity provider does) may approve as well.</summary>
    public bool OpenToClaims { get; init; }
}

/// <summary>A rule, grant or wall that made the decision what it is.</summary>
/// <param name="Kind">`rule`, `grant`, `wall` or `default`.</param>
public sealed record DeterminingRule(string Kind, string Name, SourceLocation Location, Outcome Outcome,
    Reason Why);

/// <summary>The policy's answer, with what made it so.</summary>
public sealed record Decision
{
    public required Outcome Outcome { get; init; }

    /// <summary>All of them must be met; empty unless the outcome is <see cref="Outcome.Require"/>.</summary>
    public IReadOnlyList<Requirement> Requirements { get; init; } = [];

    public required IReadOnlyList<DeterminingRule> Determining { get; init; }

    /// <summary>What was decided and why, naming the rule with file and line; one sentence or two.</summary>
    public required Reason Explanation { get; init; }

    /// <summary>How to get what was refused; null when it was not refused.</summary>
    public Reason? Remedy { get; init; }

    /// <summary>Groups, roles or people to tell, whatever the outcome.</summary>
    public IReadOnlyList<string> Notify { get; init; } = [];

    /// <summary>The highest tier asked for; <see cref="Tier.Low"/> where nobody is asked.</summary>
    public Tier Tier { get; init; }

    /// <summary>The grant this rests on; null when there is none.</summary>
    public string? Grant { get; init; }

    /// <summary><see cref="PolicySnapshot.Version"/> of the policy that decided.</summary>
    public required string PolicyVersion { get; init; }
}
