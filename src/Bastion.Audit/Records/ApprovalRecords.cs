using Bastion.Audit.Canonical;

namespace Bastion.Audit.Records;

/// <summary>What every record of an approval names: the request.</summary>
public abstract record ApprovalRecord : AuditRecord
{
    public required string Request { get; init; }
}

public sealed record ApprovalRequested : ApprovalRecord
{
    public override string Kind => "approval.requested";

    /// <summary>The requester.</summary>
    public required PeerText User { get; init; }

    public required PeerText Target { get; init; }

    public required PeerText Account { get; init; }

    /// <summary>What would run, exactly.</summary>
    public required PeerText Command { get; init; }

    /// <summary>The groups or people who were asked.</summary>
    public required IReadOnlyList<string> Approvers { get; init; }

    /// <summary>How many different people must agree.</summary>
    public required int Quorum { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>`low`, `medium`, `high` or `critical`.</summary>
    public string? Tier { get; init; }

    /// <summary>SHA-256 of the canonical statement the approvers are asked to confirm, hexadecimal.</summary>
    public string? StatementSha256 { get; init; }

    public IReadOnlyList<string>? Rules { get; init; }

    public string? PolicyVersion { get; init; }

    public PeerText? Reason { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("account", Account);
        fields.Tokens("approvers", Approvers);
        fields.Text("command", Command);
        fields.Token("commandSha256", Command.Sha256Hex());
        fields.Time("expiresAt", ExpiresAt);
        fields.Token("policyVersion", PolicyVersion);
        fields.Number("quorum", Quorum);
        fields.Text("reason", Reason);
        fields.Token("request", Request);
        fields.Tokens("rules", Rules);
        fields.Token("statementSha256", StatementSha256);
        fields.Text("target", Target);
        fields.Token("tier", Tier);
        fields.Text("user", User);
    }
}

public sealed record ApprovalApproved : ApprovalRecord
{
    public override string Kind => "approval.approved";

    public required PeerText Approver { get; init; }

    /// <summary>`totp` proves possession and signs nothing; `passkey` signs the statement.</summary>
    public required string Method { get; init; }

    public PeerText? Source { get; init; }

    public string? StatementSha256 { get; init; }

    /// <summary>For a passkey all that an offline check needs: statement, nonce, key, assertion.</summary>
    public PeerText? Proof { get; init; }

    /// <summary>From asking to deciding.</summary>
    public long? DecisionMilliseconds { get; init; }

    /// <summary>This one completed the quorum.</summary>
    public bool Final { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("approver", Approver);
        fields.Number("decisionMs", DecisionMilliseconds);
        fields.Flag("final", Final);
        fields.Token("method", Method);
        fields.Text("proof", Proof);
        fields.Token("request", Request);
        fields.Text("source", Source);
        fields.Token("statementSha256", StatementSha256);
    }
}

public sealed record ApprovalDenied : ApprovalRecord
{
    public override string Kind => "approval.denied";

    public required PeerText Approver { get; init; }

    public PeerText? Reason { get; init; }

    public PeerText? Source { get; init; }

    public long? DecisionMilliseconds { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("approver", Approver);
        fields.Number("decisionMs", DecisionMilliseconds);
        fields.Text("reason", Reason);
        fields.Token("request", Request);
        fields.Text("source", Source);
    }
}

public sealed record ApprovalExpired : ApprovalRecord
{
    public override string Kind => "approval.expired";

    /// <summary>Nobody decided, or nobody could be reached.</summary>
    public PeerText? Reason { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("reason", Reason);
        fields.Token("request", Request);
    }
}

public sealed record ApprovalWithdrawn : ApprovalRecord
{
    public override string Kind => "approval.withdrawn";

    public PeerText? Reason { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("reason", Reason);
        fields.Token("request", Request);
    }
}

/// <summary>The approval was used, once, for exactly these bytes.</summary>
public sealed record ApprovalConsumed : ApprovalRecord
{
    public override string Kind => "approval.consumed";

    public required string CommandSha256 { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Token("commandSha256", CommandSha256);
        fields.Token("request", Request);
    }
}

public sealed record ApprovalSuperseded : ApprovalRecord
{
    public override string Kind => "approval.superseded";

    /// <summary>The request that took its place.</summary>
    public string? By { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Token("by", By);
        fields.Token("request", Request);
    }
}

/// <summary>A decision that came too late, twice, or from someone who may not: refused, with the reason.</summary>
public sealed record ApprovalRefused : ApprovalRecord
{
    public override string Kind => "approval.refused";

    public required PeerText Approver { get; init; }

    public required PeerText Reason { get; init; }

    public PeerText? Source { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("approver", Approver);
        fields.Text("reason", Reason);
        fields.Token("request", Request);
        fields.Text("source", Source);
    }
}
