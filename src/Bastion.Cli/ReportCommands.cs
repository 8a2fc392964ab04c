using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Reports;
using Bastion.Control;
using Bastion.Followers.Reports;
using Bastion.Policy;

namespace Bastion.Cli;

/// <summary>`bastion report …`: makes a report of any period by hand, and checks the signature of one.</summary>
internal static class ReportCommands
{
    private static readonly string[] Languages = ["en", "zh"];
    private static readonly string[] Formats = ["html", "json", "pdf"];

    public static Command Create() =>
        new("report", "Make reports out of the journal, and verify them.") { Make(), Verify() };

    private static Command Make()
    {
        var data = new Option<string>("--data")
        {
            Description = "The gateway's data directory, running or not, or a copy of it.",
            Required = true,
        };
        var from = new Option<string?>("--from")
        {
            Description = "First day or moment: 2026-11-01, or 2026-11-01T08:00:00Z. Default: a month before --to.",
        };
        var to = new Option<string?>("--to") { Description = "The day or moment after the last. Default: now." };
        var zone = new Option<string>("--zone")
        {
            Description = "Time zone of days and hours, such as Asia/Shanghai.",
            DefaultValueFactory = _ => "UTC",
        };
        var language = new Option<string>("--lang")
        {
            Description = "en, zh, or both: en,zh.",
            DefaultValueFactory = _ => "en",
        };
        var format = new Option<string>("--format")
        {
            Description = "Any of html,json,pdf.",
            DefaultValueFactory = _ => "html,json",
        };
        var output = new Option<string>("--out")
        {
            Description = "Directory for the files; made if missing.",
            Required = true,
        };
        var policy = new Option<string?>("--policy")
        {
            Description = "Policy directory: grants nobody used can only be told with it.",
        };
        var key = new Option<string?>("--key")
        {
            Description =
                "The journal's public key, or a file that holds it, from somewhere its administrators cannot write.",
        };
        var quick = new Option<bool>("--quick")
        {
            Description = "Verify only what the period needs, not the journal from its first record.",
        };
        var noRecordings = new Option<bool>("--no-recordings") { Description = "Do not read the recordings' bytes." };
        var command = new Command("make", "Make a report of a period.") { data, from, to, zone, language, format,
            output, policy, key, quick, noRecordings };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string directory = AuditCommands.Existing(parsed.GetValue(data)!);
            var bar = new ProgressBar(Console.Error, !Console.IsErrorRedirected);
            var order = new ReportOrder
            {
                DataDirectory = directory,
                Period = PeriodOf(parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(zone)!),
                Languages = Chosen(parsed.GetValue(language)!, Languages, "--lang"),
                Formats = Chosen(parsed.GetValue(format)!, Formats, "--format"),
                Policy = parsed.GetValue(policy) is { } path ? LoadPolicy(path) : null,
                Signer = LoadSigner(directory),
                Reading = new ReportReaderOptions
                {
                    TrustedKey = parsed.GetValue(key) is { } text ? AuditVerifyCommand.ReadKey(text) : null,
                    Whole = !parsed.GetValue(quick),
                    Recordings = !parsed.GetValue(noRecordings),
                    Progress = bar.Show,
                },
            };
            MadeReport made = await MakeAsync(order, cancellationToken);
            bar.Finish();
            Write(made, parsed.GetValue(output)!, directory);
            return made.Data.Chain.Holds ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Verify()
    {
        var files = new Argument<string[]>("file")
        {
            Description = "report.note of each report; its other files lie beside it.",
            Arity = ArgumentArity.OneOrMore,
        };
        var data = new Option<string?>("--data")
        {
            Description =
                "The gateway's data directory: the report's record and its anchor are looked up in the journal too.",
        };
        var key = new Option<string?>("--key") { Description = "The journal's public key, or a file that holds it." };
        var command = new Command("verify",
            "Is a report as it was signed, and is it of this journal? Exit status 1 when not.") { files, data, key };
        command.SetAction(parsed =>
        {
            string? directory = parsed.GetValue(data) is { } given ? AuditCommands.Existing(given) : null;
            NoteVerifierKey trusted = parsed.GetValue(key) is { } text
                ? AuditVerifyCommand.ReadKey(text)
                : directory is not null && new JournalReader(directory).PublishedKey() is { } published
                    ? published
                    : throw new CommandFailedException(
                    "give the journal's public key with --key, or its data directory with --data");
            bool holds = true;
            foreach (string file in parsed.GetValue(files)!)
            {
                holds &= Check(file, trusted, directory);
            }

            return holds ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static async Task<MadeReport> MakeAsync(ReportOrder order, CancellationToken cancellationToken)
    {
        try
        {
            return await new ReportMaker(TimeProvider.System).MakeAsync(order, cancellationToken);
        }
        catch (PdfUnavailableException failure)
        {
            throw new CommandFailedException(failure.Message);
        }
        catch (ArgumentException failure)
        {
            throw new CommandFailedException(failure.Message, ExitCodes.Usage);
        }
    }

    private static void Write(MadeReport made, string output, string data)
    {
        Directory.CreateDirectory(output);
        foreach ((string name, byte[] content) in made.Files)
        {
            string path = Path.Combine(output, name);
            File.WriteAllBytes(path, content);
            Console.WriteLine($"wrote {path}");
        }

        if (made.Note is null)
        {
            Console.WriteLine("not signed: this data directory holds no signing key (or you may not read it)");
        }
        else if (UnrecordedReports.Leave(data, made, Environment.UserName))
        {
            Console.WriteLine("the gateway records it: at once if it runs, or else at its next start");
        }

        Console.WriteLine(made.Data.Chain.Holds
            ? "the journal holds"
            : "the journal does NOT hold: see the top of the report");
    }

    private static bool Check(string file, NoteVerifierKey key, string? data)
    {
        if (!File.Exists(file))
        {
            throw new CommandFailedException($"`{VisibleText.Of(file)}` does not exist");
        }

        string text = File.ReadAllText(file);
        if (!ReportNote.TryParse(text, out ReportNote? note))
        {
            Console.WriteLine($"{file}: this is no signed note of a report (give the file `{ReportNote.FileName}`)");
            return false;
        }

        string beside = Path.GetDirectoryName(Path.GetFullPath(file))!;
        List<string> faults = [.. note.Faults(key, name => File.Exists(Path.Combine(beside, name))
            ? File.ReadAllBytes(Path.Combine(beside, name))
            : null)];
        if (data is not null)
        {
            faults.AddRange(JournalFaults(note, text, data));
        }

        faults.ForEach(fault => Console.WriteLine($"{file}: {VisibleText.Of(fault)}"));
        if (faults.Count == 0)
        {
            Console.WriteLine(
                $"{file}: report {VisibleText.Of(note.Id)} is as `{key.Name}` signed it: "
                    + $"{string.Join(", ", note.Files.Select(each => each.Name))}");
        }

        return faults.Count == 0;
    }

    /// <summary>Is its anchor a beginning of this journal, and does the journal know of the report?</summary>
    private static IEnumerable<string> JournalFaults(ReportNote note, string text, string data)
    {
        var reader = new JournalReader(data);
        if (note.CheckpointSize > reader.Size())
        {
            yield return $"it was made over {note.CheckpointSize} records, and this journal has {reader.Size()}: it "
                + "was cut, or the report is of another";
            yield break;
        }

        if (note.CheckpointSize > 0
            && Convert.ToBase64String(new JournalTiles(data).RootAt(note.CheckpointSize)) != note.RootHash)
        {
            yield return "its anchor is not of this journal: the journal was changed, or the report is of another";
        }

        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        JournalEntry? record = reader.Read(note.CheckpointSize)
            .FirstOrDefault(entry => entry.Kind == "report.made" && entry.Text("id") == note.Id);
        if (record is null)
        {
            yield return "the journal has no record of it yet (the gateway writes it when it runs)";
        }
        else if (record.Text("noteSha256") != digest)
        {
            yield return $"record {record.Sequence} is of another note: this one was signed anew";
        }
    }

    private static ReportPeriod PeriodOf(string? from, string? to, string zone)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out TimeZoneInfo? found))
        {
            throw new CommandFailedException(
                $"`{VisibleText.Of(zone)}` is no time zone known here; expected such as Asia/Shanghai or UTC",
                ExitCodes.Usage);
        }

        DateTimeOffset end = to is null ? TimeProvider.System.GetUtcNow() : Moment(to, found, "--to");
        DateTimeOffset start = from is null ? end.AddMonths(-1) : Moment(from, found, "--from");
        return start < end
            ? new ReportPeriod(start, end, found)
            : throw new CommandFailedException($"--from ({start:u}) must lie before --to ({end:u})", ExitCodes.Usage);
    }

    private static DateTimeOffset Moment(string text, TimeZoneInfo zone, string option)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None,
            out DateOnly day))
        {
            return CalendarDays.StartOf(day, zone);
        }

        bool whole = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
            out DateTimeOffset moment);
        return whole && text.Contains('T', StringComparison.Ordinal)
            ? moment
            : throw new CommandFailedException(
            $"`{VisibleText.Of(text)}` is no day or time for {option}; expected 2026-11-01 or 2026-11-01T08:00:00Z",
            ExitCodes.Usage);
    }

    private static string[] Chosen(string list, string[] known, string option)
    {
        string[] chosen =
            [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct()];
        return chosen.Length > 0 && chosen.All(known.Contains)
            ? chosen
            : throw new CommandFailedException(
            $"{option} takes any of {string.Join(",", known)}, not `{VisibleText.Of(list)}`", ExitCodes.Usage);
    }

    private static PolicySnapshot LoadPolicy(string directory)
    {
        PolicyLoadResult result = PolicyLoader.Load(directory);
        return result.Snapshot
            ?? throw new CommandFailedException(
            string.Join("\nbastion: ", result.Diagnostics.Select(diagnostic => diagnostic.ToString())));
    }

    private static Ed25519NoteSigner? LoadSigner(string data)
    {
        string path = Path.Combine(data, "keys", "journal.key");
        try
        {
            return File.Exists(path) ? Ed25519NoteSigner.Load(path) : null;
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>One line on a terminal, drawn anew at most ten times a second; nothing where nobody looks.</summary>
    private sealed class ProgressBar(TextWriter output, bool shown)
    {
        private const int Width = 40;
        private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
        private readonly long _started = Stopwatch.GetTimestamp();
        private long _drawn;

        public void Show(ReportProgress progress)
        {
            if (!shown || (Stopwatch.GetElapsedTime(_drawn) < Interval && progress.Records < progress.Total))
            {
                return;
            }

            _drawn = Stopwatch.GetTimestamp();
            double share = (double)progress.Records / progress.Total;
            int filled = (int)(share * Width);
            double speed = progress.Records / Math.Max(0.001, Stopwatch.GetElapsedTime(_started).TotalSeconds);
            output.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"\r[{new string('#', filled)}{new string('.', Width - filled)}] {share * 100,3:0} %  "
                    + $"{progress.Records:#,0} records, {speed:#,0} a second "));
        }

        public void Finish()
        {
            if (shown)
            {
                output.WriteLine();
            }
        }
    }
}
