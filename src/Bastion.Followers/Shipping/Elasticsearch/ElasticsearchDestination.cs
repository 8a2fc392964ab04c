using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bastion.Audit;
using Bastion.Followers.Shipping.Ecs;

namespace Bastion.Followers.Shipping.Elasticsearch;

/// <summary>Elasticsearch 8 and 9 and OpenSearch 1 to 3, over `_bulk`. Puts the index template there before the first
/// record.</summary>
internal sealed class ElasticsearchDestination(ElasticsearchOptions options, string origin, HttpClient http)
    : IDestination
{
    /// <summary>In characters, of an answer that is an error.</summary>
    private const int MaximumReasonLength = 300;

    private bool _prepared;

    public ReadOnlyMemory<byte> Encode(JournalEntry entry, string id) => BulkRequest.Lines(
        BulkRequest.IndexOf(options.Alias, entry.At), id, EcsDocument.Encode(entry, id, origin));

    public async Task<DeliveryReport> DeliverAsync(IReadOnlyList<OutgoingRecord> batch,
        CancellationToken cancellationToken)
    {
        if (!_prepared && options.InstallTemplate && await PrepareAsync(cancellationToken) is { } objection)
        {
            return DeliveryReport.RetryAll(batch.Count, objection);
        }

        _prepared = true;
        using var request = new HttpRequestMessage(HttpMethod.Post, "_bulk") { Content = BulkRequest.Body(batch) };
        using HttpResponseMessage answer = await http.SendAsync(request, cancellationToken);
        byte[] body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => BulkResponse.Read(body, batch),
            HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.BadRequest =>
                DeliveryReport.SplitUp(batch.Count, Reason(answer, body)),
            _ => DeliveryReport.RetryAll(batch.Count, Reason(answer, body), RetryAfter(answer)),
        };
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Null when the template is there, else why it is not.</summary>
    private async Task<string?> PrepareAsync(CancellationToken cancellationToken)
    {
        using HttpResponseMessage about = await http.GetAsync("", cancellationToken);
        if (!about.IsSuccessStatusCode)
        {
            return Reason(about, await about.Content.ReadAsByteArrayAsync(cancellationToken));
        }

        bool openSearch = await IsOpenSearchAsync(about, cancellationToken);
        if (await InstalledVersionAsync(cancellationToken) >= IndexTemplate.Version)
        {
            return null;
        }

        using HttpResponseMessage put = await http.PutAsJsonAsync($"_index_template/{options.Alias}",
            IndexTemplate.Create(options.Alias, openSearch), cancellationToken);
        return put.IsSuccessStatusCode
            ? null
            : $"the index template cannot be put there (`install-template: false` when an administrator does it): "
            + $"{Reason(put, await put.Content.ReadAsByteArrayAsync(cancellationToken))}";
    }

    private static async Task<bool> IsOpenSearchAsync(HttpResponseMessage about, CancellationToken cancellationToken)
    {
        try
        {
            JsonNode? answer = await about.Content.ReadFromJsonAsync<JsonNode>(cancellationToken);
            return (string?)answer?["version"]?["distribution"] == "opensearch";
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private async Task<long> InstalledVersionAsync(CancellationToken cancellationToken)
    {
        using HttpResponseMessage found = await http.GetAsync($"_index_template/{options.Alias}", cancellationToken);
        if (!found.IsSuccessStatusCode)
        {
            return -1;
        }

        try
        {
            JsonNode? answer = await found.Content.ReadFromJsonAsync<JsonNode>(cancellationToken);
            return (long?)answer?["index_templates"]?[0]?["index_template"]?["version"] ?? -1;
        }
        catch (Exception failure)
            when (failure is JsonException or InvalidOperationException or ArgumentOutOfRangeException)
        {
            return -1;
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter?.Delta;

    private static string Reason(HttpResponseMessage answer, byte[] body) =>
        VisibleText.Of($"{(int)answer.StatusCode} {System.Text.Encoding.UTF8.GetString(body)}",
        MaximumReasonLength);
}
