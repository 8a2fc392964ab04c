using Bastion.Audit.Canonical;

namespace Bastion.Audit.Records;

public enum Verdict
{
    Permit,
    Require,
    Forbid,
}

/// <summary>How surely the text is what will happen (architecture: "where intents come from").</summary>
public enum Certainty
{
    /// <summary>These bytes and no others are what will run.</summary>
    Exact,

    /// <summary>Read off a terminal: an aid against mistakes, never a boundary.</summary>
    Observed,
}

/// <summary>What a command would do, as the gate judged it.</summary>
/// <param name="Kind">Such as `file.delete`.</param>
/// <param name="Level">`low`, `high` or `critical`.</param>
/// <param name="Objects">Paths, tables, hosts.</param>
/// <param name="Reason">One sentence for people.</param>
public sealed record RecordedEffect(string Kind, string Level, IReadOnlyList<PeerText> Objects, PeerText Reason);

/// <summary>The gate's decision on a command, a line or a statement: durable before its consequence.</summary>
public sealed record CommandDecided : AuditRecord
{
    public override string Kind => "command.decided";

    public required int Channel { get; init; }

    public required PeerText User { get; init; }

    public required PeerText Target { get; init; }

    public required PeerText Account { get; init; }

    /// <summary>The exact bytes. Their SHA-256 always stands in the record, also when the text is too long
    /// to.</summary>
    public required PeerText Command { get; init; }

    /// <summary>Where it came from: `exec`, `shell`, `line`, `guard`, `sql`, …</summary>
    public required string Origin { get; init; }

    public required Certainty Certainty { get; init; }

    public PeerText? WorkingDirectory { get; init; }

    public IReadOnlyList<RecordedEffect>? Effects { get; init; }

    /// <summary>`low`, `high` or `critical`.</summary>
    public required string Risk { get; init; }

    /// <summary>Something in it cannot be known to the gateway.</summary>
    public bool Opaque { get; init; }

    public required Verdict Verdict { get; init; }

    /// <summary>The rules that determined the verdict.</summary>
    public IReadOnlyList<string>? Rules { get; init; }

    public required string PolicyVersion { get; init; }

    public PeerText? Reason { get; init; }

    /// <summary>The approval request, when the verdict is require.</summary>
    public string? Request { get; init; }

    /// <summary>Whom the policy wants told: groups, roles or people.</summary>
    public IReadOnlyList<string>? Notify { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("account", Account);
        fields.Token("certainty", Certainty);
        fields.Number("channel", Channel);
        fields.Text("command", Command);
        fields.Token("commandSha256", Command.Sha256Hex());
        fields.Objects("effects", Effects, WriteEffect);
        fields.Tokens("notify", Notify);
        fields.Flag("opaque", Opaque);
        fields.Token("origin", Origin);
        fields.Token("policyVersion", PolicyVersion);
        fields.Text("reason", Reason);
        fields.Token("request", Request);
        fields.Token("risk", Risk);
        fields.Tokens("rules", Rules);
        fields.Text("target", Target);
        fields.Text("user", User);
        fields.Token("verdict", Verdict);
        fields.Text("workingDirectory", WorkingDirectory);
    }

    private static void WriteEffect(RecordFields fields, RecordedEffect effect)
    {
        fields.Token("kind", effect.Kind);
        fields.Token("level", effect.Level);
        fields.Texts("objects", effect.Objects);
        fields.Text("reason", effect.Reason);
    }
}

/// <summary>The bytes that went to the target after the gate released them.</summary>
public sealed record CommandReleased : AuditRecord
{
    public override string Kind => "command.released";

    public required int Channel { get; init; }

    /// <summary>SHA-256 of the exact bytes, hexadecimal.</summary>
    public required string CommandSha256 { get; init; }

    public string? Request { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Number("channel", Channel);
        fields.Token("commandSha256", CommandSha256);
        fields.Token("request", Request);
    }
}

/// <summary>How a command ended, where the gateway can tell.</summary>
public sealed record CommandEnded : AuditRecord
{
    public override string Kind => "command.ended";

    public required int Channel { get; init; }

    public required string CommandSha256 { get; init; }

    public int? ExitStatus { get; init; }

    /// <summary>`completed`, `failed`, `cancelled`, `unknown`.</summary>
    public required string Outcome { get; init; }

    public long? DurationMilliseconds { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Number("channel", Channel);
        fields.Token("commandSha256", CommandSha256);
        fields.Number("durationMs", DurationMilliseconds);
        fields.Number("exitStatus", ExitStatus);
        fields.Token("outcome", Outcome);
    }
}

/// <summary>An operation on a file by SFTP or scp, with its verdict or, for transfers, with what was moved.</summary>
public sealed record FileOperationRecorded : AuditRecord
{
    public override string Kind => "file.operation";

    public required int Channel { get; init; }

    public required PeerText User { get; init; }

    public required PeerText Target { get; init; }

    /// <summary>`remove`, `rmdir`, `rename`, `open-write`, `open-read`, `setstat`, `put`, `get`, …</summary>
    public required string Operation { get; init; }

    public required PeerText Path { get; init; }

    /// <summary>The new name of a rename, the goal of a link.</summary>
    public PeerText? Destination { get; init; }

    public required Verdict Verdict { get; init; }

    public IReadOnlyList<string>? Rules { get; init; }

    public required string PolicyVersion { get; init; }

    public PeerText? Reason { get; init; }

    public string? Request { get; init; }

    /// <summary>`low`, `high` or `critical`.</summary>
    public string? Risk { get; init; }

    public IReadOnlyList<string>? Notify { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Number("channel", Channel);
        fields.Text("destination", Destination);
        fields.Tokens("notify", Notify);
        fields.Token("operation", Operation);
        fields.Text("path", Path);
        fields.Token("policyVersion", PolicyVersion);
        fields.Text("reason", Reason);
        fields.Token("request", Request);
        fields.Token("risk", Risk);
        fields.Tokens("rules", Rules);
        fields.Text("target", Target);
        fields.Text("user", User);
        fields.Token("verdict", Verdict);
    }
}

/// <summary>A file went through: its length and content digest as the gateway saw them.</summary>
public sealed record FileTransferred : AuditRecord
{
    public override string Kind => "file.transferred";

    public required int Channel { get; init; }

    public required PeerText Path { get; init; }

    /// <summary>True when the client wrote to the target.</summary>
    public required bool ToTarget { get; init; }

    public required long Length { get; init; }

    /// <summary>SHA-256 over the bytes in file order; null when they were not moved in order, once and whole.</summary>
    public string? Sha256 { get; init; }

    public bool Complete { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Number("channel", Channel);
        fields.Flag("complete", Complete);
        fields.Number("length", Length);
        fields.Text("path", Path);
        fields.Token("sha256", Sha256);
        fields.Flag("toTarget", ToTarget);
    }
}
