using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bastion.Audit;
using Bastion.Followers.Shipping.Ecs;

namespace Bastion.Followers.Shipping.Elasticsearch;

/// <param name="Sequence">The record's place in the journal; null for what the journal does not have.</param>
/// <param name="Id">What it is called in the index.</param>
/// <param name="Problem">`missing`, `altered` or `extra`, and what differs.</param>
internal sealed record IndexDifference(long? Sequence, string? Id, string Problem);

/// <summary>Asks the index for every record of a part of the journal and compares each document with what was
/// sent.</summary>
internal sealed class IndexComparison(ElasticsearchOptions options, string origin, HttpClient http)
{
    private const int Together = 500;

    /// <summary>How many were found as they were sent.</summary>
    public long Matching { get; private set; }

    /// <exception cref="HttpRequestException">The cluster does not answer as it should.</exception>
    public async IAsyncEnumerable<IndexDifference> CompareAsync(
        IEnumerable<JournalEntry> entries,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long? first = null;
        long present = 0;
        long next = 0;
        foreach (JournalEntry[] chunk in entries.Chunk(Together))
        {
            first ??= chunk[0].Sequence;
            next = chunk[^1].Sequence + 1;
            foreach ((JournalEntry? entry, JsonNode? document) in chunk.Zip(await FetchAsync(chunk, cancellationToken)))
            {
                present += document is null ? 0 : 1;
                if (Compare(entry, document) is { } difference)
                {
                    yield return difference;
                }
                else
                {
                    Matching++;
                }
            }
        }

        if (first is { } from && await CountAsync(from, next, cancellationToken) is var counted && counted > present)
        {
            yield return new IndexDifference(null, null,
                $"extra: {counted - present} documents claim places from {from} to {next - 1} and are no records of "
                    + "this journal");
        }
    }

    private IndexDifference? Compare(JournalEntry entry, JsonNode? document)
    {
        string id = RecordId.Of(origin, entry);
        if (document is null)
        {
            return new IndexDifference(entry.Sequence, id, "missing");
        }

        JsonObject expected = JsonNode.Parse(EcsDocument.Encode(entry, id, origin))!.AsObject();
        if (JsonNode.DeepEquals(expected, document))
        {
            return null;
        }

        JsonObject found = document as JsonObject ?? [];
        IEnumerable<string> members = expected.Select(member => member.Key).Union(found.Select(member => member.Key))
            .Where(name => !JsonNode.DeepEquals(expected[name], found[name]));
        return new IndexDifference(entry.Sequence, id,
            $"altered: {VisibleText.Of(string.Join(", ", members), maximum: 200)}");
    }

    /// <summary>The documents in the order of the records, null where there is none. By id: what was indexed a moment
    /// ago is there.</summary>
    private async Task<IReadOnlyList<JsonNode?>> FetchAsync(JournalEntry[] entries, CancellationToken cancellationToken)
    {
        var docs = new JsonArray([.. entries.Select(entry => new JsonObject
        {
            ["_index"] = BulkRequest.IndexOf(options.Alias, entry.At),
            ["_id"] = RecordId.Of(origin, entry),
        })]);
        JsonNode answer = await AskAsync("_mget", new JsonObject { ["docs"] = docs }, cancellationToken);
        JsonArray? found = answer["docs"]?.AsArray();
        return found?.Count == entries.Length
            ? [.. found.Select(document => (bool?)document?["found"] == true ? document!["_source"] : null)]
            : throw new HttpRequestException("the cluster did not answer for every record that was asked for");
    }

    private async Task<long> CountAsync(long from, long next, CancellationToken cancellationToken)
    {
        var query = new JsonObject
        {
            ["query"] = new JsonObject
            {
                ["bool"] = new JsonObject
                {
                    ["filter"] = new JsonArray(
                        new JsonObject { ["term"] = new JsonObject { ["observer.name"] = origin } },
                        new JsonObject
                        {
                            ["range"] = new JsonObject
                            {
                                ["event.sequence"] = new JsonObject { ["gte"] = from, ["lt"] = next },
                            },
                        }),
                },
            },
        };
        return (long?)(await AskAsync($"{options.Alias}/_count", query, cancellationToken))["count"] ?? 0;
    }

    private async Task<JsonNode> AskAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await http.PostAsJsonAsync(path, body, cancellationToken);
        string text = await answer.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            return answer.StatusCode == HttpStatusCode.OK && JsonNode.Parse(text) is { } node
                ? node
                : throw new HttpRequestException(
                $"`{path}`: {(int)answer.StatusCode} {VisibleText.Of(text, maximum: 300)}");
        }
        catch (JsonException failure)
        {
            throw new HttpRequestException($"`{path}`: the answer is not JSON", failure);
        }
    }
}
