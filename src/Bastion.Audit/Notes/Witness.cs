using Bastion.Audit.Merkle;

namespace Bastion.Audit.Notes;

/// <summary>The checkpoint does not extend the one the witness holds: the log was cut, rolled back or forked.</summary>
public sealed class WitnessRefusedException(string message) : Exception(message);

/// <summary>
/// Watches one log from another machine: it cosigns a checkpoint only when the tree it has seen before is its beginning.
/// Whoever holds a cosigned checkpoint knows that no other history was shown to the witness.
/// </summary>
/// <param name="logKey">The key of the log.</param>
/// <param name="signer">The witness's own key, of type cosignature, used for nothing else.</param>
/// <param name="timeProvider">Dates the cosignatures.</param>
/// <param name="seen">The newest checkpoint from an earlier run, or null. The caller keeps <see cref="Seen"/> durably before it hands a cosignature out.</param>
public sealed class Witness(NoteVerifierKey logKey, INoteSigner signer, TimeProvider timeProvider, Checkpoint? seen = null)
{
    private readonly Lock gate = new();

    public Checkpoint? Seen { get; private set; } = seen;

    /// <param name="checkpoint">The new head.</param>
    /// <param name="consistency">Proof from the size of <see cref="Seen"/>; empty when there is none.</param>
    /// <exception cref="WitnessRefusedException">The checkpoint must not be believed.</exception>
    public NoteSignature Cosign(Checkpoint checkpoint, IReadOnlyList<byte[]> consistency)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        lock (gate)
        {
            if (!checkpoint.Note.IsSignedBy(logKey) || checkpoint.Origin != logKey.Name)
            {
                throw new WitnessRefusedException($"the checkpoint is not signed by `{logKey}`");
            }
            if (Seen is { } before)
            {
                if (checkpoint.Size < before.Size)
                {
                    throw new WitnessRefusedException($"the log went back from {before.Size} to {checkpoint.Size} records");
                }
                if (!MerkleProof.VerifyConsistency(
                    before.Size, before.RootHash.Span, checkpoint.Size, checkpoint.RootHash.Span, consistency))
                {
                    throw new WitnessRefusedException(
                        $"the log of {checkpoint.Size} records does not continue the one of {before.Size}: it was changed or forked");
                }
            }
            Seen = checkpoint;
            return Cosignature.Sign(checkpoint, signer, timeProvider.GetUtcNow());
        }
    }
}
