using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;

namespace Bastion.Audit.Witnesses;

/// <summary>What a log sends to a witness (C2SP tlog-witness, `add-checkpoint`): the size it believes the witness to
/// hold, the proof from there, the new head.</summary>
/// <param name="OldSize">Records under the checkpoint that the witness cosigned last; 0 for none.</param>
/// <param name="Proof">That the old tree is the beginning of the new one (RFC 6962 section 2.1.2).</param>
/// <param name="Checkpoint">The new head.</param>
public sealed record WitnessRequest(long OldSize, IReadOnlyList<byte[]> Proof, Checkpoint Checkpoint)
{
    /// <summary>In characters. 63 lines of proof and a checkpoint with a dozen signatures have some 6,000.</summary>
    public const int MaximumLength = 16 * 1024;

    // A tree of 2^63 leaves has no longer proof.
    private const int MaximumProofLines = 63;

    private const string OldPrefix = "old ";

    public override string ToString()
    {
        StringBuilder text = new StringBuilder(OldPrefix).Append(CultureInfo.InvariantCulture, $"{OldSize}\n");
        foreach (byte[] hash in Proof)
        {
            text.Append(Convert.ToBase64String(hash)).Append('\n');
        }

        return text.Append('\n').Append(Checkpoint).ToString();
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out WitnessRequest? request)
    {
        request = null;
        int gap = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (text.Length > MaximumLength || gap < 0 || !text.StartsWith(OldPrefix, StringComparison.Ordinal)
            || !Checkpoint.TryParse(text[(gap + 2)..], out Checkpoint? checkpoint))
        {
            return false;
        }

        string[] lines = text[..gap].Split('\n');
        if (lines.Length > 1 + MaximumProofLines
            || !long.TryParse(lines[0].AsSpan(OldPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture,
            out long oldSize))
        {
            return false;
        }

        var proof = new List<byte[]>();
        foreach (string line in lines.Skip(1))
        {
            byte[] hash = new byte[MerkleTree.HashBytes];
            if (!Convert.TryFromBase64String(line, hash, out int length) || length != hash.Length)
            {
                return false;
            }

            proof.Add(hash);
        }

        var candidate = new WitnessRequest(oldSize, proof, checkpoint);
        // One spelling only: no leading zeroes, no second form of base64.
        request = candidate.ToString() == text ? candidate : null;
        return request is not null;
    }
}
