using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Bastion.Followers.Shipping.Elasticsearch;

/// <summary>
/// The body of `POST /_bulk`: for each record a line that says `create` under its id in the index of its own day, and a
/// line with the document. A record sent again, however late, meets the same index, and `create` finds it there.
/// </summary>
internal static class BulkRequest
{
    public static string IndexOf(string alias, DateTimeOffset at) =>
        string.Create(CultureInfo.InvariantCulture, $"{alias}-{at.UtcDateTime:yyyy.MM.dd}");

    /// <summary>Both lines of one record.</summary>
    public static ReadOnlyMemory<byte> Lines(string index, string id, ReadOnlySpan<byte> document)
    {
        using var lines = new MemoryStream(document.Length + 160);
        using (var action = new Utf8JsonWriter(lines))
        {
            action.WriteStartObject();
            action.WriteStartObject("create");
            action.WriteString("_index", index);
            action.WriteString("_id", id);
            action.WriteEndObject();
            action.WriteEndObject();
        }

        lines.WriteByte((byte)'\n');
        lines.Write(document);
        lines.WriteByte((byte)'\n');
        return lines.GetBuffer().AsMemory(0, (int)lines.Length);
    }

    public static HttpContent Body(IReadOnlyList<OutgoingRecord> batch)
    {
        var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (OutgoingRecord record in batch)
            {
                gzip.Write(record.Wire.Span);
            }
        }

        var content = new ByteArrayContent(compressed.GetBuffer(), 0, (int)compressed.Length);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        content.Headers.ContentEncoding.Add("gzip");
        return content;
    }
}
