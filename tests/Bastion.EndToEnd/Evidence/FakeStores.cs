using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Security;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bastion.EndToEnd.Evidence;

/// <summary>A store on this machine that tells the test of each write: when it is stored and not yet acknowledged, and
/// after.</summary>
internal abstract class FakeStore : IDisposable
{
    private readonly HttpListener _listener = new();

    protected FakeStore()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Url = new Uri($"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
        }

        _listener.Prefixes.Add(Url.AbsoluteUri);
        _listener.Start();
        Serving = ServeAsync();
    }

    public Uri Url { get; }

    /// <summary>After what it counts as a write, by its number: stored, and nobody was told.</summary>
    public Action<int>? Stored { get; set; }

    /// <summary>The answer is on its way.</summary>
    public Action<int>? Answered { get; set; }

    private Task Serving { get; }

    protected int Writes { get; set; }

    public void Dispose()
    {
        _listener.Stop();
        _listener.Close();
    }

    /// <summary>Status and body; true when it was a write.</summary>
    protected abstract (int Status, string Body, bool Write) Answer(HttpListenerRequest request, byte[] body);

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            try
            {
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                (int status, string text, bool write) = Answer(context.Request, body.ToArray());
                int number = write ? ++Writes : 0;
                if (write)
                {
                    Stored?.Invoke(number);
                }

                context.Response.StatusCode = status;
                byte[] answer = Encoding.Latin1.GetBytes(text);
                context.Response.ContentLength64 = answer.Length;
                if (context.Request.HttpMethod != "HEAD")
                {
                    await context.Response.OutputStream.WriteAsync(answer);
                }

                context.Response.Close();
                if (write)
                {
                    Answered?.Invoke(number);
                }
            }
            catch (Exception gone) when (gone is HttpListenerException or IOException or ObjectDisposedException)
            {
                // The gateway was killed while it was answered.
            }
        }
    }
}

/// <summary>As much of Elasticsearch as `_bulk` with `create` needs.</summary>
internal sealed class BulkStore : FakeStore
{
    public ConcurrentDictionary<string, string> Documents { get; } = new();

    /// <summary>Ids that came again.</summary>
    public ConcurrentQueue<string> Repeated { get; } = new();

    /// <summary>Ids that came again with another document.</summary>
    public ConcurrentQueue<string> Changed { get; } = new();

    /// <summary>What this store will not take, by a word in the document.</summary>
    public string? Unacceptable { get; set; }

    protected override (int Status, string Body, bool Write) Answer(HttpListenerRequest request, byte[] body)
    {
        if (request.Url!.AbsolutePath != "/_bulk")
        {
            return (404, "{}", false);
        }

        using var plain = new StreamReader(new GZipStream(new MemoryStream(body), CompressionMode.Decompress));
        string[] lines = plain.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var items = new JsonArray();
        foreach (string[] pair in lines.Chunk(2))
        {
            string id = (string)JsonNode.Parse(pair[0])!["create"]!["_id"]!;
            bool refused = Unacceptable is { } word && pair[1].Contains(word, StringComparison.Ordinal);
            bool isNew = !refused && Documents.TryAdd(id, pair[1]);
            if (!isNew && !refused)
            {
                Repeated.Enqueue(id);
                if (Documents[id] != pair[1])
                {
                    Changed.Enqueue(id);
                }
            }

            items.Add(new JsonObject
            {
                ["create"] = new JsonObject { ["_id"] = id, ["status"] = refused ? 400 : isNew ? 201 : 409 },
            });
        }

        return (200, new JsonObject { ["items"] = items }.ToJsonString(), true);
    }

    public HashSet<long> Sequences() =>
        [.. Documents.Values.Select(document => JsonDocument.Parse(document).RootElement.GetProperty("event")
        .GetProperty("sequence").GetInt64())];
}

/// <summary>As much of S3 as an archive without locks needs: nothing is ever written over.</summary>
internal sealed class ObjectStore : FakeStore
{
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new();

    protected override (int Status, string Body, bool Write) Answer(HttpListenerRequest request, byte[] body)
    {
        string[] path = request.Url!.AbsolutePath.TrimStart('/').Split('/', 2);
        string key = path.Length > 1 ? Uri.UnescapeDataString(path[1]) : "";
        return request.HttpMethod switch
        {
            "PUT" when Objects.TryAdd(key, body) => (200, "", true),
            "PUT" => (412, "<Error><Code>PreconditionFailed</Code></Error>", false),
            "GET" when key.Length == 0 => (200, Versions(request.QueryString["prefix"] ?? ""), false),
            "GET" when Objects.TryGetValue(key, out byte[]? content) =>
                (200, Encoding.Latin1.GetString(content), false),
            _ => (404, "<Error><Code>NoSuchKey</Code></Error>", false),
        };
    }

    private string Versions(string prefix)
    {
        var list = new StringBuilder("<?xml version=\"1.0\"?><ListVersionsResult><IsTruncated>false</IsTruncated>");
        foreach ((string key, byte[] content) in Objects.Where(each =>
            each.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(each => each.Key, StringComparer.Ordinal))
        {
            list.Append(CultureInfo.InvariantCulture,
                $"<Version><Key>{SecurityElement.Escape(key)}</Key><VersionId>1</VersionId><IsLatest>true</IsLatest><Size>{content.Length}</Size></Version>");
        }

        return list.Append("</ListVersionsResult>").ToString();
    }
}
