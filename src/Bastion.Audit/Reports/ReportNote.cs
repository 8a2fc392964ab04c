using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Bastion.Audit.Notes;

namespace Bastion.Audit.Reports;

/// <param name="Name">File name, without a directory.</param>
/// <param name="Sha256">Hexadecimal.</param>
public sealed record ReportFile(string Name, string Sha256)
{
    public static ReportFile Of(string name, ReadOnlySpan<byte> content) =>
        new(name, Convert.ToHexStringLower(SHA256.HashData(content)));
}

/// <summary>
/// The detached signature of a report: a signed note, by the journal's key, over the digests of its files and the place
/// in the journal that it speaks of. Its second line keeps it apart from a checkpoint, whose second line is a number.
/// </summary>
public sealed class ReportNote
{
    public const string FileName = "report.note";

    private const string Kind = "bastion report v1";

    private ReportNote(SignedNote note, string journal, string id, long size, string root,
        IReadOnlyList<ReportFile> files)
    {
        Note = note;
        Journal = journal;
        Id = id;
        CheckpointSize = size;
        RootHash = root;
        Files = files;
    }

    public SignedNote Note { get; }

    public string Journal { get; }

    public string Id { get; }

    /// <summary>Records under the checkpoint that the figures were checked against.</summary>
    public long CheckpointSize { get; }

    /// <summary>Root of that checkpoint, base64; `-` when there was none.</summary>
    public string RootHash { get; }

    public IReadOnlyList<ReportFile> Files { get; }

    public static ReportNote Sign(ReportData data, IReadOnlyList<ReportFile> files, INoteSigner signer)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(signer);
        string journal = signer.VerifierKey.Name;
        string root = data.Chain.RootHash ?? "-";
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{journal}\n{Kind}\n{data.Head.Id}\n{data.Chain.CheckpointSize} "
                + $"{root}\n{string.Concat(files.Select(file => $"{file.Sha256} {file.Name}\n"))}");
        return new ReportNote(SignedNote.Sign(text, signer), journal, data.Head.Id, data.Chain.CheckpointSize, root,
            files);
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out ReportNote? parsed)
    {
        parsed = null;
        if (!SignedNote.TryParse(text, out SignedNote? note))
        {
            return false;
        }

        string[] lines = note.Text.TrimEnd('\n').Split('\n');
        if (lines.Length < 5 || lines[1] != Kind || lines[3].Split(' ') is not [var size, var root]
            || !long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long records))
        {
            return false;
        }

        var files = new List<ReportFile>();
        foreach (string line in lines[4..])
        {
            if (line.Split(' ', 2) is not [{ Length: 64 } digest, { Length: > 0 } name]
                || name != Path.GetFileName(name))
            {
                return false;
            }

            files.Add(new ReportFile(name, digest));
        }

        parsed = new ReportNote(note, lines[0], lines[2], records, root, files);
        return true;
    }

    /// <summary>What is wrong with the files beside the note; empty when every one is as it was signed.</summary>
    public IEnumerable<string> Faults(NoteVerifierKey key, Func<string, byte[]?> read)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(read);
        if (Journal != key.Name || !Note.IsSignedBy(key))
        {
            yield return $"the note is not signed by `{key}`";
        }

        foreach (ReportFile file in Files)
        {
            if (read(file.Name) is not { } content)
            {
                yield return $"`{file.Name}` is missing";
            }
            else if (ReportFile.Of(file.Name, content).Sha256 != file.Sha256)
            {
                yield return $"`{file.Name}` was changed after it was signed";
            }
        }
    }

    public override string ToString() => Note.ToString();
}
