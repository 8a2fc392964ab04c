using Bastion.Analysis;
using Bastion.Audit.Records;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;
using Bastion.Policy;

namespace Bastion.Control.Approvals;

/// <summary>
/// A request for approval as it stood at one moment. Immutable: every change makes a new one with the next
/// <see cref="Revision"/>, so that a reader never sees half a change.
/// </summary>
public sealed record ApprovalRequest
{
    /// <summary>For people to read out: <c>R-</c> and eight characters without look-alikes.</summary>
    public required string Id { get; init; }

    public required ApprovalState State { get; init; }

    /// <summary>From 1; rises with every change.</summary>
    public required long Revision { get; init; }

    public required string SessionId { get; init; }

    public required string Requester { get; init; }

    /// <summary>Where the requester sits: an address as the gateway sees it.</summary>
    public required string ClientAddress { get; init; }

    public required string Target { get; init; }

    /// <summary>The target's labels when it was asked, such as <c>environment: production</c>.</summary>
    public required IReadOnlyDictionary<string, string> TargetLabels { get; init; }

    public required string Account { get; init; }

    public required string Origin { get; init; }

    public required Certainty Certainty { get; init; }

    /// <summary>What would run, as one line for people; not escaped.</summary>
    public required string Command { get; init; }

    /// <summary>The exact bytes.</summary>
    public required byte[] CommandBytes { get; init; }

    public string? WorkingDirectory { get; init; }

    /// <summary>64 hexadecimal digits: see <see cref="IntentDigest"/>.</summary>
    public required string IntentDigest { get; init; }

    public required RiskLevel Risk { get; init; }

    public required bool Opaque { get; init; }

    public required IReadOnlyList<Effect> Effects { get; init; }

    public required Tier Tier { get; init; }

    /// <summary>The rules that ask for approval.</summary>
    public required IReadOnlyList<string> Rules { get; init; }

    public required string PolicyVersion { get; init; }

    /// <summary>What the policy says about it, for people.</summary>
    public required Reason Explanation { get; init; }

    public required IReadOnlyList<Requirement> Requirements { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>When nobody has decided by then, nothing runs.</summary>
    public required DateTimeOffset Expires { get; init; }

    /// <summary>The canonical statement that an approver confirms, and its SHA-256.</summary>
    public required ApprovalStatement Statement { get; init; }

    public IReadOnlyList<ApprovalVote> Votes { get; init; } = [];

    /// <summary>Set with a final state.</summary>
    public DateTimeOffset? Closed { get; init; }

    /// <summary>How it came to its end, in one sentence.</summary>
    public string? Outcome { get; init; }

    /// <summary>How many distinct people must approve in all.</summary>
    public int Quorum => Requirements.Sum(requirement => requirement.Approvers);

    /// <summary>People the policy names who may approve, each once.</summary>
    public IReadOnlyList<string> Candidates =>
        [.. Requirements.SelectMany(requirement => requirement.Candidates).Distinct(StringComparer.Ordinal)];

    public bool IsOpen => !ApprovalMachine.IsFinal(State);

    internal static ApprovalRequest About(
        string id, Session session, Intent intent, IntentReading reading, Decision decision,
        IReadOnlyDictionary<string, string> labels, string? reason, DateTimeOffset now)
    {
        DateTimeOffset expires = now + decision.Requirements.Min(requirement => requirement.Within);
        return new ApprovalRequest
        {
            Id = id,
            State = ApprovalState.Pending,
            Revision = 1,
            SessionId = session.Id,
            Requester = session.Principal,
            ClientAddress = session.Client.Address.ToString(),
            Target = session.Target,
            TargetLabels = labels,
            Account = session.Account,
            Origin = intent.Origin,
            Certainty = intent.Certainty,
            Command = intent.Describe(),
            CommandBytes = intent.Bytes.ToArray(),
            WorkingDirectory = intent.WorkingDirectory,
            IntentDigest = intent.Digest.ToString(),
            Risk = reading.Risk,
            Opaque = reading.Opaque,
            Effects = reading.Effects,
            Tier = decision.Tier,
            Rules = [.. decision.Requirements.SelectMany(requirement => requirement.Rules).Distinct()],
            PolicyVersion = decision.PolicyVersion,
            Explanation = decision.Explanation,
            Requirements = decision.Requirements,
            Reason = reason,
            Created = now,
            Expires = expires,
            Statement = ApprovalStatement.Of(id, session, intent, reading, decision, expires),
        };
    }
}

/// <summary>One person's decision.</summary>
/// <param name="Proof">What it was confirmed with; null for a refusal, which needs none.</param>
public sealed record ApprovalVote(
    string Approver, bool Approved, DateTimeOffset At, ProofKind? Proof, string? Reason, string? Address);

/// <summary>What an approval was confirmed with.</summary>
public enum ProofKind
{
    /// <summary>A one-time code: shows possession of the device, signs nothing.</summary>
    Totp,

    /// <summary>A passkey's signature over the statement.</summary>
    Passkey,
}
