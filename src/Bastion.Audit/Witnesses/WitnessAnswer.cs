using Bastion.Audit.Notes;

namespace Bastion.Audit.Witnesses;

/// <summary>What a witness makes of a checkpoint. The values are the HTTP statuses of C2SP tlog-witness.</summary>
public enum WitnessVerdict
{
    Cosigned = 200,

    /// <summary>The request is not of the protocol's form, or its old size is larger than its new one.</summary>
    Malformed = 400,

    /// <summary>None of the log's keys signed it.</summary>
    NotSigned = 403,

    /// <summary>The witness watches no log of this name.</summary>
    UnknownLog = 404,

    /// <summary>The witness holds a checkpoint of another size, or another root of the same size.</summary>
    Conflict = 409,

    /// <summary>The new tree does not begin with the one that the witness has seen.</summary>
    Inconsistent = 422,
}

/// <param name="Verdict">Only <see cref="WitnessVerdict.Cosigned"/> comes with a cosignature.</param>
/// <param name="Size">Records under the checkpoint that the witness holds now; 0 for none.</param>
/// <param name="Cosignature">The witness's word for the checkpoint.</param>
/// <param name="Objection">Why not, one line for the people who run the witness.</param>
/// <param name="Proves">The refused checkpoint is signed by the log and contradicts one that it signed before.</param>
public sealed record WitnessAnswer(
    WitnessVerdict Verdict, long Size, NoteSignature? Cosignature = null, string? Objection = null,
    bool Proves = false);
