using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Bastion.Audit.Notes;

/// <summary>
/// The signed head of a journal (C2SP tlog-checkpoint): origin, tree size, root hash. No extension lines are written;
/// those of others are kept in the note and mean nothing here.
/// </summary>
public sealed class Checkpoint
{
    private Checkpoint(string origin, long size, byte[] rootHash, SignedNote note)
    {
        Origin = origin;
        Size = size;
        RootHash = rootHash;
        Note = note;
    }

    /// <summary>The log's name: the name of the key that signs it.</summary>
    public string Origin { get; }

    /// <summary>How many records it covers: those with a sequence below this.</summary>
    public long Size { get; }

    public ReadOnlyMemory<byte> RootHash { get; }

    public SignedNote Note { get; }

    internal static Checkpoint Sign(long size, byte[] rootHash, INoteSigner signer) =>
        Sign(signer.VerifierKey.Name, size, rootHash, signer);

    internal static Checkpoint Sign(string origin, long size, byte[] rootHash, INoteSigner signer)
    {
        string text =
            string.Create(CultureInfo.InvariantCulture, $"{origin}\n{size}\n{Convert.ToBase64String(rootHash)}\n");
        return new Checkpoint(origin, size, rootHash, SignedNote.Sign(text, signer));
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out Checkpoint? parsed)
    {
        parsed = null;
        if (!SignedNote.TryParse(text, out SignedNote? note))
        {
            return false;
        }

        string[] lines = note.Text.Split('\n');
        byte[] root = new byte[Merkle.MerkleTree.HashBytes];
        if (lines.Length < 4 || lines[0].Length == 0
            || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            || size.ToString(CultureInfo.InvariantCulture) != lines[1]
            || !Convert.TryFromBase64String(lines[2], root, out int length) || length != root.Length
            || Convert.ToBase64String(root) != lines[2])
        {
            return false;
        }

        parsed = new Checkpoint(lines[0], size, root, note);
        return true;
    }

    /// <summary>The same head with one signature more under it.</summary>
    public Checkpoint With(NoteSignature signature) => new(Origin, Size, RootHash.ToArray(), Note.With(signature));

    public override string ToString() => Note.ToString();
}
