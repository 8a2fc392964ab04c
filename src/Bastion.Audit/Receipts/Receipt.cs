using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;

namespace Bastion.Audit.Receipts;

/// <summary>
/// Proof that a record is in the journal, for whoever it is about: the record, its inclusion proof, the signed
/// checkpoint.
/// Written as a C2SP tlog-proof whose extra data is the record.
/// </summary>
/// <param name="Sequence">Where the record stands.</param>
/// <param name="Record">Its canonical bytes.</param>
/// <param name="Proof">From the record's sibling up.</param>
/// <param name="Checkpoint">The journal's head at that time; it also pins everything before the record.</param>
public sealed record Receipt(long Sequence, byte[] Record, IReadOnlyList<byte[]> Proof, Checkpoint Checkpoint)
{
    private const string Header = "c2sp.org/tlog-proof@v1";
    private const string ExtraPrefix = "extra ";
    private const string IndexPrefix = "index ";

    /// <summary>What is wrong with it, in one line, or null when it proves its record under this key.</summary>
    public string? Fault(NoteVerifierKey key)
    {
        if (!Checkpoint.Note.IsSignedBy(key))
        {
            return $"the checkpoint in the receipt is not signed by `{key}`";
        }

        if (!MerkleProof.VerifyInclusion(
            MerkleProof.HashLeaf(Record), Sequence, Checkpoint.Size, Proof, Checkpoint.RootHash.Span))
        {
            return "the record in the receipt is not the one that the checkpoint covers";
        }

        return JournalEntry.TryParse(Record, MerkleProof.HashLeaf(Record), out JournalEntry? entry)
            && entry.Sequence == Sequence
            ? null
            : "the receipt holds no record of this sequence";
    }

    /// <summary>The record, to be shown. Only meaningful when <see cref="Fault"/> is null.</summary>
    public JournalEntry? Entry() =>
        JournalEntry.TryParse(Record, MerkleProof.HashLeaf(Record), out JournalEntry? entry) ? entry : null;

    public override string ToString()
    {
        StringBuilder text = new StringBuilder(Header).Append('\n')
            .Append(ExtraPrefix).Append(Convert.ToBase64String(Record)).Append('\n')
            .Append(IndexPrefix).Append(Sequence.ToString(CultureInfo.InvariantCulture)).Append('\n');
        foreach (byte[] hash in Proof)
        {
            text.Append(Convert.ToBase64String(hash)).Append('\n');
        }

        return text.Append('\n').Append(Checkpoint).ToString();
    }

    /// <summary>Reads the receipts of a file, one after another. False when any of them is malformed or there is
    /// none.</summary>
    public static bool TryParseAll(string text, [NotNullWhen(true)] out IReadOnlyList<Receipt>? receipts)
    {
        var all = new List<Receipt>();
        receipts = all;
        int start = 0;
        while (start < text.Length)
        {
            int next = text.IndexOf("\n" + Header + "\n", start + 1, StringComparison.Ordinal);
            int end = next < 0 ? text.Length : next + 1;
            if (!TryParse(text[start..end].TrimEnd('\n') + "\n", out Receipt? receipt))
            {
                receipts = null;
                return false;
            }

            all.Add(receipt);
            start = end;
        }

        return all.Count > 0;
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out Receipt? receipt)
    {
        receipt = null;
        int gap = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (gap < 0 || !Checkpoint.TryParse(text[(gap + 2)..], out Checkpoint? checkpoint))
        {
            return false;
        }

        string[] lines = text[..gap].Split('\n');
        if (lines.Length < 3 || lines[0] != Header
            || !lines[1].StartsWith(ExtraPrefix, StringComparison.Ordinal)
            || !lines[2].StartsWith(IndexPrefix, StringComparison.Ordinal)
            || !long.TryParse(lines[2].AsSpan(IndexPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture,
            out long sequence))
        {
            return false;
        }

        try
        {
            byte[] record = Convert.FromBase64String(lines[1][ExtraPrefix.Length..]);
            var candidate =
                new Receipt(sequence, record, [.. lines.Skip(3).Select(Convert.FromBase64String)], checkpoint);
            receipt = candidate.ToString() == text ? candidate : null;
            return receipt is not null;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
