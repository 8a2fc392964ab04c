using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Bastion.Control;

namespace Bastion.Cli;

/// <summary>
/// One person signed in at a running gateway, for commands that are acts of hers: they go through the same routes,
/// rights and records as the console, and not around them.
/// </summary>
internal sealed class GatewaySession : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;

    private GatewaySession(Uri gateway) => _http = new HttpClient { BaseAddress = gateway, Timeout = Timeout };

    public static Option<string> UrlOption() => new("--url")
    {
        Description = "The gateway's web address.",
        DefaultValueFactory = _ => "http://localhost:8080",
    };

    public static Option<string> UserOption() => new("--user")
    {
        Description = "Who asks. Password and code are asked for, or read from standard input, a line each.",
        Required = true,
    };

    /// <exception cref="CommandFailedException">The gateway does not answer, or does not know this person.</exception>
    public static async Task<GatewaySession> SignInAsync(string url, string user, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? gateway)
            || (gateway.Scheme != Uri.UriSchemeHttps && !(gateway.Scheme == Uri.UriSchemeHttp && gateway.IsLoopback)))
        {
            throw new CommandFailedException(
                $"`{VisibleText.Of(url)}` is no address that a password may be sent to; expected such as "
                    + "https://bastion.example.com, or http on this machine", ExitCodes.Usage);
        }

        var session = new GatewaySession(gateway);
        try
        {
            string password = await AskAsync("password: ", cancellationToken);
            string totp = await AskAsync("code: ", cancellationToken);
            JsonElement token = await session.SendAsync(HttpMethod.Post, "/api/auth/login",
                new { user, password, totp }, cancellationToken);
            session._http.DefaultRequestHeaders.Authorization =
                new AuthenticationHeaderValue("Bearer", token.GetProperty("accessToken").GetString());
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body,
        CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path)
            {
                Content = body is null ? null : JsonContent.Create(body),
            };
            using HttpResponseMessage answer = await _http.SendAsync(request, cancellationToken);
            string text = await answer.Content.ReadAsStringAsync(cancellationToken);
            return answer.IsSuccessStatusCode
                ? (text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text))
                : throw new CommandFailedException(Objection(answer.StatusCode, text));
        }
        catch (Exception failure) when (failure is HttpRequestException or JsonException
            || (failure is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new CommandFailedException(
                $"the gateway at `{_http.BaseAddress}` does not answer: {failure.Message}");
        }
    }

    /// <summary>Signs out: the token ends now, not in some minutes.</summary>
    public async Task EndAsync(CancellationToken cancellationToken) =>
        await SendAsync(HttpMethod.Post, "/api/auth/logout", new { }, cancellationToken);

    public void Dispose() => _http.Dispose();

    /// <summary>What the gateway itself says of it (RFC 9457).</summary>
    private static string Objection(HttpStatusCode status, string text)
    {
        try
        {
            JsonElement problem = JsonSerializer.Deserialize<JsonElement>(text);
            string? said = problem.TryGetProperty("detail", out JsonElement detail) ? detail.GetString() : null;
            said ??= problem.TryGetProperty("title", out JsonElement title) ? title.GetString() : null;
            return VisibleText.Of(said ?? $"the gateway answers {(int)status}");
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return status == HttpStatusCode.Forbidden
                ? "your duties do not include this"
                : $"the gateway answers {(int)status}";
        }
    }

    private static async Task<string> AskAsync(string prompt, CancellationToken cancellationToken)
    {
        if (Console.IsInputRedirected)
        {
            return await Console.In.ReadLineAsync(cancellationToken)
                ?? throw new CommandFailedException("expected password and code on standard input, a line each",
                ExitCodes.Usage);
        }

        await Console.Error.WriteAsync(prompt);
        var typed = new StringBuilder();
        for (ConsoleKeyInfo key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter;
            key = Console.ReadKey(intercept: true))
        {
            _ = key.Key == ConsoleKey.Backspace
                ? typed.Remove(Math.Max(0, typed.Length - 1), Math.Min(1, typed.Length))
                : typed.Append(key.KeyChar);
        }

        await Console.Error.WriteLineAsync();
        return typed.ToString();
    }
}
