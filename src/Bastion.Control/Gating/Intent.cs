using System.Text;
using Bastion.Analysis;
using Bastion.Analysis.Terminal;
using Bastion.Policy;

namespace Bastion.Control.Gating;

/// <summary>
/// Something a client asks of a target, before anything of it has happened. Immutable; its bytes are a private copy, so
/// what is judged, approved and released cannot be changed by whoever made it. Made only by the named factories.
/// </summary>
public sealed class Intent
{
    /// <summary>
    /// In bytes; the longest command line or path that is looked at. Longer ones are refused by the gate, never cut.
    /// It is Linux's limit for one argument (MAX_ARG_STRLEN), so no exec that a target could run is lost.
    /// </summary>
    public const int MaximumLength = 128 * 1024;

    private Intent(
        IntentSource source,
        Certainty certainty,
        ReadOnlySpan<byte> bytes,
        IntentContext context,
        bool standardInputIsCode = false,
        ShellKind shellKind = ShellKind.None,
        FileOperation? fileOperation = null,
        Destination? destination = null,
        ObservedLine? observed = null)
    {
        Source = source;
        Certainty = certainty;
        Bytes = bytes.ToArray();
        Context = context;
        StandardInputIsCode = standardInputIsCode;
        ShellKind = shellKind;
        FileOperation = fileOperation;
        Destination = destination;
        Observed = observed;
        Text = Encoding.UTF8.GetString(bytes);
        Digest = IntentDigest.Of(this);
    }

    public IntentSource Source { get; }

    public Certainty Certainty { get; }

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
    public bool StandardInputIsCode { get; }

    /// <summary>Which shell is asked for or was typed in; <see cref="ShellKind.None"/> for everything else.</summary>
    public ShellKind ShellKind { get; }

    /// <summary>Set exactly for <see cref="IntentSource.FileOperation"/>.</summary>
    public FileOperation? FileOperation { get; }

    /// <summary>Set for the forwards.</summary>
    public Destination? Destination { get; }

    /// <summary>Set for a line that was read off a terminal: every way in which it may have to be understood.</summary>
    public ObservedLine? Observed { get; }

    public IntentDigest Digest { get; }

    public static Intent Exec(ReadOnlySpan<byte> command, IntentContext context, bool standardInputIsCode = false) =>
        new(IntentSource.Exec, Certainty.Exact, command, context, standardInputIsCode);

    public static Intent Shell(ShellKind kind, IntentContext context) =>
        new(IntentSource.Shell, Certainty.Exact, [], context, shellKind: kind);

    /// <param name="line">The line without the key that ends it.</param>
    /// <param name="shell">What kind of shell it was typed in; a line of an observed one is only observed.</param>
    public static Intent ShellLine(ReadOnlySpan<byte> line, ShellKind shell, IntentContext context) =>
        new(
            IntentSource.ShellLine,
            shell is ShellKind.Line or ShellKind.Guarded ? Certainty.Exact : Certainty.Observed,
            line,
            context,
            shellKind: shell);

    /// <summary>A line of an observed shell, as its terminal showed it when the key that submits it was
    /// pressed.</summary>
    public static Intent ShellLine(ObservedLine line, IntentContext context) =>
        new(
            IntentSource.ShellLine,
            Certainty.Observed,
            Encoding.UTF8.GetBytes(line.Text),
            context,
            shellKind: ShellKind.Observed,
            observed: line);

    public static Intent Subsystem(string name, IntentContext context) =>
        new(IntentSource.Subsystem, Certainty.Exact, Encoding.UTF8.GetBytes(name), context);

    /// <param name="packet">The SFTP packet from its type byte on.</param>
    public static Intent File(FileOperation operation, ReadOnlySpan<byte> packet, IntentContext context) =>
        new(IntentSource.FileOperation, Certainty.Exact, packet, context, fileOperation: operation);

    public static Intent DirectTcpIp(Destination destination, IntentContext context) =>
        Forward(IntentSource.DirectTcpIp, destination, context);

    /// <param name="listen">Where the target is asked to listen.</param>
    public static Intent RemoteForward(Destination listen, IntentContext context) =>
        Forward(IntentSource.RemoteForward, listen, context);

    public static Intent AgentForward(IntentContext context) =>
        new(IntentSource.AgentForward, Certainty.Exact, [], context);

    public static Intent X11Forward(IntentContext context) =>
        new(IntentSource.X11Forward, Certainty.Exact, [], context);

    /// <summary>What the intent is, in one line for people and records: the command, the operation or the
    /// destination.</summary>
    public string Describe() => this switch
    {
        { FileOperation: { NewPath: { } to } operation } => $"sftp {Words(operation.Kind)} {operation.Path} -> {to}",
        { FileOperation: { } operation } => $"sftp {Words(operation.Kind)} {operation.Path}",
        { Source: IntentSource.DirectTcpIp, Destination: { } to } => $"connect to {to}",
        { Source: IntentSource.RemoteForward, Destination: { } at } => $"listen at {at}",
        { Source: IntentSource.AgentForward } => "use the client's agent",
        { Source: IntentSource.X11Forward } => "use the client's X display",
        { Source: IntentSource.Shell } => "open a shell",
        { Source: IntentSource.Subsystem } => $"subsystem {Text}",
        _ => Text,
    };

    private static Intent Forward(IntentSource source, Destination destination, IntentContext context) =>
        new(source, Certainty.Exact, Encoding.UTF8.GetBytes(destination.ToString()), context, destination: destination);

    private static string Words(FileOperationKind kind) => kind switch
    {
        FileOperationKind.OpenRead => "read",
        FileOperationKind.OpenWrite => "write",
        FileOperationKind.OpenTruncate => "overwrite",
        FileOperationKind.Remove => "remove",
        FileOperationKind.RemoveDirectory => "rmdir",
        FileOperationKind.MakeDirectory => "mkdir",
        FileOperationKind.Rename => "rename",
        FileOperationKind.SetAttributes => "setstat",
        FileOperationKind.Truncate => "truncate",
        FileOperationKind.SymbolicLink => "symlink",
        FileOperationKind.HardLink => "link",
        _ => kind.ToString(),
    };
}

/// <summary>Where an intent arose.</summary>
/// <param name="Channel">The number of the channel within the session, as evidence names it.</param>
/// <param name="WorkingDirectory">On the target, when the gateway knows it.</param>
/// <param name="Reason">What the requester said it is for: <c>BASTION_REASON</c>, or asked at the terminal.</param>
/// <param name="HasTerminal">Somebody sits at a terminal and can read and answer.</param>
public sealed record IntentContext(
    int Channel, string? WorkingDirectory = null, string? Reason = null, bool HasTerminal = false);

public sealed record Destination(string Host, int Port)
{
    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
