using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bastion.Audit;
using Bastion.Audit.Masking;

namespace Bastion.Followers.Shipping.Ecs;

/// <summary>
/// A record as it may leave the gateway: keys, tokens and passwords in its texts are masked, because whoever reads an
/// index or a syslog is seldom one of those who may see them. The journal and its archives hold what was typed.
/// </summary>
/// <param name="Json">The record's own bytes, when nothing had to be masked.</param>
/// <param name="Data">The members of its kind.</param>
/// <param name="IsMasked">Whether something was.</param>
internal sealed record MaskedRecord(ReadOnlyMemory<byte> Json, JsonElement Data, bool IsMasked)
{
    private static readonly JsonSerializerOptions Compact = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static MaskedRecord Of(JournalEntry entry)
    {
        JsonObject record = JsonNode.Parse(entry.Json.Span)!.AsObject();
        if (Mask(record["data"]) == 0)
        {
            return new MaskedRecord(entry.Json, entry.Data(), IsMasked: false);
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(record, Compact);
        using var document = JsonDocument.Parse(json);
        return new MaskedRecord(json, document.RootElement.GetProperty("data").Clone(), IsMasked: true);
    }

    /// <summary>How many texts held something to hide.</summary>
    private static int Mask(JsonNode? node)
    {
        switch (node)
        {
            // Bytes that are no UTF-8: a secret among them is one all the same.
            case JsonObject bytes when bytes["base64"] is JsonValue encoded
                && Hidden(Encoding.UTF8.GetString(Convert.FromBase64String((string)encoded!))) is { } text:
                bytes.ReplaceWith(text);
                return 1;
            case JsonObject members:
                return members.Select(member => member.Value).ToList().Sum(Mask);
            case JsonArray items:
                return items.ToList().Sum(Mask);
            case JsonValue value when value.TryGetValue(out string? text) && Hidden(text) is { } masked:
                value.ReplaceWith(masked);
                return 1;
            default:
                return 0;
        }
    }

    /// <summary>Null when there is nothing to hide.</summary>
    private static string? Hidden(string text) => SecretMask.Of(text) is var masked && masked != text ? masked : null;
}
