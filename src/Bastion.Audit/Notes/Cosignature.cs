using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Bastion.Audit.Notes;

/// <summary>A witness's statement that a checkpoint was the largest consistent one it had seen at a time (C2SP
/// tlog-cosignature, Ed25519).</summary>
public static class Cosignature
{
    public static NoteSignature Sign(Checkpoint checkpoint, INoteSigner witness, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(witness);
        if (witness.VerifierKey.Type != NoteKeyType.Cosignature)
        {
            throw new ArgumentException($"`{witness.VerifierKey.Name}` is not a cosigning key", nameof(witness));
        }

        byte[] signature = new byte[sizeof(long) + NoteVerifierKey.SignatureBytes];
        BinaryPrimitives.WriteInt64BigEndian(signature, at.ToUnixTimeSeconds());
        witness.Sign(Message(checkpoint, at.ToUnixTimeSeconds())).CopyTo(signature, sizeof(long));
        return new NoteSignature(witness.VerifierKey.Name, witness.VerifierKey.Id, signature);
    }

    /// <summary>When the witness cosigned this checkpoint, or null when it did not.</summary>
    public static DateTimeOffset? CosignedAt(Checkpoint checkpoint, NoteVerifierKey witness)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(witness);
        foreach (NoteSignature line in checkpoint.Note.Signatures)
        {
            if (witness.Type == NoteKeyType.Cosignature && line.Name == witness.Name && line.KeyId == witness.Id
                && line.Signature.Length == sizeof(long) + NoteVerifierKey.SignatureBytes)
            {
                long seconds = BinaryPrimitives.ReadInt64BigEndian(line.Signature);
                bool inRange = seconds is >= 0 and <= 253402300799;
                if (inRange && witness.Verify(Message(checkpoint, seconds), line.Signature.AsSpan(sizeof(long))))
                {
                    return DateTimeOffset.FromUnixTimeSeconds(seconds);
                }
            }
        }

        return null;
    }

    private static byte[] Message(Checkpoint checkpoint, long seconds) => Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {seconds}\n{checkpoint.Note.Text}"));
}
