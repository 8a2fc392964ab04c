using System.Security.Cryptography;
using Bastion.Analysis;
using Bastion.Audit.Records;
using Bastion.Control.Gating;
using Bastion.Control.Sessions;
using Bastion.Policy;
using Certainty = Bastion.Control.Gating.Certainty;
using Recorded = Bastion.Audit.Records;

namespace Bastion.Control.Evidence;

/// <summary>How the gate's decisions read in the journal.</summary>
internal static class CommandRecords
{
    public static AuditRecord Decided(
        Session session, Intent intent, IntentReading reading, Verdict verdict, Decision decision,
        string? request = null) =>
        Record(
            session, intent, reading, verdict, decision.PolicyVersion,
            [.. decision.Determining.Select(rule => rule.Name)], decision.Explanation.En, request, decision.Notify);

    public static AuditRecord Refused(
        Session session, Intent intent, IntentReading? reading, Refusal refusal, string policyVersion,
        IReadOnlyList<string> notify) =>
        Record(
            session, intent, reading, Verdict.Forbid, policyVersion,
            refusal.Rule is { } rule ? [rule] : [], refusal.Reason.En, refusal.RequestId, notify);

    private static AuditRecord Record(
        Session session, Intent intent, IntentReading? reading, Verdict verdict, string policyVersion,
        IReadOnlyList<string> rules, string reason, string? request, IReadOnlyList<string> notify)
    {
        if (intent.FileOperation is { } operation)
        {
            return new FileOperationRecorded
            {
                Session = session.Id,
                Channel = intent.Context.Channel,
                User = session.Principal,
                Target = session.Target,
                Operation = Words(operation.Kind),
                Path = operation.Path,
                Destination = OptionalText.OrNone(operation.NewPath),
                Verdict = verdict,
                Rules = rules,
                PolicyVersion = policyVersion,
                Reason = reason,
                Request = request,
                Notify = notify.Count > 0 ? notify : null,
                Risk = PolicyQuestion.LevelName(reading?.Risk ?? RiskLevel.Critical),
            };
        }

        return new CommandDecided
        {
            Session = session.Id,
            Channel = intent.Context.Channel,
            User = session.Principal,
            Target = session.Target,
            Account = session.Account,
            Command = intent.Bytes.IsEmpty ? (PeerText)intent.Describe() : new PeerText(intent.Bytes),
            Origin = Origin(intent.Source),
            Certainty = intent.Certainty == Certainty.Exact ? Recorded.Certainty.Exact : Recorded.Certainty.Observed,
            WorkingDirectory = OptionalText.OrNone(intent.WorkingDirectory),
            Effects = reading is null ? null : [.. reading.Effects.Select(EffectOf)],
            Risk = PolicyQuestion.LevelName(reading?.Risk ?? RiskLevel.Critical),
            Opaque = reading?.Opaque ?? true,
            Verdict = verdict,
            Rules = rules,
            PolicyVersion = policyVersion,
            Reason = reason,
            Request = request,
            Notify = notify.Count > 0 ? notify : null,
        };
    }

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

    private static string Origin(IntentSource source) => source switch
    {
        IntentSource.Exec => "exec",
        IntentSource.Shell => "shell",
        IntentSource.ShellLine => "line",
        IntentSource.Subsystem => "subsystem",
        IntentSource.FileOperation => "sftp",
        IntentSource.DirectTcpIp => "direct-tcpip",
        IntentSource.RemoteForward => "tcpip-forward",
        IntentSource.AgentForward => "agent",
        _ => "x11",
    };

    private static string Words(FileOperationKind kind) => kind switch
    {
        FileOperationKind.OpenRead => "open-read",
        FileOperationKind.OpenWrite => "open-write",
        FileOperationKind.OpenTruncate => "open-truncate",
        FileOperationKind.Remove => "remove",
        FileOperationKind.RemoveDirectory => "rmdir",
        FileOperationKind.MakeDirectory => "mkdir",
        FileOperationKind.Rename => "rename",
        FileOperationKind.SetAttributes => "setstat",
        FileOperationKind.Truncate => "truncate",
        FileOperationKind.SymbolicLink => "symlink",
        _ => "link",
    };
}
