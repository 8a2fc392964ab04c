using System.Text.Json;

namespace Bastion.Followers.Shipping.Elasticsearch;

/// <summary>The answer to `POST /_bulk`. The HTTP status says only that the request was read; what counts is each
/// item.</summary>
internal static class BulkResponse
{
    /// <summary>In characters; reasons quote the document.</summary>
    private const int MaximumReasonLength = 500;

    public static DeliveryReport Read(ReadOnlyMemory<byte> body, IReadOnlyList<OutgoingRecord> batch)
    {
        try
        {
            using var answer = JsonDocument.Parse(body);
            if (!answer.RootElement.TryGetProperty("items", out JsonElement items)
                || items.GetArrayLength() != batch.Count)
            {
                return DeliveryReport.RetryAll(batch.Count, "the answer does not name every record");
            }

            return new DeliveryReport([.. items.EnumerateArray().Zip(batch, FateOf)]);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return DeliveryReport.RetryAll(batch.Count, "the answer is not one of a bulk request");
        }
    }

    private static RecordFate FateOf(JsonElement item, OutgoingRecord record)
    {
        JsonElement result = item.GetProperty("create");
        if (result.GetProperty("_id").GetString() != record.Id)
        {
            return new RecordFate(Fate.Retry, "the answer is about another record");
        }

        int status = result.GetProperty("status").GetInt32();
        if (result.TryGetProperty("failure_store", out JsonElement failureStore) && failureStore.GetString() == "used")
        {
            return new RecordFate(Fate.Refused, "it went to the failure store and not to the index");
        }

        return status switch
        {
            200 or 201 => new RecordFate(Fate.Delivered),
            // Under `create` a conflict means that this id is there already: sent before, and the answer got lost.
            409 => new RecordFate(Fate.Delivered),
            // The document itself is at fault (mapping, parsing, too many fields), and will be tomorrow.
            400 or 413 => new RecordFate(Fate.Refused, ReasonOf(result, status)),
            // Too busy, no permission yet, index blocked: of the cluster, not of the record.
            _ => new RecordFate(Fate.Retry, ReasonOf(result, status)),
        };
    }

    private static string ReasonOf(JsonElement result, int status)
    {
        if (!result.TryGetProperty("error", out JsonElement error) || error.ValueKind != JsonValueKind.Object)
        {
            return $"status {status}";
        }

        string? type = error.TryGetProperty("type", out JsonElement word) ? word.GetString() : null;
        string? reason = error.TryGetProperty("reason", out JsonElement sentence) ? sentence.GetString() : null;
        return VisibleText.Of($"{status} {type}: {reason}", MaximumReasonLength);
    }
}
