using System.Globalization;
using System.Text;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;

namespace Bastion.Audit.Verification;

/// <summary>
/// Checks receipts: each by itself, and against a log that is only served as tiles (c2sp.org/tlog-tiles): whether what
/// the receipt pins is still its beginning. Nothing that the log says is believed without proof.
/// </summary>
/// <param name="keys">The public keys to trust; more than one after the log's key was changed.</param>
public sealed class ReceiptVerifier(IReadOnlyList<NoteVerifierKey> keys)
{
    /// <summary>The receipt alone: its record, its proof, its signature.</summary>
    public Finding? Check(Receipt receipt)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        string?[] faults = [.. keys.Select(receipt.Fault)];
        return faults.Contains(null)
            ? null
            : Failure(FindingKind.CheckpointInvalid, receipt.Sequence,
            $"the receipt of record {receipt.Sequence} proves nothing: {faults[0]}");
    }

    /// <summary>Whether this witness put its name under the checkpoint.</summary>
    public static Finding? CheckCosigned(Checkpoint checkpoint, NoteVerifierKey witness, string place)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(witness);
        return Cosignature.CosignedAt(checkpoint, witness) is not null
            ? null
            : new Finding(
                FindingKind.CheckpointInvalid, FindingSeverity.Failure, null, place, string.Create(
                    CultureInfo.InvariantCulture,
                    $"the checkpoint over {checkpoint.Size} records is not cosigned by the witness `{witness}`"));
    }

    /// <summary>The log's newest checkpoint, when it is signed by one of the keys.</summary>
    /// <param name="read">Gives the resource at a path below the log's prefix, or null.</param>
    public (Checkpoint? Head, Finding? Fault) ReadHead(Func<string, byte[]?> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (read("checkpoint") is not { } bytes
            || !Checkpoint.TryParse(Encoding.UTF8.GetString(bytes), out Checkpoint? head))
        {
            return (null, Failure(FindingKind.CheckpointInvalid, null, "the log shows no checkpoint"));
        }

        return keys.Any(key => head.Note.IsSignedBy(key))
            ? (head, null)
            : (null, Failure(FindingKind.KeyMismatch, null,
            "the log's checkpoint is signed by none of the keys to trust: it is another log, or its key was replaced"));
    }

    /// <summary>Whether the tree of the receipt's checkpoint is the beginning of the log's tree.</summary>
    public static Finding? CheckAgainst(Receipt receipt, Checkpoint head, Func<string, byte[]?> read)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(read);
        Checkpoint pinned = receipt.Checkpoint;
        if (pinned.Size > head.Size)
        {
            return Failure(
                FindingKind.JournalTruncated, receipt.Sequence,
                $"the receipt was given when the log had {pinned.Size} records; now it shows {head.Size}: it was "
                    + "cut or rolled back");
        }

        try
        {
            var tree = new TileTree(address => read(address.ToString())
                ?? throw new InvalidDataException($"the log does not give out `{address}`"));
            bool holds = MerkleProof.VerifyConsistency(
                pinned.Size, pinned.RootHash.Span, head.Size, head.RootHash.Span,
                tree.Consistency(pinned.Size, head.Size));
            return holds
                ? null
                : Failure(
                    FindingKind.Forked, receipt.Sequence, string.Create(
                        CultureInfo.InvariantCulture,
                        $"the first {pinned.Size} records of the log are not those that were signed when the "
                            + $"receipt was given: they were rewritten, or this is another branch"));
        }
        catch (InvalidDataException unreadable)
        {
            return Failure(FindingKind.TileChanged, receipt.Sequence,
                $"it cannot be compared with the log: {unreadable.Message}");
        }
    }

    private static Finding Failure(FindingKind kind, long? sequence, string message) =>
        new(kind, FindingSeverity.Failure, sequence, "receipt", message);
}
