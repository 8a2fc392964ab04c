using Bastion.Analysis;
using Bastion.Control.Sessions;
using Bastion.Policy;

namespace Bastion.Control.Gating;

/// <summary>Puts a session's intent into the words of the policy.</summary>
public static class PolicyQuestion
{
    internal static PolicyRequest About(
        Session session, Intent intent, IntentReading reading, int openSessions, ICountSource counts,
        DateTimeOffset now) =>
        new()
        {
            Principal = session.Opening.Principal,
            Target = session.Target,
            Account = session.Account,
            Action = ActionOf(intent),
            Shell = intent.ShellKind,
            Paths = PathsOf(intent),
            Destination = intent.Destination is { } to ? new ForwardDestination(to.Host, to.Port) : null,
            Effects = EffectsOf(reading.Effects),
            Context = ContextOf(session, intent.Context.Reason, openSessions, counts, now),
        };

    /// <summary>What analysis found, in the policy's plain data.</summary>
    public static IReadOnlyList<PolicyEffect> EffectsOf(IReadOnlyList<Effect> effects) => [.. effects.Select(EffectOf)];

    /// <summary>The words the policy, the journal and the statements use.</summary>
    internal static string LevelName(RiskLevel level) => level switch
    {
        RiskLevel.Low => "low",
        RiskLevel.High => "high",
        _ => "critical",
    };

    private static PolicyContext ContextOf(
        Session session, string? reason, int openSessions, ICountSource counts, DateTimeOffset now) =>
        new()
        {
            Time = now,
            Source = session.Client.Address,
            Login = session.Opening.Login,
            Reason = reason ?? session.Opening.Reason,
            Coverage = session.Coverage.Share,
            OpenSessions = openSessions,
            SessionTargets = [session.Target],
            Ticket = TicketNumber.In(reason ?? session.Opening.Reason),
            ActiveGrants = session.ActiveGrants,
            AwaitsOpening = session.AwaitsOpening,
            Counts = counts,
        };

    private static PolicyAction ActionOf(Intent intent) => intent.Source switch
    {
        IntentSource.Exec => PolicyAction.Exec,
        IntentSource.Shell or IntentSource.ShellLine => PolicyAction.Shell,
        IntentSource.FileOperation => ActionOf(intent.FileOperation!.Kind),
        IntentSource.Subsystem => PolicyAction.Connect,
        IntentSource.DirectTcpIp => PolicyAction.Forward,
        IntentSource.RemoteForward => PolicyAction.RemoteForward,
        IntentSource.AgentForward => PolicyAction.Agent,
        IntentSource.X11Forward => PolicyAction.X11,
        _ => throw new InvalidOperationException($"no policy action is named for {intent.Source}"),
    };

    private static PolicyAction ActionOf(FileOperationKind kind) => kind switch
    {
        FileOperationKind.OpenRead => PolicyAction.SftpRead,
        FileOperationKind.Remove or FileOperationKind.RemoveDirectory => PolicyAction.SftpDelete,
        _ => PolicyAction.SftpWrite,
    };

    private static IReadOnlyList<string> PathsOf(Intent intent) => intent.FileOperation switch
    {
        null => [],
        { NewPath: { } to, Path: var from } => [from, to],
        { Path: var path } => [path],
    };

    public static PolicyEffect EffectOf(Effect effect) => new(
        effect.Kind.Name(),
        effect.Level switch
        {
            RiskLevel.Low => EffectLevel.Low,
            RiskLevel.High => EffectLevel.High,
            _ => EffectLevel.Critical,
        },
        [.. effect.Objects.Select(touched => new PolicyObject(
            touched.Kind.ToString().ToLowerInvariant(), touched.Text, touched.Known))]);
}
