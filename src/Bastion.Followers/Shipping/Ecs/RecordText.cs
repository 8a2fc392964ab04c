using System.Text;
using System.Text.Json;

namespace Bastion.Followers.Shipping.Ecs;

/// <summary>The text of peers in a record, in whichever of its forms, as one string.</summary>
internal static class RecordText
{
    /// <summary>
    /// A string as it is, cut text by its beginning, bytes that are no UTF-8 with U+FFFD for what is none. Null for
    /// what is not text. The exact bytes stay in the record.
    /// </summary>
    public static string? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Object when value.TryGetProperty("head", out JsonElement head) => head.GetString(),
        JsonValueKind.Object when value.TryGetProperty("base64", out JsonElement base64) =>
            Encoding.UTF8.GetString(base64.GetBytesFromBase64()),
        _ => null,
    };

    public static string? Of(JsonElement data, string member) =>
        data.TryGetProperty(member, out JsonElement value) ? Of(value) : null;

    /// <summary>Whether only the beginning stands in the record.</summary>
    public static bool IsCut(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("sha256", out _);
}
