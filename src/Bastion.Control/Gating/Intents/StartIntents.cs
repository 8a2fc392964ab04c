using System.Text;
using Bastion.Analysis;
using Bastion.Policy;

namespace Bastion.Control.Gating.Intents;

/// <summary>How something is started on a session channel (RFC 4254 section 6.5).</summary>
public enum StartKind
{
    Exec,
    Shell,
    Subsystem,
}

/// <summary>What starts something on a session channel: one of the three that SSH has.</summary>
public abstract class StartIntent : Intent
{
    private protected StartIntent(ReadOnlySpan<byte> bytes, IntentContext context)
        : base(bytes, context)
    {
    }

    /// <summary>As what the target is asked to start it.</summary>
    public abstract StartKind Kind { get; }
}

/// <summary>An exec request: one whole command line before anything runs.</summary>
public sealed class ExecIntent(ReadOnlySpan<byte> command, IntentContext context) : StartIntent(command, context)
{
    public override string Origin => "exec";

    public override StartKind Kind => StartKind.Exec;

    internal override PolicyAction Action => PolicyAction.Exec;

    public override string Describe() => Text;

    internal override IntentReading Read(Analyzer analyzer) =>
        IntentReading.OfShellText(this, analyzer, mayContinue: false);

    private protected override Intent CopyWith(IntentContext context) => new ExecIntent(Bytes.Span, context);
}

/// <summary>
/// A shell that takes its commands from standard input, without a terminal: what runs in it nobody has seen, so it is
/// judged as an exec of the account's shell. The target is asked for a shell, as the client did.
/// </summary>
public sealed class ShellOnInputIntent(IntentContext context) : StartIntent(Command, context)
{
    private static ReadOnlySpan<byte> Command => "exec $SHELL -l"u8;

    public override string Origin => "exec";

    public override StartKind Kind => StartKind.Shell;

    public override bool StandardInputIsCode => true;

    internal override PolicyAction Action => PolicyAction.Exec;

    internal override byte[] Distinction => [(byte)1];

    public override string Describe() => "a shell that reads its commands from standard input";

    internal override IntentReading Read(Analyzer analyzer) =>
        IntentReading.OfShellText(this, analyzer, mayContinue: false);

    private protected override Intent CopyWith(IntentContext context) => new ShellOnInputIntent(context);
}

/// <summary>An interactive shell is asked for; its lines are intents of their own.</summary>
public sealed class ShellIntent(ShellKind shell, IntentContext context) : StartIntent([], context)
{
    public override string Origin => "shell";

    public override StartKind Kind => StartKind.Shell;

    internal override PolicyAction Action => PolicyAction.Shell;

    internal override ShellKind Shell => shell;

    internal override byte[] Distinction => [(byte)shell];

    public override string Describe() => "open a shell";

    /// <summary>What a policy may name and this gateway has not is refused, never replaced by something
    /// weaker.</summary>
    internal override Refusal? RefusedAtOnce(IReadOnlySet<PolicyAction> granted) => shell switch
    {
        ShellKind.Line or ShellKind.Guarded => Refusals.NoSuchShell(shell),
        ShellKind.None or ShellKind.Observed => null,
    };

    internal override IntentReading Read(Analyzer analyzer) => IntentReading.Nothing;

    private protected override Intent CopyWith(IntentContext context) => new ShellIntent(shell, context);
}

/// <summary>A subsystem by name, such as <c>sftp</c>; its operations are intents of their own.</summary>
public sealed class SubsystemIntent(string name, IntentContext context)
    : StartIntent(Encoding.UTF8.GetBytes(name), context)
{
    /// <summary>The one that is offered: the gateway reads what it carries.</summary>
    public const string Sftp = "sftp";

    public override string Origin => "subsystem";

    public override StartKind Kind => StartKind.Subsystem;

    internal override PolicyAction Action => PolicyAction.Connect;

    public override string Describe() => $"subsystem {Text}";

    internal override IntentReading Read(Analyzer analyzer) => IntentReading.Nothing;

    internal override Refusal? RefusedAtOnce(IReadOnlySet<PolicyAction> granted)
    {
        if (Text != Sftp)
        {
            return Refusals.UnknownSubsystem(Text);
        }

        return granted.Contains(PolicyAction.SftpRead) || granted.Contains(PolicyAction.SftpWrite)
            || granted.Contains(PolicyAction.SftpDelete)
                ? null
                : Refusals.SftpNotGranted();
    }

    private protected override Intent CopyWith(IntentContext context) => new SubsystemIntent(Text, context);
}
