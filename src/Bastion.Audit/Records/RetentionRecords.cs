using Bastion.Audit.Canonical;

namespace Bastion.Audit.Records;

/// <summary>How long recordings are kept, as the gateway was told at its start.</summary>
public sealed record RetentionStated : AuditRecord
{
    public override string Kind => "retention.stated";

    public required int Days { get; init; }

    /// <summary>Why it is shorter than what needs no reason, in the words of <see cref="By"/>.</summary>
    public PeerText? Reason { get; init; }

    /// <summary>The security administrator who gave the reason.</summary>
    public PeerText? By { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("by", By);
        fields.Number("days", Days);
        fields.Text("reason", Reason);
    }
}

/// <summary>Recordings that are not to be deleted until this is lifted, whatever their age. Exactly one of its scopes
/// is set.</summary>
public sealed record HoldPlaced : AuditRecord
{
    public override string Kind => "hold.placed";

    public required string Hold { get; init; }

    public required PeerText By { get; init; }

    public required PeerText Reason { get; init; }

    public PeerText? Source { get; init; }

    /// <summary>One session. (<see cref="AuditRecord.Session"/> is not it: a hold belongs to none.)</summary>
    public string? HeldSession { get; init; }

    /// <summary>Every session of this person.</summary>
    public PeerText? User { get; init; }

    /// <summary>Every session on this target.</summary>
    public PeerText? Target { get; init; }

    /// <summary>Every session.</summary>
    public bool? Everything { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("by", By);
        fields.Flag("everything", Everything);
        fields.Token("heldSession", HeldSession);
        fields.Token("hold", Hold);
        fields.Text("reason", Reason);
        fields.Text("source", Source);
        fields.Text("target", Target);
        fields.Text("user", User);
    }
}

public sealed record HoldLifted : AuditRecord
{
    public override string Kind => "hold.lifted";

    public required string Hold { get; init; }

    public required PeerText By { get; init; }

    public required PeerText Reason { get; init; }

    public PeerText? Source { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("by", By);
        fields.Token("hold", Hold);
        fields.Text("reason", Reason);
        fields.Text("source", Source);
    }
}
