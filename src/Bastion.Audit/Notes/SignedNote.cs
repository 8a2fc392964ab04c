using System.Diagnostics.CodeAnalysis;
using System.Buffers.Binary;
using System.Text;

namespace Bastion.Audit.Notes;

/// <summary>One signature line: who, and the bytes after the key identifier.</summary>
public sealed record NoteSignature(string Name, uint KeyId, byte[] Signature)
{
    internal const string Start = "— ";

    /// <summary>The line, without its line feed.</summary>
    public override string ToString()
    {
        byte[] payload = new byte[sizeof(uint) + Signature.Length];
        BinaryPrimitives.WriteUInt32BigEndian(payload, KeyId);
        Signature.CopyTo(payload, sizeof(uint));
        return $"{Start}{Name} {Convert.ToBase64String(payload)}";
    }
}

/// <summary>
/// A text with signatures under it (C2SP signed-note): the text ends with a line feed, then an empty line, then lines
/// of `— name base64(id ‖ signature)`.
/// </summary>
public sealed class SignedNote
{
    // A checkpoint with the cosignatures of some dozen witnesses is far smaller.
    public const int MaximumBytes = 64 * 1024;

    private SignedNote(string text, IReadOnlyList<NoteSignature> signatures)
    {
        Text = text;
        Signatures = signatures;
    }

    /// <summary>With its last line feed: exactly what is signed.</summary>
    public string Text { get; }

    public IReadOnlyList<NoteSignature> Signatures { get; }

    public static SignedNote Sign(string text, INoteSigner signer)
    {
        ArgumentNullException.ThrowIfNull(signer);
        if (!text.EndsWith('\n') || text.Contains("\n\n", StringComparison.Ordinal))
        {
            throw new ArgumentException("a note ends with a line feed and has no empty line", nameof(text));
        }

        byte[] signature = signer.Sign(Encoding.UTF8.GetBytes(text));
        return new SignedNote(text, [new NoteSignature(signer.VerifierKey.Name, signer.VerifierKey.Id, signature)]);
    }

    public SignedNote With(NoteSignature signature) => new(Text, [.. Signatures, signature]);

    /// <summary>A valid signature of this key over the text stands in the note. Other keys' signatures are passed
    /// over.</summary>
    public bool IsSignedBy(NoteVerifierKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        byte[] text = Encoding.UTF8.GetBytes(Text);
        return key.Type == NoteKeyType.Ed25519
            && Signatures.Any(line => line.Name == key.Name && line.KeyId == key.Id
            && key.Verify(text, line.Signature));
    }

    public static bool TryParse(string note, [NotNullWhen(true)] out SignedNote? parsed)
    {
        parsed = null;
        int gap = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (note.Length > MaximumBytes || gap < 0 || gap + 3 > note.Length || !note.EndsWith('\n'))
        {
            return false;
        }

        var signatures = new List<NoteSignature>();
        foreach (string line in note[(gap + 2)..^1].Split('\n'))
        {
            if (ParseSignature(line) is not { } signature)
            {
                return false;
            }

            signatures.Add(signature);
        }

        parsed = new SignedNote(note[..(gap + 1)], signatures);
        return true;
    }

    public override string ToString()
    {
        StringBuilder note = new StringBuilder(Text).Append('\n');
        foreach (NoteSignature line in Signatures)
        {
            note.Append(line).Append('\n');
        }

        return note.ToString();
    }

    private static NoteSignature? ParseSignature(string line)
    {
        if (!line.StartsWith(NoteSignature.Start, StringComparison.Ordinal))
        {
            return null;
        }

        string[] pieces = line[NoteSignature.Start.Length..].Split(' ');
        if (pieces.Length != 2 || pieces[0].Length == 0)
        {
            return null;
        }

        byte[] payload = new byte[pieces[1].Length];
        if (!Convert.TryFromBase64String(pieces[1], payload, out int length) || length <= sizeof(uint)
            || Convert.ToBase64String(payload, 0, length) != pieces[1])
        {
            return null;
        }

        return new NoteSignature(pieces[0], BinaryPrimitives.ReadUInt32BigEndian(payload),
            payload[sizeof(uint)..length]);
    }
}
