using Bastion.Analysis;
using Bastion.Control.Gating.Intents;
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
            Action = intent.Action,
            Shell = intent.Shell,
            Paths = intent.Paths,
            Destination = intent.Destination,
            Effects = EffectsOf(reading.Effects),
            Context = ContextOf(session, intent.Context.Reason, openSessions, counts, now),
        };

    /// <summary>What analysis found, in the policy's plain data.</summary>
    public static IReadOnlyList<PolicyEffect> EffectsOf(IReadOnlyList<Effect> effects) => [.. effects.Select(EffectOf)];

    /// <summary>The words the policy, the journal and the statements use.</summary>
    internal static string LevelName(RiskLevel level) => level switch
    {
        RiskLevel.Low => "low",
        RiskLevel.Medium => "medium",
        RiskLevel.High => "high",
        RiskLevel.Critical => "critical",
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

    public static PolicyEffect EffectOf(Effect effect) => new(
        effect.Kind.Name(),
        effect.Level switch
        {
            RiskLevel.Low => EffectLevel.Low,
            RiskLevel.Medium => EffectLevel.Medium,
            RiskLevel.High => EffectLevel.High,
            RiskLevel.Critical => EffectLevel.Critical,
        },
        [.. effect.Objects.Select(touched => new PolicyObject(
            touched.Kind.ToString().ToLowerInvariant(), touched.Text, touched.Known))]);
}
