using System.Text.Json.Serialization;
using Bastion.Analysis;
using Bastion.Audit.Records;
using Bastion.Control.Approvals;
using Bastion.Control.Sessions;
using Bastion.Policy;

namespace Bastion.Web;

// What goes over the wire. These shapes are stable: members are added, never renamed or removed.

internal sealed record LoginBody(string User, string Password, string Totp);

internal sealed record TokenView(string AccessToken, int ExpiresIn);

internal sealed record ApproveBody(string Code);

internal sealed record DenyBody(string? Reason);

internal sealed record KillBody(string? Reason);

/// <param name="Language">What the person chose; null leaves it to the browser.</param>
internal sealed record MeView(
    string Name, string DisplayName, string? Language, bool MayAudit, bool MayReadReports,
    IReadOnlyList<string> Memberships);

internal sealed record TextView(string En, string Zh);

internal sealed record ObjectView(string Kind, string Text, bool Known);

internal sealed record SpanView(int Start, int Length);

internal sealed record EffectView(
    string Kind, RiskLevel Level, IReadOnlyList<ObjectView> Objects, TextView Reason, SpanView Span,
    IReadOnlyList<string> Chain);

internal sealed record VoteView(string Approver, bool Approved, DateTimeOffset At, ProofKind? Proof, string? Reason);

internal sealed record RequestView
{
    public required string Id { get; init; }

    public required ApprovalState State { get; init; }

    public required Tier Tier { get; init; }

    public required string SessionId { get; init; }

    public required string Requester { get; init; }

    public required string ClientAddress { get; init; }

    public required string Target { get; init; }

    public required IReadOnlyDictionary<string, string> TargetLabels { get; init; }

    public required string Account { get; init; }

    public required string Origin { get; init; }

    public required Certainty Certainty { get; init; }

    public required string Command { get; init; }

    public string? WorkingDirectory { get; init; }

    public required RiskLevel Risk { get; init; }

    public required bool Opaque { get; init; }

    public required IReadOnlyList<EffectView> Effects { get; init; }

    public required IReadOnlyList<string> Rules { get; init; }

    public required string PolicyVersion { get; init; }

    public required TextView Explanation { get; init; }

    /// <summary>How many distinct people must approve.</summary>
    public required int Quorum { get; init; }

    public required IReadOnlyList<string> Candidates { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset Expires { get; init; }

    public DateTimeOffset? Closed { get; init; }

    public string? Outcome { get; init; }

    /// <summary>The canonical text an approver confirms, and its digest.</summary>
    public required string Statement { get; init; }

    public required string StatementSha256 { get; init; }

    public required IReadOnlyList<VoteView> Votes { get; init; }

    /// <summary>Whether the caller may decide it now.</summary>
    public required bool MayDecide { get; init; }

    public static RequestView Of(ApprovalRequest request, ApprovalDesk desk, PolicyPrincipal caller) => new()
    {
        Id = request.Id,
        State = request.State,
        Tier = request.Tier,
        SessionId = request.SessionId,
        Requester = request.Requester,
        ClientAddress = request.ClientAddress,
        Target = request.Target,
        TargetLabels = request.TargetLabels,
        Account = request.Account,
        Origin = request.Origin,
        Certainty = request.Certainty,
        Command = request.Command,
        WorkingDirectory = request.WorkingDirectory,
        Risk = request.Risk,
        Opaque = request.Opaque,
        Effects = [.. request.Effects.Select(EffectOf)],
        Rules = request.Rules,
        PolicyVersion = request.PolicyVersion,
        Explanation = new TextView(request.Explanation.En, request.Explanation.Zh),
        Quorum = request.Quorum,
        Candidates = request.Candidates,
        Reason = request.Reason,
        Created = request.Created,
        Expires = request.Expires,
        Closed = request.Closed,
        Outcome = request.Outcome,
        Statement = request.Statement.Json,
        StatementSha256 = request.Statement.Sha256,
        Votes = [.. request.Votes.Select(vote =>
            new VoteView(vote.Approver, vote.Approved, vote.At, vote.Proof, vote.Reason))],
        MayDecide = request.IsOpen
            && request.Votes.All(vote => vote.Approver != caller.Name)
            && desk.MayDecide(request, caller),
    };

    private static EffectView EffectOf(Effect effect) => new(
        effect.Kind.Name(),
        effect.Level,
        [.. effect.Objects.Select(touched =>
            new ObjectView(touched.Kind.ToString().ToLowerInvariant(), touched.Text, touched.Known))],
        new TextView(effect.Reason.En, effect.Reason.Zh),
        new SpanView(effect.Span.Start, effect.Span.Length),
        effect.Chain);
}

/// <summary>One thing that happened in a session, from the journal.</summary>
/// <param name="Offset">Seconds from the start of the recording; null where nothing was recorded.</param>
internal sealed record SessionEventView(
    long Sequence, DateTimeOffset At, double? Offset, string Kind, string Text, string? Risk, string? Verdict);

internal sealed record SessionView
{
    public required string Id { get; init; }

    public required string Principal { get; init; }

    public required string Target { get; init; }

    public required string Account { get; init; }

    public required string ClientAddress { get; init; }

    public required string ClientSoftware { get; init; }

    /// <summary>What was proved at login.</summary>
    public required IReadOnlyList<string> Login { get; init; }

    public required DateTimeOffset Started { get; init; }

    public required DateTimeOffset? Ended { get; init; }

    public required SessionEndKind? EndKind { get; init; }

    public required string? EndReason { get; init; }

    public required string? EndedBy { get; init; }

    /// <summary>From 0 to 1: the share of what was asked that the gateway understood; null when nothing was
    /// asked.</summary>
    public required double? Coverage { get; init; }

    public required long Commands { get; init; }

    public required long Held { get; init; }

    public required long Refused { get; init; }

    /// <summary>How many channels were recorded.</summary>
    public required int Recordings { get; init; }

    /// <summary>Only where one session is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<SessionEventView>? Events { get; init; }

    /// <summary>Numbers of the channels that can be replayed. Only where one session is asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Channels { get; init; }

    public static SessionView Of(SessionSummary session) => new()
    {
        Id = session.Id,
        Principal = session.Principal,
        Target = session.Target,
        Account = session.Account,
        ClientAddress = session.Client,
        ClientSoftware = session.ClientSoftware,
        Login = session.Login,
        Started = session.Started,
        Ended = session.End?.At,
        EndKind = session.End?.Kind,
        EndReason = session.End?.Reason,
        EndedBy = session.End?.By,
        Coverage = session.Intents == 0
            ? null
            : (double)(session.Intents - session.Opaque - session.Observed) / session.Intents,
        Commands = session.Intents,
        Held = session.Held,
        Refused = session.Refused,
        Recordings = session.Recordings.Count,
    };
}
