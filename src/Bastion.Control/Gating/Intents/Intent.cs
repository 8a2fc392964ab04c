using System.Text;
using Bastion.Analysis;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Policy;

namespace Bastion.Control.Gating.Intents;

/// <summary>
/// Something a client asks of a target, before anything of it has happened. Immutable; its bytes are a private copy, so
/// what is judged, approved and released cannot be changed by whoever made it. A closed family: each kind says here
/// everything that sets it apart, and a new one does not compile before it has said all of it.
/// </summary>
public abstract class Intent
{
    /// <summary>
    /// In bytes; the longest command line or path that is looked at. Longer ones are refused by the gate, never cut.
    /// It is Linux's limit for one argument (MAX_ARG_STRLEN), so no exec that a target could run is lost.
    /// </summary>
    public const int MaximumLength = 128 * 1024;

    private IntentDigest? _digest;

    private protected Intent(ReadOnlySpan<byte> bytes, IntentContext context)
    {
        Bytes = bytes.ToArray();
        Text = Encoding.UTF8.GetString(bytes);
        Context = context;
    }

    /// <summary>How it came to the gateway: one word, as records and pages show it.</summary>
    public abstract string Origin { get; }

    public virtual Certainty Certainty => Certainty.Exact;

    /// <summary>Exactly what would be sent on to the target.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>
    /// <see cref="Bytes"/> as text for analysis and for people, with U+FFFD for what is not UTF-8. Not escaped: whoever
    /// shows it escapes it.
    /// </summary>
    public string Text { get; }

    public IntentContext Context { get; }

    public string? WorkingDirectory => Context.WorkingDirectory;

    /// <summary>The program reads its commands from standard input, which nobody has seen: <c>sh -s</c>,
    /// <c>psql</c>.</summary>
    public virtual bool StandardInputIsCode => false;

    /// <summary>What is approved: everything that makes this intent differ from another.</summary>
    public IntentDigest Digest => _digest ??= IntentDigest.Of(this);

    /// <summary>What the intent is, in one line for people and records: the command, the operation or the
    /// destination.</summary>
    public abstract string Describe();

    /// <summary>The same act with a reason that was given later. It is no other act: the digest stays.</summary>
    public Intent WithReason(string reason) => CopyWith(Context with { Reason = reason });

    /// <summary>What the policy calls it.</summary>
    internal abstract PolicyAction Action { get; }

    /// <summary>Which shell is asked for or was typed in.</summary>
    internal virtual ShellKind Shell => ShellKind.None;

    /// <summary>Paths that a grant may be limited to.</summary>
    internal virtual IReadOnlyList<string> Paths => [];

    /// <summary>Where a connection would go or be taken.</summary>
    internal virtual ForwardDestination? Destination => null;

    /// <summary>What it would do, as far as that can be known from here.</summary>
    internal abstract IntentReading Read(Analyzer analyzer);

    /// <summary>Whether it is refused before anybody reads it, and why; null when it is not.</summary>
    internal virtual Refusal? RefusedAtOnce(IReadOnlySet<PolicyAction> granted) => null;

    /// <summary>How the journal has the decision on it.</summary>
    internal virtual AuditRecord Record(IntentDecision decision) => CommandRecords.Command(this, decision);

    /// <summary>What sets it apart beside its kind, certainty, bytes and directory.</summary>
    internal virtual byte[] Distinction => [];

    private protected abstract Intent CopyWith(IntentContext context);
}

/// <summary>Where an intent arose.</summary>
/// <param name="Channel">The number of the channel within the session, as evidence names it.</param>
/// <param name="WorkingDirectory">On the target, when the gateway knows it.</param>
/// <param name="Reason">What the requester said it is for: <c>BASTION_REASON</c>, or asked at the terminal.</param>
/// <param name="HasTerminal">Somebody sits at a terminal and can read and answer.</param>
public sealed record IntentContext(
    int Channel, string? WorkingDirectory = null, string? Reason = null, bool HasTerminal = false);
