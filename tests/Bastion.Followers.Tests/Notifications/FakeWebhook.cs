using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Bastion.Followers.Tests.Notifications;

/// <summary>Receives as the documentation tells receivers to: it checks the signature first.</summary>
internal sealed class FakeWebhook : IAsyncDisposable
{
    public const string Secret = "shared-with-the-receiver";

    private readonly WebApplication _app;

    private FakeWebhook(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First() + "/hook");

    public ConcurrentQueue<JsonElement> Received { get; } = new();

    /// <summary>How many more times it answers with a failure.</summary>
    public int Failures { get; set; }

    public static async Task<FakeWebhook> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var webhook = new FakeWebhook(builder.Build());
        webhook._app.MapPost("/hook", webhook.ReceiveAsync);
        await webhook._app.StartAsync();
        return webhook;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        string[] signature = request.Headers["Bastion-Signature"].ToString().Split(',');
        string seconds = signature[0]["t=".Length..];
        byte[] signed = [.. Encoding.ASCII.GetBytes(seconds + "."), .. body.ToArray()];
        string expected = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.ASCII.GetBytes(Secret), signed));
        if (signature[1] != "v1=" + expected)
        {
            return Results.Unauthorized();
        }

        if (Failures > 0)
        {
            Failures--;
            return Results.StatusCode(503);
        }

        Received.Enqueue(JsonDocument.Parse(body.ToArray()).RootElement);
        return Results.NoContent();
    }
}
