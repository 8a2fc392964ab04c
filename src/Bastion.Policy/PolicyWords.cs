namespace Bastion.Policy;

/// <summary>The words policy files use for what the code calls by enum.</summary>
public static class PolicyWords
{
    /// <summary>Every kind of effect a rule can name.</summary>
    public static IReadOnlyList<string> EffectKinds => Values.EffectWords.Kinds;

    /// <summary>Every kind of object a rule can name.</summary>
    public static IReadOnlyList<string> ObjectKinds => Values.EffectWords.ObjectKinds;

    public static string Of(PolicyAction action) => action switch
    {
        PolicyAction.Connect => "connect",
        PolicyAction.Exec => "exec",
        PolicyAction.Shell => "shell",
        PolicyAction.SftpRead => "sftp.read",
        PolicyAction.SftpWrite => "sftp.write",
        PolicyAction.SftpDelete => "sftp.delete",
        PolicyAction.Forward => "forward",
        PolicyAction.RemoteForward => "remote-forward",
        PolicyAction.Agent => "agent",
        PolicyAction.X11 => "x11",
        PolicyAction.Database => "database",
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, "not an action"),
    };

    public static string Of(ShellKind shell) => shell switch
    {
        ShellKind.None => "none",
        ShellKind.Guarded => "guarded",
        ShellKind.Line => "line",
        ShellKind.Observed => "observed",
        _ => throw new ArgumentOutOfRangeException(nameof(shell), shell, "not a kind of shell"),
    };

    public static string Of(Tier tier) => tier switch
    {
        Tier.Low => "low",
        Tier.Medium => "medium",
        Tier.High => "high",
        Tier.Critical => "critical",
        _ => throw new ArgumentOutOfRangeException(nameof(tier), tier, "not a tier"),
    };

    public static string Of(Outcome outcome) => outcome switch
    {
        Outcome.Permit => "permit",
        Outcome.Require => "require",
        Outcome.Forbid => "forbid",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "not an outcome"),
    };

    public static string Of(EffectLevel level) => level switch
    {
        EffectLevel.Low => "low",
        EffectLevel.Medium => "medium",
        EffectLevel.High => "high",
        EffectLevel.Critical => "critical",
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "not a level"),
    };
}
