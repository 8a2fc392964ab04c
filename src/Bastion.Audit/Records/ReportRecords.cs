using Bastion.Audit.Canonical;
using Bastion.Audit.Reports;

namespace Bastion.Audit.Records;

/// <summary>A report was made and signed.</summary>
public sealed record ReportMade : AuditRecord
{
    public override string Kind => "report.made";

    public required string Id { get; init; }

    /// <summary>`daily`, `weekly`, `monthly` or `asked`.</summary>
    public required string Cadence { get; init; }

    public required DateTimeOffset From { get; init; }

    public required DateTimeOffset To { get; init; }

    /// <summary>Whoever asked for it; null when the clock did.</summary>
    public PeerText? By { get; init; }

    /// <summary>The files, with the digests that the note signs.</summary>
    public required IReadOnlyList<ReportFile> Files { get; init; }

    /// <summary>SHA-256 of the signed note, hexadecimal.</summary>
    public required string NoteSha256 { get; init; }

    /// <summary>Did the journal hold?</summary>
    public required bool Holds { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("by", By);
        fields.Token("cadence", Cadence);
        fields.Objects("files", Files, static (each, file) =>
        {
            each.Token("name", file.Name);
            each.Token("sha256", file.Sha256);
        });
        fields.Time("from", From);
        fields.Flag("holds", Holds);
        fields.Token("id", Id);
        fields.Token("noteSha256", NoteSha256);
        fields.Time("to", To);
    }
}

/// <summary>A report or notice reached a mail server or a webhook.</summary>
public sealed record DeliverySucceeded : AuditRecord
{
    public override string Kind => "delivery.succeeded";

    /// <summary>The report's or notice's identifier.</summary>
    public required string Message { get; init; }

    /// <summary>`mail` or `webhook`.</summary>
    public required string Channel { get; init; }

    /// <summary>The address, or the webhook's host.</summary>
    public required PeerText Recipient { get; init; }

    public required int Tries { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Token("means", Channel);
        fields.Token("message", Message);
        fields.Text("recipient", Recipient);
        fields.Number("tries", Tries);
    }
}

/// <summary>It did not, this time or for good.</summary>
public sealed record DeliveryFailed : AuditRecord
{
    public override string Kind => "delivery.failed";

    public required string Message { get; init; }

    public required string Channel { get; init; }

    public required PeerText Recipient { get; init; }

    public required int Tries { get; init; }

    public required PeerText Reason { get; init; }

    /// <summary>It is not tried again.</summary>
    public required bool Final { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Flag("final", Final);
        fields.Token("means", Channel);
        fields.Token("message", Message);
        fields.Text("reason", Reason);
        fields.Text("recipient", Recipient);
        fields.Number("tries", Tries);
    }
}

/// <summary>Something unusual, by a rule anybody can check against the records it names.</summary>
public sealed record AnomalyFlagged : AuditRecord
{
    public override string Kind => "anomaly.flagged";

    /// <summary>The rule's name, such as `first-time-on-target`.</summary>
    public required string Rule { get; init; }

    /// <summary>Whom it is about.</summary>
    public required PeerText Subject { get; init; }

    /// <summary>The target, the network, the other approver.</summary>
    public PeerText? Object { get; init; }

    /// <summary>One sentence for people.</summary>
    public required PeerText Reason { get; init; }

    /// <summary>Sequences of the records it rests on, ascending.</summary>
    public required IReadOnlyList<long> Evidence { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Numbers("evidence", Evidence);
        fields.Text("object", Object);
        fields.Text("reason", Reason);
        fields.Token("rule", Rule);
        fields.Text("subject", Subject);
    }
}
