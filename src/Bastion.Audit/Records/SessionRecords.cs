using Bastion.Audit.Canonical;

namespace Bastion.Audit.Records;

public sealed record SessionStarted : AuditRecord
{
    public override string Kind => "session.started";

    public required PeerText User { get; init; }

    public required PeerText Source { get; init; }

    public required PeerText Target { get; init; }

    /// <summary>The login on the target.</summary>
    public required PeerText Account { get; init; }

    /// <summary>`guarded`, `line`, `observed` or `none`.</summary>
    public string? ShellKind { get; init; }

    /// <summary>The version of the policy that let the session start.</summary>
    public required string PolicyVersion { get; init; }

    /// <summary>The grants that let it start.</summary>
    public IReadOnlyList<string>? Grants { get; init; }

    public PeerText? Client { get; init; }

    /// <summary>Fingerprint of the target's host key as it was checked.</summary>
    public string? TargetHostKey { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("account", Account);
        fields.Text("client", Client);
        fields.Tokens("grants", Grants);
        fields.Token("hostKey", TargetHostKey);
        fields.Token("policyVersion", PolicyVersion);
        fields.Token("shell", ShellKind);
        fields.Text("source", Source);
        fields.Text("target", Target);
        fields.Text("user", User);
    }
}

public sealed record SessionEnded : AuditRecord
{
    public override string Kind => "session.ended";

    /// <summary>How it ended: `client-closed`, `target-closed`, `terminated`, `idle`, `recording-failed`, …</summary>
    public required string Outcome { get; init; }

    public PeerText? Detail { get; init; }

    /// <summary>Who ended it, when a person did.</summary>
    public PeerText? By { get; init; }

    public long? DurationMilliseconds { get; init; }

    /// <summary>Share of what was run that the gateway understood, in percent (0 to 100).</summary>
    public int? CoveragePercent { get; init; }

    public long? BytesToTarget { get; init; }

    public long? BytesToClient { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("by", By);
        fields.Number("bytesToClient", BytesToClient);
        fields.Number("bytesToTarget", BytesToTarget);
        fields.Number("coveragePercent", CoveragePercent);
        fields.Text("detail", Detail);
        fields.Number("durationMs", DurationMilliseconds);
        fields.Token("outcome", Outcome);
    }
}

/// <summary>Written at the next start for a session that has no end: the process was killed or the machine went
/// down.</summary>
public sealed record SessionInterrupted : AuditRecord
{
    public override string Kind => "session.interrupted";

    /// <summary>Size of the journal found at the start that noticed it.</summary>
    public required long FoundAtSize { get; init; }

    internal override void WriteFields(RecordFields fields) => fields.Number("foundAtSize", FoundAtSize);
}

public sealed record ChannelOpened : AuditRecord
{
    public override string Kind => "channel.opened";

    public required int Channel { get; init; }

    /// <summary>SSH channel type: `session`, `direct-tcpip`, …</summary>
    public required string Type { get; init; }

    /// <summary>What the channel is used for: `exec`, `shell`, `sftp`, `subsystem`, `forward`; null while not
    /// known.</summary>
    public string? Use { get; init; }

    /// <summary>Host and port of a forward, name of a subsystem.</summary>
    public PeerText? Destination { get; init; }

    public bool? Terminal { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Number("channel", Channel);
        fields.Text("destination", Destination);
        fields.Flag("terminal", Terminal);
        fields.Token("type", Type);
        fields.Token("use", Use);
    }
}

public sealed record ChannelRefused : AuditRecord
{
    public override string Kind => "channel.refused";

    public required PeerText Type { get; init; }

    public required PeerText Reason { get; init; }

    public PeerText? Destination { get; init; }

    public string? Rule { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("destination", Destination);
        fields.Text("reason", Reason);
        fields.Token("rule", Rule);
        fields.Text("type", Type);
    }
}

/// <summary>The end of a channel, with what went through it. Digests are SHA-256 in hexadecimal over all bytes of that
/// way.</summary>
public sealed record ChannelEnded : AuditRecord
{
    public override string Kind => "channel.ended";

    public required int Channel { get; init; }

    public int? ExitStatus { get; init; }

    /// <summary>Name of the signal, without `SIG`.</summary>
    public string? ExitSignal { get; init; }

    public long? BytesToTarget { get; init; }

    public long? BytesToClient { get; init; }

    public string? Sha256ToTarget { get; init; }

    public string? Sha256ToClient { get; init; }

    /// <summary>Part of the channel could not be understood by the gateway.</summary>
    public bool? Opaque { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Number("bytesToClient", BytesToClient);
        fields.Number("bytesToTarget", BytesToTarget);
        fields.Number("channel", Channel);
        fields.Token("exitSignal", ExitSignal);
        fields.Number("exitStatus", ExitStatus);
        fields.Flag("opaque", Opaque);
        fields.Token("sha256ToClient", Sha256ToClient);
        fields.Token("sha256ToTarget", Sha256ToTarget);
    }
}

/// <summary>Something was refused outside a command: an unknown target, a request type, a route, a peer out of
/// protocol.</summary>
public sealed record RequestRefused : AuditRecord
{
    public override string Kind => "request.refused";

    /// <summary>What was asked: `target`, `channel-request`, `global-request`, `connection`, `web-route`, …</summary>
    public required string What { get; init; }

    public required PeerText Reason { get; init; }

    public PeerText? User { get; init; }

    public PeerText? Source { get; init; }

    /// <summary>The thing itself: a target name, a request name, a path.</summary>
    public PeerText? Subject { get; init; }

    public int? Channel { get; init; }

    public string? Rule { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Number("channel", Channel);
        fields.Text("reason", Reason);
        fields.Token("rule", Rule);
        fields.Text("source", Source);
        fields.Text("subject", Subject);
        fields.Text("user", User);
        fields.Token("what", What);
    }
}
