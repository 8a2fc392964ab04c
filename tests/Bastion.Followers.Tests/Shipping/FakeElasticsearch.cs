using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Bastion.Followers.Tests.Shipping;

/// <summary>What goes wrong with one bulk request.</summary>
public enum Fault
{
    None,

    /// <summary>Nobody answers, and nothing was done.</summary>
    TimeoutBefore,

    /// <summary>All was done, and the connection breaks before the answer.</summary>
    DropAfter,

    /// <summary>The first half was done, and the connection breaks.</summary>
    HalfDoneThenDrop,

    /// <summary>It is done later, after the next request.</summary>
    DoneLater,

    TooManyRequests,

    Unavailable,

    TooLarge,

    /// <summary>Every third item is answered with 429.</summary>
    SomeBusy,

    /// <summary>Not JSON, as a proxy would.</summary>
    Nonsense,
}

/// <summary>
/// The part of Elasticsearch that shipping speaks to, as its documentation has it: `_bulk` with create under an id that
/// is unique in its index, `_index_template`, `_mget`, `_count`. Complains of anything on the wire that is not as it
/// should be.
/// A model of written rules, not a cluster.
/// </summary>
internal sealed class FakeElasticsearch : HttpMessageHandler
{
    private readonly Queue<byte[]> _late = new();
    private readonly Lock _lock = new();

    public List<string> Violations { get; } = [];

    /// <summary>By index, by id.</summary>
    public SortedDictionary<string, SortedDictionary<string, JsonObject>> Indices
    {
        get;
    } = new(StringComparer.Ordinal);

    public JsonObject? Template { get; private set; }

    public string Distribution { get; init; } = "elasticsearch";

    public string? Authorization { get; init; }

    public Func<Fault> NextFault { get; set; } = () => Fault.None;

    /// <summary>Somebody mended the mapping.</summary>
    public bool TakesAll { get; set; }

    public Action BeforeBulk { get; set; } = () => { };

    public int BulkRequests { get; private set; }

    public int LargestBulk { get; private set; }

    public IEnumerable<JsonObject> Documents => Indices.Values.SelectMany(index => index.Values);

    /// <summary>One request; throws what a client would see when the connection fails.</summary>
    public (int Status, string Body) Handle(string method, string path, IReadOnlyDictionary<string, string> headers,
        byte[] body)
    {
        lock (_lock)
        {
            if (Authorization is not null && headers.GetValueOrDefault("Authorization") != Authorization)
            {
                return (401,
                    """{"error":{"type":"security_exception","reason":"unable to authenticate"},"status":401}""");
            }

            return (method, path) switch
            {
                ("GET", "/") => (200, new JsonObject
                {
                    ["version"] = new JsonObject { ["number"] = "9.0.0", ["distribution"] = Distribution },
                }.ToJsonString()),
                ("GET", _) when path.StartsWith("/_index_template/", StringComparison.Ordinal) => Template is null
                    ? (404, """{"error":{"type":"resource_not_found_exception"},"status":404}""")
                    : (200, new JsonObject
                    {
                        ["index_templates"] = new JsonArray(new JsonObject
                        {
                            ["index_template"] = Template.DeepClone(),
                        }),
                    }.ToJsonString()),
                ("PUT", _) when path.StartsWith("/_index_template/", StringComparison.Ordinal) => PutTemplate(body),
                ("POST", "/_bulk") => Bulk(headers, body),
                ("POST", "/_mget") => MultiGet(body),
                ("POST", _) when path.EndsWith("/_count", StringComparison.Ordinal) => Count(body),
                _ => (400, """{"error":{"type":"illegal_argument_exception","reason":"no handler"},"status":400}"""),
            };
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request,
        CancellationToken cancellationToken)
    {
        var headers = request.Headers.Concat(request.Content?.Headers
            ?? Enumerable.Empty<KeyValuePair<string, IEnumerable<string>>>())
            .ToDictionary(header => header.Key, header => string.Join(", ", header.Value),
            StringComparer.OrdinalIgnoreCase);
        byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        (int status, string? text) = Handle(request.Method.Method, request.RequestUri!.AbsolutePath, headers, body);
        return new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent(text, Encoding.UTF8, "application/json"),
        };
    }

    private (int, string) PutTemplate(byte[] body)
    {
        Template = JsonNode.Parse(body)!.AsObject();
        return (200, """{"acknowledged":true}""");
    }

    private (int, string) Bulk(IReadOnlyDictionary<string, string> headers, byte[] body)
    {
        BeforeBulk();
        BulkRequests++;
        Require(Template is not null, "bulk before the template");
        Require(headers.GetValueOrDefault("Content-Type") == "application/x-ndjson",
            $"content type {headers.GetValueOrDefault("Content-Type")}");
        Require(headers.GetValueOrDefault("Content-Encoding") == "gzip", "not compressed");
        byte[] plain = Decompress(body);
        Require(plain.Length > 0 && plain[^1] == (byte)'\n', "no line feed at the end");
        string[] lines = Encoding.UTF8.GetString(plain)[..^1].Split('\n');
        Require(lines.Length % 2 == 0, "an odd number of lines");
        LargestBulk = Math.Max(LargestBulk, plain.Length);
        byte[]? late = _late.Count > 0 ? _late.Dequeue() : null;
        try
        {
            return Answer(NextFault(), lines, plain);
        }
        finally
        {
            if (late is not null)
            {
                Apply(Encoding.UTF8.GetString(late)[..^1].Split('\n'), _ => false);
            }
        }
    }

    private (int, string) Answer(Fault fault, string[] lines, byte[] plain)
    {
        switch (fault)
        {
            case Fault.TimeoutBefore:
                throw new TaskCanceledException("the request timed out", new TimeoutException());
            case Fault.DropAfter:
                Apply(lines, _ => false);
                throw new HttpRequestException("the connection was reset");
            case Fault.HalfDoneThenDrop:
                Apply(lines[..(lines.Length / 4 * 2)], _ => false);
                throw new HttpRequestException("the connection was reset");
            case Fault.DoneLater:
                _late.Enqueue(plain);
                throw new TaskCanceledException("the request timed out", new TimeoutException());
            case Fault.TooManyRequests:
                return (429, """{"error":{"type":"es_rejected_execution_exception"},"status":429}""");
            case Fault.Unavailable:
                return (503, "<html>no server is available to handle this request</html>");
            // A record that is too large alone is refused for good; this fault is about requests.
            case Fault.TooLarge when lines.Length > 2:
                return (413, "");
            case Fault.Nonsense:
                return (200, "<html>");
            default:
                return (200, Apply(lines, item => fault == Fault.SomeBusy && item % 3 == 1));
        }
    }

    private string Apply(string[] lines, Func<int, bool> busy)
    {
        var items = new JsonArray();
        bool errors = false;
        for (int line = 0; line + 1 < lines.Length; line += 2)
        {
            (int status, string? id, string? error) = busy(line / 2)
                ? (429, IdOf(lines[line]), "es_rejected_execution_exception")
                : Create(lines[line], lines[line + 1]);
            errors |= status > 299;
            var result = new JsonObject { ["_id"] = id, ["status"] = status };
            if (error is not null)
            {
                result["error"] = new JsonObject { ["type"] = error, ["reason"] = $"[{id}]: {error}" };
            }

            items.Add(new JsonObject { ["create"] = result });
        }

        return new JsonObject { ["took"] = 1, ["errors"] = errors, ["items"] = items }.ToJsonString();
    }

    private static string IdOf(string action) => (string)JsonNode.Parse(action)!["create"]!["_id"]!;

    private (int Status, string Id, string? Error) Create(string actionLine, string documentLine)
    {
        JsonObject action = JsonNode.Parse(actionLine)!.AsObject();
        Require(action.Count == 1 && action.ContainsKey("create"), $"action {actionLine}");
        (string? index, string? id) = ((string)action["create"]!["_index"]!, (string)action["create"]!["_id"]!);
        JsonObject document = JsonNode.Parse(documentLine)!.AsObject();
        Require((string?)document["event"]!["id"] == id, "another id in the document");
        DateTime day = DateTimeOffset.Parse((string)document["@timestamp"]!, CultureInfo.InvariantCulture).UtcDateTime;
        Require(index == string.Create(CultureInfo.InvariantCulture, $"bastion-audit-{day:yyyy.MM.dd}"),
            $"index {index}");
        if (!TakesAll && ((string?)document["process"]?["command_line"])?.Contains(SampleRecords.Unmappable,
            StringComparison.Ordinal) == true)
        {
            return (400, id, "document_parsing_exception");
        }

        if (!Indices.TryGetValue(index, out SortedDictionary<string, JsonObject>? documents))
        {
            Indices[index] = documents = new(StringComparer.Ordinal);
        }

        return documents.TryAdd(id, document) ? (201, id, null) : (409, id, "version_conflict_engine_exception");
    }

    private (int, string) MultiGet(byte[] body)
    {
        IEnumerable<JsonObject> found = JsonNode.Parse(body)!["docs"]!.AsArray().Select(wanted =>
        {
            (string? index, string? id) = ((string)wanted!["_index"]!, (string)wanted["_id"]!);
            return Indices.GetValueOrDefault(index)?.GetValueOrDefault(id) is { } document
                ? new JsonObject { ["_id"] = id, ["found"] = true, ["_source"] = document.DeepClone() }
                : new JsonObject { ["_id"] = id, ["found"] = false };
        });
        return (200, new JsonObject { ["docs"] = new JsonArray([.. found]) }.ToJsonString());
    }

    private (int, string) Count(byte[] body)
    {
        JsonNode filter = JsonNode.Parse(body)!["query"]!["bool"]!["filter"]!;
        string origin = (string)filter[0]!["term"]!["observer.name"]!;
        JsonNode range = filter[1]!["range"]!["event.sequence"]!;
        int count = Documents.Count(document => (string?)document["observer"]!["name"] == origin
            && (long)document["event"]!["sequence"]! is var sequence && sequence >= (long)range["gte"]!
            && sequence < (long)range["lt"]!);
        return (200, new JsonObject { ["count"] = count }.ToJsonString());
    }

    private static byte[] Decompress(byte[] body)
    {
        using var plain = new MemoryStream();
        using var gzip = new GZipStream(new MemoryStream(body), CompressionMode.Decompress);
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    private void Require(bool held, string otherwise)
    {
        if (!held)
        {
            Violations.Add(otherwise);
        }
    }
}
