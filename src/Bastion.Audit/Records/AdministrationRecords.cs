using Bastion.Audit.Canonical;

namespace Bastion.Audit.Records;

public sealed record PolicyLoaded : AuditRecord
{
    public override string Kind => "policy.loaded";

    public required string Version { get; init; }

    public string? PreviousVersion { get; init; }

    public PeerText? By { get; init; }

    public IReadOnlyList<PeerText>? Files { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("by", By);
        fields.Texts("files", Files);
        fields.Token("previousVersion", PreviousVersion);
        fields.Token("version", Version);
    }
}

/// <summary>A policy that did not load; the one before stays in force.</summary>
public sealed record PolicyRejected : AuditRecord
{
    public override string Kind => "policy.rejected";

    /// <summary>The version that stays in force; null when there is none yet.</summary>
    public string? KeptVersion { get; init; }

    public required IReadOnlyList<PeerText> Diagnostics { get; init; }

    public PeerText? By { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("by", By);
        fields.Texts("diagnostics", Diagnostics);
        fields.Token("keptVersion", KeptVersion);
    }
}

public sealed record GatewayStarted : AuditRecord
{
    public override string Kind => "gateway.started";

    public required string Version { get; init; }

    public PeerText? Host { get; init; }

    /// <summary>Fingerprints of the gateway's own host keys.</summary>
    public IReadOnlyList<string>? HostKeys { get; init; }

    /// <summary>The public key that recordings are locked with from here on: whoever brings in another can read
    /// them.</summary>
    public string? RecordingKey { get; init; }

    /// <summary>Public keys of the witnesses that are asked from here on: whoever takes one out leaves a
    /// trace.</summary>
    public IReadOnlyList<string>? Witnesses { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("host", Host);
        fields.Tokens("hostKeys", HostKeys);
        fields.Token("recordingKey", RecordingKey);
        fields.Token("version", Version);
        fields.Tokens("witnesses", Witnesses);
    }
}

public sealed record GatewayStopped : AuditRecord
{
    public override string Kind => "gateway.stopped";

    public required PeerText Reason { get; init; }

    internal override void WriteFields(RecordFields fields) => fields.Text("reason", Reason);
}

/// <summary>
/// The process did not run for a while (stopped, starved, its machine suspended), or somebody set the clock: what two
/// clocks say of the time since the gateway last looked.
/// </summary>
public sealed record GatewayPaused : AuditRecord
{
    public override string Kind => "gateway.paused";

    /// <summary>By the clock that nobody sets, and that may stand still while the machine sleeps.</summary>
    public required long DurationMilliseconds { get; init; }

    /// <summary>By the wall clock; negative when it was set back.</summary>
    public required long ClockMilliseconds { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Number("clockMs", ClockMilliseconds);
        fields.Number("durationMs", DurationMilliseconds);
    }
}

/// <summary>A person, a key, a credential or a setting was changed through the gateway.</summary>
public sealed record AdministrationChanged : AuditRecord
{
    public override string Kind => "administration.changed";

    public required PeerText By { get; init; }

    /// <summary>`user.added`, `totp.enrolled`, `key.removed`, `credential.rotated`, …</summary>
    public required string Action { get; init; }

    public required PeerText Subject { get; init; }

    /// <summary>Never a secret.</summary>
    public PeerText? Detail { get; init; }

    public PeerText? Source { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Token("action", Action);
        fields.Text("by", By);
        fields.Text("detail", Detail);
        fields.Text("source", Source);
        fields.Text("subject", Subject);
    }
}

/// <summary>Somebody looked at evidence: a recording, the journal, an export, a live session.</summary>
public sealed record AuditViewed : AuditRecord
{
    public override string Kind => "audit.viewed";

    public required PeerText Viewer { get; init; }

    /// <summary>`recording`, `journal`, `search`, `live`, `export`, `receipt`.</summary>
    public required string What { get; init; }

    /// <summary>The session that was looked at. (<see cref="AuditRecord.Session"/> is the viewer's own, if
    /// any.)</summary>
    public string? ViewedSession { get; init; }

    public PeerText? Query { get; init; }

    public PeerText? Source { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("query", Query);
        fields.Text("source", Source);
        fields.Token("viewedSession", ViewedSession);
        fields.Text("viewer", Viewer);
        fields.Token("what", What);
    }
}
