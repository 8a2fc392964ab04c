using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bastion.Audit;
using Bastion.Followers.Shipping.Ecs;

namespace Bastion.Followers.Shipping.OpenTelemetry;

/// <summary>
/// Records as log records of the OpenTelemetry protocol, in its JSON form: the fields of the ECS document are the
/// attributes, `log.record.uid` is the name by which a repeat can be told.
/// </summary>
internal static class OtlpLogs
{
    private const int Info = 9;
    private const int Warn = 13;

    private const long NanosecondsPerTick = 100;

    /// <summary>One element of `logRecords`.</summary>
    public static byte[] Encode(JournalEntry entry, string id, string origin)
    {
        JsonObject document = EcsDocument.Of(entry, id, origin);
        string nanoseconds = ((entry.At.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) * NanosecondsPerTick).ToString(
            CultureInfo.InvariantCulture);
        bool failed = (string?)document["event"]!["outcome"] == "failure";
        var attributes = new JsonArray(Attribute("log.record.uid", JsonValue.Create(id)));
        foreach ((string? name, JsonNode? value) in Leaves(document, ""))
        {
            if (name is not ("@timestamp" or "message"))
            {
                attributes.Add(Attribute(name, value));
            }
        }

        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["timeUnixNano"] = nanoseconds,
            ["observedTimeUnixNano"] = nanoseconds,
            ["severityNumber"] = failed ? Warn : Info,
            ["severityText"] = failed ? "WARN" : "INFO",
            ["eventName"] = "bastion." + entry.Kind,
            ["body"] = new JsonObject { ["stringValue"] = (string)document["message"]! },
            ["attributes"] = attributes,
        });
    }

    /// <summary>A whole `ExportLogsServiceRequest`.</summary>
    public static void WriteRequest(Stream output, string origin, IReadOnlyList<OutgoingRecord> batch)
    {
        using var writer = new Utf8JsonWriter(output);
        writer.WriteStartObject();
        writer.WriteStartArray("resourceLogs");
        writer.WriteStartObject();
        writer.WritePropertyName("resource");
        new JsonObject
        {
            ["attributes"] = new JsonArray(
                Attribute("service.name", JsonValue.Create("bastion")),
                Attribute("service.instance.id", JsonValue.Create(origin))),
        }.WriteTo(writer);
        writer.WriteStartArray("scopeLogs");
        writer.WriteStartObject();
        writer.WritePropertyName("scope");
        new JsonObject { ["name"] = "bastion.journal" }.WriteTo(writer);
        writer.WriteStartArray("logRecords");
        foreach (OutgoingRecord record in batch)
        {
            writer.WriteRawValue(record.Wire.Span, skipInputValidation: true);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static JsonObject Attribute(string name, JsonNode value) => new JsonObject
    {
        ["key"] = name,
        ["value"] = AnyValue(value),
    };

    /// <summary>AnyValue of the protocol; 64-bit integers are strings in its JSON.</summary>
    private static JsonObject AnyValue(JsonNode value) => value switch
    {
        JsonArray list => new JsonObject
        {
            ["arrayValue"] = new JsonObject { ["values"] = new JsonArray([.. list.Select(item => AnyValue(item!))]) },
        },
        _ => value.GetValueKind() switch
        {
            JsonValueKind.True => new JsonObject { ["boolValue"] = true },
            JsonValueKind.False => new JsonObject { ["boolValue"] = false },
            JsonValueKind.Number when long.TryParse(value.ToJsonString(), NumberStyles.AllowLeadingSign,
                CultureInfo.InvariantCulture, out long integer) =>
                new JsonObject { ["intValue"] = integer.ToString(CultureInfo.InvariantCulture) },
            JsonValueKind.Number => new JsonObject { ["doubleValue"] = value.DeepClone() },
            _ => new JsonObject { ["stringValue"] = (string?)value },
        },
    };

    private static IEnumerable<(string Name, JsonNode Value)> Leaves(JsonObject node, string path) =>
        node.SelectMany(member =>
        member.Value is JsonObject below
            ? Leaves(below, $"{path}{member.Key}.")
            : [($"{path}{member.Key}", member.Value!)]);
}
