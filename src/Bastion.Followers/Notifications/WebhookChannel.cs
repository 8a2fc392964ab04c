using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Bastion.Followers.Notifications;

/// <summary>
/// Posts a message as JSON. `Bastion-Signature: t=SECONDS,v1=HEX` is HMAC-SHA256 with the shared secret over the
/// seconds, a full stop and the body: the receiver checks it, refuses old times, and drops a `Bastion-Delivery` it has
/// seen.
/// </summary>
internal sealed class WebhookChannel(IReadOnlyList<WebhookOptions> webhooks, HttpClient http, string journal,
    TimeProvider time) : IChannel
{
    /// <summary>In bytes. Beyond it files are named with their digests only.</summary>
    private const long MaximumAttached = 8 * 1024 * 1024;

    public string Name => "webhook";

    public async Task SendAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        WebhookOptions webhook = webhooks.FirstOrDefault(each => each.Name == delivery.Recipient)
            ?? throw new InvalidDataException($"there is no webhook `{delivery.Recipient}` any more");
        byte[] body = Write(delivery.Message);
        string seconds = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url)
        {
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Bastion-Delivery", delivery.Id);
        request.Headers.Add("Bastion-Signature",
            $"t={seconds},v1={Sign(SecretFile.Read(webhook.SecretFile), seconds, body)}");
        using HttpResponseMessage answer =
            await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{webhook.Url.Host} answered {(int)answer.StatusCode}");
        }
    }

    internal static string Sign(byte[] secret, string seconds, byte[] body) =>
        Convert.ToHexStringLower(
        HMACSHA256.HashData(secret, (byte[])[.. Encoding.ASCII.GetBytes(seconds + "."), .. body]));

    private byte[] Write(Message message)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("id", message.Id);
            json.WriteString("kind", message.Kind == MessageKind.Report ? "report" : "notice");
            json.WriteString("gateway", journal);
            json.WriteString("subject", message.Subject);
            json.WriteString("text", message.Text);
            json.WriteStartObject("facts");
            foreach ((string? name, string? value) in message.Facts)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            WriteFiles(json, message.Directory);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static void WriteFiles(Utf8JsonWriter json, string? directory)
    {
        json.WriteStartArray("files");
        List<FileInfo> files = directory is null
            ? []
            : [.. new DirectoryInfo(directory).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal)];
        bool attach = files.Sum(file => file.Length) <= MaximumAttached;
        foreach (FileInfo file in files)
        {
            byte[] content = File.ReadAllBytes(file.FullName);
            json.WriteStartObject();
            json.WriteString("name", file.Name);
            json.WriteString("sha256", Convert.ToHexStringLower(SHA256.HashData(content)));
            if (attach)
            {
                json.WriteBase64String("content", content);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
