using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bastion.Audit;
using Bastion.Audit.Tests;
using Bastion.Followers.Shipping.Ecs;
using Bastion.Followers.Shipping.Elasticsearch;

namespace Bastion.Followers.Tests.Shipping;

/// <summary>Documents against the published schema, for every kind of record and for hostile text.</summary>
public sealed class EcsDocumentTests
{
    private static readonly Dictionary<string, (string Type, bool List)> Schema = ReadSchema();

    /// <summary>What the schema expects of event.type below each event.category the gateway uses.</summary>
    private static readonly Dictionary<string, string[]> ExpectedTypes = new()
    {
        ["authentication"] = ["start", "end", "info"],
        ["configuration"] = ["access", "change", "creation", "deletion", "info"],
        ["file"] = ["access", "change", "creation", "deletion", "info"],
        ["host"] = ["access", "change", "end", "info", "start"],
        ["iam"] = ["admin", "change", "creation", "deletion", "group", "info", "user"],
        ["network"] = ["access", "allowed", "connection", "denied", "end", "info", "protocol", "start"],
        ["process"] = ["access", "change", "end", "info", "start"],
        ["session"] = ["start", "end", "info"],
    };

    [Fact]
    public async Task Every_document_of_every_kind_keeps_to_the_schema()
    {
        foreach (JournalEntry entry in await EntriesAsync())
        {
            JsonObject document = JsonNode.Parse(EcsDocument.Encode(entry, "id", SampleRecords.Origin))!.AsObject();
            foreach ((string? name, JsonNode? value) in Leaves(document, ""))
            {
                if (!name.StartsWith("bastion.", StringComparison.Ordinal))
                {
                    Assert.True(Schema.TryGetValue(name, out (string Type, bool List) field),
                        $"{entry.Kind}: `{name}` is no field of ECS");
                    Assert.True(Fits(value, field.Type), $"{entry.Kind}: `{name}` is no {field.Type}: {value}");
                }
            }

            string category = (string)document["event"]!["category"]![0]!;
            Assert.All(document["event"]!["type"]!.AsArray(),
                type => Assert.Contains((string)type!, ExpectedTypes[category]));
        }
    }

    [Fact]
    public void What_the_template_maps_is_what_the_schema_says()
    {
        foreach (EcsField field in EcsField.All)
        {
            Assert.True(Schema.TryGetValue(field.Name, out (string Type, bool List) expected),
                $"`{field.Name}` is no field of ECS");
            Assert.Equal(expected.Type, field.Type);
        }

        Assert.Equal(EcsField.All.Select(field => field.Name).Order(StringComparer.Ordinal),
            EcsField.All.Select(field => field.Name));
    }

    [Fact]
    public async Task Every_field_sent_is_mapped_and_our_own_have_one_type_whatever_the_kind()
    {
        var types = new Dictionary<string, (JsonValueKind Type, string Kind)>();
        var mapped = EcsField.All.Select(field => field.Name).ToHashSet();
        foreach (JournalEntry entry in await EntriesAsync())
        {
            foreach ((string? name, JsonNode? value) in Leaves(EcsDocument.Of(entry, "id", SampleRecords.Origin), ""))
            {
                if (!name.StartsWith("bastion.", StringComparison.Ordinal))
                {
                    Assert.Contains(name, mapped);
                    continue;
                }

                JsonValueKind type = value.GetValueKind() == JsonValueKind.False
                    ? JsonValueKind.True
                    : value.GetValueKind();
                (JsonValueKind, string Kind) first = types.TryAdd(name, (type, entry.Kind))
                    ? (type, entry.Kind)
                    : types[name];
                Assert.True(first.Item1 == type,
                    $"`{name}` is {first.Item1} in {first.Kind} and {type} in {entry.Kind}");
            }
        }
    }

    [Fact]
    public async Task The_record_itself_is_in_the_document_byte_for_byte_and_its_hash_is_the_leaf()
    {
        foreach (JournalEntry entry in await EntriesAsync())
        {
            JsonNode document = JsonNode.Parse(EcsDocument.Encode(entry, "id", SampleRecords.Origin))!;
            byte[] original = Encoding.UTF8.GetBytes((string)document["event"]!["original"]!);
            Assert.Equal(entry.Json.ToArray(), original);
            byte[] leaf = [0, .. original];
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(leaf)),
                (string?)document["event"]!["hash"]);
        }
    }

    [Fact]
    public async Task A_secret_in_a_command_leaves_the_gateway_masked_in_every_form()
    {
        byte[] notText = [0xFF, .. "mysql --password=hunter2secret"u8];
        SimulatedDisk disk = await SampleRecords.JournalAsync(
            [SampleRecords.Command("mysql --password=hunter2secret -e 'select 1'"), SampleRecords.Command(notText),
                SampleRecords.Command("ls")]);
        foreach (JournalEntry? entry in new JournalReader(SampleRecords.Directory, disk).Read()
            .Where(entry => entry.Kind == "command.decided"))
        {
            string encoded = Encoding.UTF8.GetString(EcsDocument.Encode(entry, "id", SampleRecords.Origin));
            JsonNode document = JsonNode.Parse(encoded)!;
            bool isSecret = (string?)document["process"]!["command_line"] != "ls";
            Assert.Equal(isSecret, (bool?)document["bastion"]!["secrets_masked"] == true);
            Assert.Equal(isSecret, document["event"]!["original"] is null);
            foreach (string? form in new[]
            {
                encoded, Encoding.UTF8.GetString(
                    Bastion.Followers.Shipping.Syslog.SyslogMessage.Frame(entry, "id", "gateway", 80_000)),
                Encoding.UTF8.GetString(
                    Bastion.Followers.Shipping.OpenTelemetry.OtlpLogs.Encode(entry, "id", SampleRecords.Origin)),
            })
            {
                Assert.DoesNotContain("hunter2", form, StringComparison.Ordinal);
                Assert.DoesNotContain(Convert.ToBase64String(notText), form, StringComparison.Ordinal);
                Assert.Equal(isSecret, form.Contains("[masked]", StringComparison.Ordinal));
            }
        }
    }

    [Fact]
    public async Task Hostile_text_never_breaks_a_line_and_long_commands_are_cut_where_a_term_ends()
    {
        foreach (JournalEntry entry in await EntriesAsync())
        {
            ReadOnlySpan<byte> lines = BulkRequest.Lines("bastion-audit-2026.11.23", "id",
                EcsDocument.Encode(entry, "id", SampleRecords.Origin)).Span;
            Assert.Equal(2, lines.Count((byte)'\n'));
            Assert.Equal((byte)'\n', lines[^1]);
            JsonNode document = JsonNode.Parse(lines[(lines.IndexOf((byte)'\n') + 1)..].ToArray())!;
            Assert.InRange(Encoding.UTF8.GetByteCount((string?)document["process"]?["command_line"] ?? ""), 0, 32_766);
            Assert.DoesNotContain(((string)document["message"]!), character => char.IsControl(character));
        }
    }

    [Fact]
    public void Both_templates_are_whole_and_opensearch_gets_types_it_has()
    {
        JsonObject elastic = IndexTemplate.Create("bastion-audit", openSearch: false);
        JsonObject open = IndexTemplate.Create("bastion-audit", openSearch: true);
        Assert.Equal("wildcard", (string?)Property(elastic, "process", "command_line")["type"]);
        Assert.Equal("keyword", (string?)Property(open, "process", "command_line")["type"]);
        Assert.DoesNotContain("match_only_text", open.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("ip", (string?)Property(open, "source", "ip")["type"]);
        Assert.Equal("bastion-audit-*", (string?)elastic["index_patterns"]![0]);
    }

    private static JsonNode Property(JsonObject template, string outer, string inner) =>
        template["template"]!["mappings"]!["properties"]![outer]!["properties"]![inner]!;

    private static async Task<IReadOnlyList<JournalEntry>> EntriesAsync()
    {
        SimulatedDisk disk = await SampleRecords.JournalAsync(SampleRecords.All);
        return [.. new JournalReader(SampleRecords.Directory, disk).Read()];
    }

    private static IEnumerable<(string Name, JsonNode Value)> Leaves(JsonNode node, string path) => node switch
    {
        JsonObject below =>
            below.SelectMany(member => Leaves(member.Value!, path.Length == 0 ? member.Key : $"{path}.{member.Key}")),
        JsonArray list => list.SelectMany(item => Leaves(item!, path)),
        _ => [(path, node)],
    };

    private static bool Fits(JsonNode value, string type) => type switch
    {
        "keyword" or "wildcard" or "match_only_text" => value.GetValueKind() == JsonValueKind.String,
        "long" => value.GetValueKind() == JsonValueKind.Number
            && long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        "float" => value.GetValueKind() == JsonValueKind.Number,
        "boolean" => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "date" => DateTimeOffset.TryParse((string?)value, CultureInfo.InvariantCulture, out _),
        "ip" => IPAddress.TryParse((string?)value, out IPAddress? address)
            && !((string)value!).Contains('%', StringComparison.Ordinal) && address.ToString() == (string?)value,
        _ => false,
    };

    private static Dictionary<string, (string, bool)> ReadSchema()
    {
        using var reader =
            new StreamReader(typeof(EcsDocumentTests).Assembly.GetManifestResourceStream("ecs-fields.csv")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#')
            .Select(line => line.Split(',')).ToDictionary(cells => cells[0], cells => (cells[1], cells[2] == "array"));
    }
}
