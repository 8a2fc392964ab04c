using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bastion.Audit;

namespace Bastion.Followers.Shipping.OpenTelemetry;

/// <summary>
/// Any OpenTelemetry collector, over OTLP/HTTP in JSON. Spoken here and not through a logging sink: a sink takes an
/// event and returns before anybody has answered, so no position could ever be written after it.
/// </summary>
internal sealed class OtlpDestination(OtlpOptions options, string origin, HttpClient http) : IDestination
{
    private const string DefaultPath = "v1/logs";

    /// <summary>In characters, of an answer that is an error.</summary>
    private const int MaximumReasonLength = 300;

    private readonly string _path = options.Outlet.Url.AbsolutePath is "/" or ""
        ? DefaultPath
        : options.Outlet.Url.AbsoluteUri;

    public ReadOnlyMemory<byte> Encode(JournalEntry entry, string id) => OtlpLogs.Encode(entry, id, origin);

    public async Task<DeliveryReport> DeliverAsync(IReadOnlyList<OutgoingRecord> batch,
        CancellationToken cancellationToken)
    {
        using HttpResponseMessage answer = await http.PostAsync(_path, Body(batch), cancellationToken);
        string body = await answer.Content.ReadAsStringAsync(cancellationToken);
        string reason = VisibleText.Of($"{(int)answer.StatusCode} {body}", MaximumReasonLength);
        return answer.StatusCode switch
        {
            HttpStatusCode.OK => Read(body, batch.Count),
            HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity =>
                DeliveryReport.SplitUp(batch.Count, reason),
            // The protocol calls some of these final. They are of the collector or the way to it, and evidence is not
            // dropped for that.
            _ => DeliveryReport.RetryAll(batch.Count, reason, answer.Headers.RetryAfter?.Delta),
        };
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// A partial success says how many were rejected and not which. Halves are sent again until it is known: what was
    /// taken before comes twice, under the same `log.record.uid`.
    /// </summary>
    private static DeliveryReport Read(string body, int count)
    {
        try
        {
            JsonNode? partial = body.Length == 0 ? null : JsonNode.Parse(body)?["partialSuccess"];
            long rejected = partial?["rejectedLogRecords"] switch
            {
                null => 0,
                // A 64-bit integer, which protocol buffers write as a string.
                var number => long.Parse(number.ToString(), System.Globalization.CultureInfo.InvariantCulture),
            };
            return rejected == 0
                ? DeliveryReport.AllDelivered(count)
                : DeliveryReport.SplitUp(count,
                VisibleText.Of($"rejected: {partial!["errorMessage"]}", MaximumReasonLength));
        }
        catch (Exception failure) when (failure is JsonException or FormatException or InvalidOperationException)
        {
            return DeliveryReport.RetryAll(count, "the answer is not one of an export request");
        }
    }

    private ByteArrayContent Body(IReadOnlyList<OutgoingRecord> batch)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            OtlpLogs.WriteRequest(gzip, origin, batch);
        }

        var content = new ByteArrayContent(compressed.GetBuffer(), 0, (int)compressed.Length);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add("gzip");
        return content;
    }
}
