using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Verification;

namespace Bastion.Cli;

/// <summary>`bastion audit …`: reads and verifies the journal of a data directory, also beside a running gateway.</summary>
internal static class AuditCommands
{
    /// <summary>A value longer than this is cut in the one-line form; `--json` has it whole.</summary>
    private const int MaximumShownValue = 160;

    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(250);

    public static Command Create() => new("audit", "Read and verify the journal.") { Verify(), Show() };

    private static Command Verify()
    {
        var data = DataOption();
        var key = new Option<string?>("--key")
        {
            Description = "The journal's public key, or a file that holds it, from somewhere its administrators cannot write.",
        };
        var noRecordings = new Option<bool>("--no-recordings") { Description = "Do not read the recordings' bytes." };
        var json = new Option<bool>("--json") { Description = "Answer in JSON." };
        var command = new Command(
            "verify", "Find any changed, missing or re-ordered record and recording. Exit status 1 when it falls short.")
        {
            data, key, noRecordings, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            var options = new VerifierOptions
            {
                TrustedKey = parsed.GetValue(key) is { } text ? ReadKey(text) : null,
                Recordings = !parsed.GetValue(noRecordings),
            };
            VerificationReport report = JournalVerifier.Verify(Existing(parsed.GetValue(data)!), options, cancellationToken);
            if (parsed.GetValue(json))
            {
                WriteJson(report);
            }
            else
            {
                WriteText(report, trusted: options.TrustedKey is not null);
            }
            return Task.FromResult(report.Holds ? ExitCodes.Success : ExitCodes.Failed);
        });
        return command;
    }

    private static Command Show()
    {
        var data = DataOption();
        var json = new Option<bool>("--json") { Description = "One JSON object a line, as recorded." };
        var session = new Option<string?>("--session") { Description = "Only records of this session." };
        var kind = new Option<string?>("--kind") { Description = "Only records of this kind, or kinds that begin with it." };
        var last = new Option<int?>("--last") { Description = "Only the newest so many records." };
        var follow = new Option<bool>("--follow") { Description = "Go on with new records until interrupted." };
        var command = new Command("show", "Print the journal.") { data, json, session, kind, last, follow };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var reader = new JournalReader(Existing(parsed.GetValue(data)!));
            bool raw = parsed.GetValue(json);
            bool Wanted(JournalEntry entry) =>
                (parsed.GetValue(session) is not { } id || entry.Session == id)
                && (parsed.GetValue(kind) is not { } name || entry.Kind.StartsWith(name, StringComparison.Ordinal));
            long next = parsed.GetValue(last) is { } count ? Math.Max(0, reader.Size() - count) : 0;
            using Stream output = Console.OpenStandardOutput();
            await using var text = new StreamWriter(output);
            foreach (JournalEntry entry in reader.Read(next).Where(Wanted))
            {
                Print(entry, raw, text);
                next = entry.Sequence + 1;
            }
            await text.FlushAsync(cancellationToken);
            if (parsed.GetValue(follow))
            {
                await foreach (JournalEntry entry in reader.FollowAsync(next, FollowInterval, TimeProvider.System, cancellationToken))
                {
                    if (Wanted(entry))
                    {
                        Print(entry, raw, text);
                        await text.FlushAsync(cancellationToken);
                    }
                }
            }
            return ExitCodes.Success;
        });
        return command;
    }

    private static Option<string> DataOption() => new("--data") { Description = "The gateway's data directory.", Required = true };

    private static string Existing(string directory) => Directory.Exists(Path.Combine(directory, "journal"))
        ? directory
        : throw new CommandFailedException($"`{directory}` holds no journal: expected a directory `journal` in it");

    private static NoteVerifierKey ReadKey(string text)
    {
        string key = File.Exists(text) ? File.ReadAllText(text).Trim() : text;
        return NoteVerifierKey.TryParse(key, out NoteVerifierKey? parsed)
            ? parsed
            : throw new CommandFailedException($"`{text}` is neither a journal's public key nor a file that holds one");
    }

    private static void Print(JournalEntry entry, bool raw, TextWriter output)
    {
        if (raw)
        {
            output.WriteLine(System.Text.Encoding.UTF8.GetString(entry.Json.Span));
            return;
        }
        string time = entry.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        output.Write($"{entry.Sequence,6} {time} {entry.Kind}");
        foreach (JsonProperty member in entry.Data().EnumerateObject())
        {
            string value = VisibleText.Of(entry.Text(member.Name) ?? "");
            output.Write($" {member.Name}={(value.Length > MaximumShownValue ? value[..MaximumShownValue] + "…" : value)}");
        }
        output.WriteLine();
    }

    private static void WriteText(VerificationReport report, bool trusted)
    {
        foreach (Finding finding in report.Findings)
        {
            string record = finding.Sequence is { } sequence ? $" record {sequence}" : "";
            Console.WriteLine($"{finding.Severity.ToString().ToLowerInvariant()}:{record} {finding.Place}: {VisibleText.Of(finding.Message)}");
        }
        Console.WriteLine(
            $"{report.Records} records, {report.SignedRecords} under {report.Checkpoints} signed checkpoints, {report.Recordings} recording parts: "
            + (report.Holds ? "the journal holds" : "the journal does NOT hold"));
        if (!trusted)
        {
            Console.WriteLine("checked with the key that lies beside the journal; `--key` with one kept elsewhere also finds a forged whole");
        }
    }

    private static void WriteJson(VerificationReport report)
    {
        using Stream output = Console.OpenStandardOutput();
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("holds", report.Holds);
            writer.WriteNumber("records", report.Records);
            writer.WriteNumber("signedRecords", report.SignedRecords);
            writer.WriteNumber("checkpoints", report.Checkpoints);
            writer.WriteNumber("recordings", report.Recordings);
            writer.WriteString("key", report.Key);
            writer.WriteStartArray("findings");
            foreach (Finding finding in report.Findings)
            {
                writer.WriteStartObject();
                writer.WriteString("severity", finding.Severity.ToString().ToLowerInvariant());
                writer.WriteString("kind", finding.Kind.ToString());
                if (finding.Sequence is { } sequence)
                {
                    writer.WriteNumber("record", sequence);
                }
                writer.WriteString("place", finding.Place);
                writer.WriteString("message", finding.Message);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
            writer.WriteEndObject();
        }
        output.WriteByte((byte)'\n');
    }
}
