using System.Text;
using System.Text.Json;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;
using Bastion.Audit.Reports;
using Bastion.Storage;

namespace Bastion.Followers.Reports;

/// <summary>
/// Reports made by hand beside the gateway, which alone may write to its journal: the command leaves a note, the
/// gateway takes it up when it runs. Whoever can write there could sign with the key beside it; a note that the key did
/// not sign is thrown away.
/// </summary>
public static class UnrecordedReports
{
    /// <summary>In bytes. A note with a dozen files has some kilobytes.</summary>
    private const int MaximumLength = 128 * 1024;

    private sealed record Left(string Cadence, DateTimeOffset From, DateTimeOffset To, bool Holds, string By,
        string Note);

    internal static string DirectoryOf(string dataDirectory) => Path.Combine(dataDirectory, "reports", "unrecorded");

    /// <summary>False when the directory cannot be written: then the report has no record.</summary>
    public static bool Leave(string dataDirectory, MadeReport made, string by)
    {
        ReportHead head = made.Data.Head;
        var left = new Left(head.Kind, head.From, head.To, made.Data.Chain.Holds, by, made.Note!.ToString());
        try
        {
            DataDirectory.MakePrivate(Path.GetDirectoryName(DirectoryOf(dataDirectory))!);
            DataDirectory.MakePrivate(DirectoryOf(dataDirectory));
            DataDirectory.WritePrivateFile(
                Path.Combine(DirectoryOf(dataDirectory), head.Id + ".json"), JsonSerializer.SerializeToUtf8Bytes(left));
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or DataDirectoryException)
        {
            return false;
        }
    }

    /// <summary>The records to write, each with the file to remove when it is written; files that are none are removed
    /// at once.</summary>
    internal static IEnumerable<(string File, ReportMade Record)> Take(string dataDirectory, NoteVerifierKey key)
    {
        string directory = DirectoryOf(dataDirectory);
        if (!Directory.Exists(directory))
        {
            yield break;
        }

        foreach (string file in Directory.EnumerateFiles(directory, "*.json"))
        {
            if (Read(file, key) is { } record)
            {
                yield return (file, record);
            }
            else
            {
                File.Delete(file);
            }
        }
    }

    internal static ReportMade RecordOf(MadeReport made, string? by) => new()
    {
        Id = made.Data.Head.Id,
        Cadence = made.Data.Head.Kind,
        From = made.Data.Head.From,
        To = made.Data.Head.To,
        By = Control.Evidence.OptionalText.OrNone(by),
        Files = made.Note!.Files,
        NoteSha256 = made.NoteSha256!,
        Holds = made.Data.Chain.Holds,
    };

    private static ReportMade? Read(string file, NoteVerifierKey key)
    {
        try
        {
            if (new FileInfo(file).Length > MaximumLength
                || JsonSerializer.Deserialize<Left>(File.ReadAllBytes(file)) is not { } left
                || !ReportNote.TryParse(left.Note, out ReportNote? note) || !note.Note.IsSignedBy(key))
            {
                return null;
            }

            return new ReportMade
            {
                Id = note.Id,
                Cadence = left.Cadence,
                From = left.From,
                To = left.To,
                By = left.By,
                Files = note.Files,
                NoteSha256 = ReportFile.Of("", Encoding.UTF8.GetBytes(left.Note)).Sha256,
                Holds = left.Holds,
            };
        }
        catch (Exception failure) when (failure is JsonException or IOException)
        {
            return null;
        }
    }
}
