using Bastion.Audit.Canonical;

namespace Bastion.Audit.Records;

/// <summary>The copies that leave the gateway fell behind, were refused, or go on again: a control that failed is
/// evidence.</summary>
public sealed record ShippingChanged : AuditRecord
{
    public override string Kind => "shipping.changed";

    /// <summary>The destination's name in the configuration.</summary>
    public required string Destination { get; init; }

    /// <summary>`failing`, `recovered`, `parked` when records were refused for good and set aside, or `resent` when a
    /// person had those sent again.</summary>
    public required string State { get; init; }

    public PeerText? Detail { get; init; }

    /// <summary>How many records are shipped; the next one's sequence.</summary>
    public required long Position { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Token("destination", Destination);
        fields.Text("detail", Detail);
        fields.Number("position", Position);
        fields.Token("state", State);
    }
}
