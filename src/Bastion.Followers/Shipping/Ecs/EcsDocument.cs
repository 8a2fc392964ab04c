using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bastion.Audit;

namespace Bastion.Followers.Shipping.Ecs;

/// <summary>
/// A record as a document of the Elastic Common Schema 9. The same record always gives the same document. What the
/// schema has no field for stands below `bastion`, every member with one type whatever the kind; `event.original` is
/// the record itself, byte for byte, unless a secret had to be masked, and `event.hash` its leaf in the signed tree.
/// </summary>
internal static class EcsDocument
{
    public const string SchemaVersion = "9.0.0";

    /// <summary>In UTF-8 bytes. Lucene refuses a term of more than 32,766.</summary>
    private const int MaximumCommandLineLength = 30_000;

    /// <summary>In characters; a message is read in a list.</summary>
    private const int MaximumMessageLength = 500;

    private const long NanosecondsPerMillisecond = 1_000_000;

    /// <summary>Nothing of it is ever put into a page: what matters is that a line stays a line, and JSON sees to
    /// that.</summary>
    private static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Members that have a field of the schema for all they say.</summary>
    private static readonly HashSet<string> Elsewhere =
        ["user", "account", "source", "target", "command", "workingDirectory", "exitStatus", "durationMs", "path",
        "sha256", "length", "effects"];

    /// <summary>Members that make up the line for people, in this order.</summary>
    private static readonly string[] Told =
        ["user", "approver", "viewer", "by", "verdict", "target", "command", "path", "request", "outcome", "action",
        "subject", "reason", "detail"];

    public static byte[] Encode(JournalEntry entry, string id, string origin) =>
        JsonSerializer.SerializeToUtf8Bytes(Of(entry, id, origin), Compact);

    public static JsonObject Of(JournalEntry entry, string id, string origin)
    {
        var masked = MaskedRecord.Of(entry);
        JsonElement data = masked.Data;
        var document = new JsonObject();
        AddEvent(document, entry, data, id);
        if (masked.IsMasked)
        {
            Set(document, "bastion.secrets_masked", true);
        }
        else
        {
            Set(document, "event.original", Encoding.UTF8.GetString(entry.Json.Span));
        }

        AddPeople(document, entry, data);
        AddProcess(document, entry, data);
        AddFile(document, entry.Kind, data);
        AddOwn(document, data);
        Set(document, "ecs.version", SchemaVersion);
        Set(document, "observer.name", origin);
        Set(document, "observer.product", "Bastion");
        Set(document, "observer.type", "gateway");
        if (entry.Session is not null)
        {
            Set(document, "network.protocol", "ssh");
        }

        return document;
    }

    private static void AddEvent(JsonObject document, JournalEntry entry, JsonElement data, string id)
    {
        var category = EcsCategory.Of(entry.Kind, data);
        Set(document, "@timestamp",
            entry.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
        Set(document, "message", Message(entry.Kind, data));
        Set(document, "event.action", category.Action);
        Set(document, "event.category", Strings([category.Category]));
        Set(document, "event.dataset", "bastion.audit");
        Set(document, "event.hash", Convert.ToHexStringLower(entry.LeafHash.Span));
        Set(document, "event.id", id);
        Set(document, "event.kind", "event");
        Set(document, "event.module", "bastion");
        Set(document, "event.outcome", category.Outcome);
        Set(document, "event.provider", "bastion");
        Set(document, "event.reason", RecordText.Of(data, "reason"));
        Set(document, "event.sequence", entry.Sequence);
        Set(document, "event.type", Strings(category.Types));
        if (Number(data, "durationMs") is { } milliseconds)
        {
            Set(document, "event.duration", milliseconds * NanosecondsPerMillisecond);
        }

        // The scale of Elastic's own detection rules.
        Set(document, "event.risk_score",
            RecordText.Of(data, "risk") switch { "low" => 21.0, "high" => 73.0, "critical" => 99.0, _ => null });
        Set(document, "rule.id", Strings(Items(data, "rules")));
        Set(document, "rule.version", RecordText.Of(data, "policyVersion"));
        Set(document, "bastion.kind", entry.Kind);
    }

    private static void AddPeople(JsonObject document, JournalEntry entry, JsonElement data)
    {
        string? user = RecordText.Of(data, "user") ?? RecordText.Of(data, "approver") ?? RecordText.Of(data, "viewer")
            ?? RecordText.Of(data, "by");
        string? target = RecordText.Of(data, "target");
        Set(document, "user.name", user);
        Set(document, "user.effective.name", RecordText.Of(data, "account"));
        Set(document, "destination.address", target);
        Set(document, "related.user",
            Strings(Distinct(user, RecordText.Of(data, "account"), RecordText.Of(data, "by"))));
        Set(document, "related.hosts", Strings(Distinct(target)));
        Set(document, "process.session_leader.entity_id", entry.Session);
        if (RecordText.Of(data, "source") is not { } source)
        {
            return;
        }

        Set(document, "source.address", source);
        if (IPEndPoint.TryParse(source, out IPEndPoint? end))
        {
            // A scope ("fe80::1%eth0") means something on this machine only, and the field's type does not take it.
            string address = new IPAddress(end.Address.GetAddressBytes()).ToString();
            Set(document, "source.ip", address);
            Set(document, "source.port", end.Port > 0 ? end.Port : null);
            Set(document, "related.ip", Strings([address]));
        }
    }

    private static void AddProcess(JsonObject document, JournalEntry entry, JsonElement data)
    {
        if (data.TryGetProperty("command", out JsonElement command) && RecordText.Of(command) is { } text)
        {
            string shown = Cut(text, MaximumCommandLineLength);
            Set(document, "process.command_line", shown);
            if (RecordText.IsCut(command) || shown.Length < text.Length)
            {
                Set(document, "bastion.command_truncated", true);
            }
        }

        Set(document, "process.working_directory", RecordText.Of(data, "workingDirectory"));
        Set(document, "process.exit_code", Number(data, "exitStatus"));
        Set(document, "related.hash",
            Strings(Distinct(RecordText.Of(data, "commandSha256"), RecordText.Of(data, "sha256"))));
        if (entry.Kind == "channel.opened" && data.TryGetProperty("terminal", out JsonElement terminal))
        {
            Set(document, "process.interactive", terminal.GetBoolean());
        }
    }

    private static void AddFile(JsonObject document, string kind, JsonElement data)
    {
        Set(document, "file.path", RecordText.Of(data, "path") ?? RecordText.Of(data, "file"));
        Set(document, "file.size", Number(data, "length"));
        Set(document, "file.hash.sha256", RecordText.Of(data, "sha256"));
        if (kind == "file.operation")
        {
            Set(document, "file.target_path", RecordText.Of(data, "destination"));
        }
    }

    /// <summary>Every member under its own name in the schema's spelling; of effects what can be searched
    /// for.</summary>
    private static void AddOwn(JsonObject document, JsonElement data)
    {
        foreach (JsonProperty member in data.EnumerateObject().Where(member => !Elsewhere.Contains(member.Name)))
        {
            // The channel of a session is a number, that of a delivery (mail, webhook) a word: one field has one type.
            bool isWord = member.Name == "channel" && member.Value.ValueKind == JsonValueKind.String;
            string name =
                "bastion." + (isWord ? "channel_name" : JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name));
            JsonNode? value = member.Value.ValueKind switch
            {
                JsonValueKind.Number => JsonValue.Create(member.Value.GetInt64()),
                JsonValueKind.True => JsonValue.Create(true),
                JsonValueKind.False => JsonValue.Create(false),
                JsonValueKind.Array => Numbers(member.Value) ?? Strings(Items(data, member.Name)),
                _ => RecordText.Of(member.Value) is { } text ? JsonValue.Create(text) : null,
            };
            Set(document, name, value);
        }

        if (data.TryGetProperty("effects", out JsonElement effects))
        {
            var each = effects.EnumerateArray().Where(effect => effect.TryGetProperty("kind", out _)).ToList();
            Set(document, "bastion.effects", Strings(each.Select(effect => RecordText.Of(effect, "kind"))));
            Set(document, "bastion.effect_objects", Strings(each.SelectMany(effect => Items(effect, "objects"))));
            Set(document, "bastion.effect_reasons", Strings(each.Select(effect => RecordText.Of(effect, "reason"))));
        }
    }

    private static string Message(string kind, JsonElement data)
    {
        IEnumerable<string> parts = Told
            .Select(member => (Member: member, Text: RecordText.Of(data, member)))
            .Where(part => part.Text is not null)
            .Select(part => $"{part.Member}={part.Text}");
        return VisibleText.Of($"{kind} {string.Join(' ', parts)}".TrimEnd(), MaximumMessageLength);
    }

    private static IEnumerable<string?> Items(JsonElement data, string member) =>
        data.TryGetProperty(member, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(RecordText.Of)
            : [];

    private static IEnumerable<string> Distinct(params string?[] values) => values.OfType<string>().Distinct();

    private static long? Number(JsonElement data, string member) =>
        data.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.Number
        ? value.GetInt64()
        : null;

    /// <summary>Null when it is a list of something else.</summary>
    private static JsonArray? Numbers(JsonElement list)
    {
        var numbers = new JsonArray([.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Number)
            .Select(item => JsonValue.Create(item.GetInt64()))]);
        return numbers.Count == 0 ? null : numbers;
    }

    /// <summary>Null when there is none: an empty list says nothing.</summary>
    private static JsonArray? Strings(IEnumerable<string?> values)
    {
        var array = new JsonArray([.. values.OfType<string>().Select(value => JsonValue.Create(value))]);
        return array.Count == 0 ? null : array;
    }

    private static string Cut(string text, int bytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytes)
        {
            return text;
        }

        int end = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
            {
                break;
            }

            end += rune.Utf16SequenceLength;
        }

        return text[..end];
    }

    private static void Set(JsonObject document, string path, JsonNode? value)
    {
        if (value is null)
        {
            return;
        }

        JsonObject at = document;
        string[] names = path.Split('.');
        foreach (string name in names[..^1])
        {
            if (at[name] is not JsonObject next)
            {
                at[name] = next = [];
            }

            at = next;
        }

        at[names[^1]] = value;
    }
}
