using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bastion.Audit;
using Bastion.Audit.Masking;
using Bastion.Control;

namespace Bastion.Cli;

/// <summary>`bastion audit …`: reads and verifies the journal of a data directory, also beside a running
/// gateway.</summary>
internal static class AuditCommands
{
    /// <summary>A value longer than this is cut in the one-line form; `--json` has it whole.</summary>
    private const int MaximumShownValue = 160;

    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(250);

    public static Command Create() => new("audit", "Read and verify the journal.")
    {
        AuditVerifyCommand.Create(), Show(), AuditRecordingCommand.Create(), RestoreCommand.Create(),
        HoldCommands.Create(), HoldsCommand.Create("holds"), AuditWitnessCommand.Create(),
    };

    private static Command Show()
    {
        Option<string> data = DataOption();
        var json = new Option<bool>("--json") { Description = "One JSON object a line, as recorded." };
        var session = new Option<string?>("--session") { Description = "Only records of this session." };
        var kind = new Option<string?>("--kind")
        {
            Description = "Only records of this kind, or kinds that begin with it.",
        };
        var last = new Option<int?>("--last") { Description = "Only the newest so many records." };
        var follow = new Option<bool>("--follow") { Description = "Go on with new records until interrupted." };
        var unmasked = new Option<bool>("--unmasked")
        {
            Description = "Show keys, tokens and passwords in commands as they were typed.",
        };
        var command = new Command("show", "Print the journal.") { data, json, session, kind, last, follow, unmasked };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var reader = new JournalReader(Existing(parsed.GetValue(data)!));
            var form = new Form(parsed.GetValue(json), parsed.GetValue(unmasked));
            bool Wanted(JournalEntry entry) =>
                (parsed.GetValue(session) is not { } id || entry.Session == id)
                && (parsed.GetValue(kind) is not { } name || entry.Kind.StartsWith(name, StringComparison.Ordinal));
            long next = parsed.GetValue(last) is { } count ? Math.Max(0, reader.Size() - count) : 0;
            using Stream output = Console.OpenStandardOutput();
            await using var text = new StreamWriter(output);
            foreach (JournalEntry entry in reader.Read(next).Where(Wanted))
            {
                Print(entry, form, text);
                next = entry.Sequence + 1;
            }

            await text.FlushAsync(cancellationToken);
            if (parsed.GetValue(follow))
            {
                await foreach (JournalEntry entry in reader.FollowAsync(next, FollowInterval, TimeProvider.System,
                    cancellationToken))
                {
                    if (Wanted(entry))
                    {
                        Print(entry, form, text);
                        await text.FlushAsync(cancellationToken);
                    }
                }
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private sealed record Form(bool Json, bool Unmasked);

    /// <summary>The record with its texts masked; the same bytes when there is nothing to mask.</summary>
    private static string MaskedJson(JournalEntry entry)
    {
        string json = System.Text.Encoding.UTF8.GetString(entry.Json.Span);
        JsonNode record = JsonNode.Parse(json)!;
        return Mask(record) > 0 ? record.ToJsonString(Relaxed) : json;
    }

    /// <summary>How many texts held something to hide.</summary>
    private static int Mask(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                return members.Select(member => member.Value).ToList().Sum(Mask);
            case JsonArray items:
                return items.ToList().Sum(Mask);
            case JsonValue value when value.TryGetValue(out string? text) && SecretMask.Of(text) is var masked
                && masked != text:
                value.ReplaceWith(masked);
                return 1;
            default:
                return 0;
        }
    }

    private static Option<string> DataOption() => new("--data")
    {
        Description = "The gateway's data directory.",
        Required = true,
    };

    public static string Existing(string directory) => Directory.Exists(Path.Combine(directory, "journal"))
        ? directory
        : throw new CommandFailedException($"`{directory}` holds no journal: expected a directory `journal` in it");

    private static void Print(JournalEntry entry, Form form, TextWriter output)
    {
        if (form.Json)
        {
            output.WriteLine(form.Unmasked ? System.Text.Encoding.UTF8.GetString(entry.Json.Span) : MaskedJson(entry));
            return;
        }

        string time = entry.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        output.Write($"{entry.Sequence,6} {time} {entry.Kind}");
        foreach (JsonProperty member in entry.Data().EnumerateObject())
        {
            string text = entry.Text(member.Name) ?? "";
            string value = VisibleText.Of(form.Unmasked ? text : SecretMask.Of(text));
            output.Write(
                $" {member.Name}={(value.Length > MaximumShownValue ? value[..MaximumShownValue] + "…" : value)}");
        }

        output.WriteLine();
    }
}
