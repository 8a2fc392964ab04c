using Bastion.Audit.Canonical;

namespace Bastion.Audit.Records;

/// <summary>A witness refused the journal's head, does not answer, or cosigns again.</summary>
public sealed record WitnessChanged : AuditRecord
{
    public override string Kind => "witness.changed";

    /// <summary>Its public key, as the configuration has it.</summary>
    public required string Witness { get; init; }

    /// <summary>`refused`: it has seen another history of this journal. `failing`, `cosigning`.</summary>
    public required string State { get; init; }

    public PeerText? Detail { get; init; }

    /// <summary>Records under the newest checkpoint that it cosigned.</summary>
    public required long Position { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("detail", Detail);
        fields.Number("position", Position);
        fields.Token("state", State);
        fields.Token("witness", Witness);
    }
}
