using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Bastion.Audit;

namespace Bastion.Cli;

/// <summary>`bastion audit …`: reads and verifies the journal of a data directory, also beside a running gateway.</summary>
internal static class AuditCommands
{
    /// <summary>A value longer than this is cut in the one-line form; `--json` has it whole.</summary>
    private const int MaximumShownValue = 160;

    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(250);

    public static Command Create() => new("audit", "Read and verify the journal.") { AuditVerifyCommand.Create(), Show() };

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

    public static string Existing(string directory) => Directory.Exists(Path.Combine(directory, "journal"))
        ? directory
        : throw new CommandFailedException($"`{directory}` holds no journal: expected a directory `journal` in it");

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
}
