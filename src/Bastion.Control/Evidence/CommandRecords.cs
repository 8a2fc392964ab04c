using System.Security.Cryptography;
using Bastion.Analysis;
using Bastion.Audit.Records;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;
using Bastion.Policy;

namespace Bastion.Control.Evidence;

/// <summary>What the gate decided on an intent, as the journal has it.</summary>
/// <param name="Reading">Null when it was refused before it was read.</param>
internal sealed record IntentDecision(
    Session Session, IntentReading? Reading, Verdict Verdict, string PolicyVersion, IReadOnlyList<string> Rules,
    string Reason, string? Request, IReadOnlyList<string> Notify)
{
    public static IntentDecision Of(
        Session session, IntentReading reading, Verdict verdict, Decision decision, string? request = null) => new(
        session, reading, verdict, decision.PolicyVersion, [.. decision.Determining.Select(rule => rule.Name)],
        decision.Explanation.En, request, decision.Notify);

    public static IntentDecision Refused(
        Session session, IntentReading? reading, Refusal refusal, string policyVersion,
        IReadOnlyList<string> notify) => new(
        session, reading, Verdict.Forbid, policyVersion, refusal.Rule is { } rule ? [rule] : [],
        refusal.Reason.En, refusal.RequestId, notify);
}

/// <summary>How the gate's decisions read in the journal.</summary>
internal static class CommandRecords
{
    public static CommandDecided Command(Intent intent, IntentDecision decision) => new()
    {
        Session = decision.Session.Id,
        Channel = intent.Context.Channel,
        User = decision.Session.Principal,
        Target = decision.Session.Target,
        Account = decision.Session.Account,
        Command = intent.Bytes.IsEmpty ? (PeerText)intent.Describe() : new PeerText(intent.Bytes),
        Origin = intent.Origin,
        Certainty = intent.Certainty,
        WorkingDirectory = OptionalText.OrNone(intent.WorkingDirectory),
        Effects = decision.Reading is { } reading ? [.. reading.Effects.Select(EffectOf)] : null,
        Risk = PolicyQuestion.LevelName(decision.Reading?.Risk ?? RiskLevel.Critical),
        Opaque = decision.Reading?.Opaque ?? true,
        Verdict = decision.Verdict,
        Rules = decision.Rules,
        PolicyVersion = decision.PolicyVersion,
        Reason = decision.Reason,
        Request = decision.Request,
        Notify = decision.Notify.Count > 0 ? decision.Notify : null,
    };

    public static FileOperationRecorded File(FileIntent intent, IntentDecision decision) => new()
    {
        Session = decision.Session.Id,
        Channel = intent.Context.Channel,
        User = decision.Session.Principal,
        Target = decision.Session.Target,
        Operation = intent.Operation.Kind.Word(),
        Path = intent.Operation.Path,
        Destination = OptionalText.OrNone(intent.Operation.NewPath),
        Verdict = decision.Verdict,
        Rules = decision.Rules,
        PolicyVersion = decision.PolicyVersion,
        Reason = decision.Reason,
        Request = decision.Request,
        Notify = decision.Notify.Count > 0 ? decision.Notify : null,
        Risk = PolicyQuestion.LevelName(decision.Reading?.Risk ?? RiskLevel.Critical),
    };

    public static CommandReleased Released(Session session, Intent intent, string request) => new()
    {
        Session = session.Id,
        Channel = intent.Context.Channel,
        CommandSha256 = Sha256Of(intent),
        Request = request,
    };

    /// <summary>Of the exact bytes, hexadecimal: what command records are joined by.</summary>
    public static string Sha256Of(Intent intent) => Convert.ToHexStringLower(SHA256.HashData(intent.Bytes.Span));

    private static RecordedEffect EffectOf(Effect effect) => new(
        effect.Kind.Name(),
        PolicyQuestion.LevelName(effect.Level),
        [.. effect.Objects.Select(touched => (PeerText)touched.ToString())],
        effect.Reason.En);
}
