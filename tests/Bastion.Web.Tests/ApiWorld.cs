using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Control.Authentication;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;
using Bastion.Control.Tests;
using Bastion.Policy;
using Bastion.Server.Hosting;
using Bastion.Tests;
using OtpNet;

namespace Bastion.Web.Tests;

/// <summary>
/// A whole gateway on free ports with its data in a directory of its own, and people who can sign in: alice works, bob
/// approves, carol audits, erin administers security, gone has left.
/// </summary>
internal sealed class ApiWorld : IAsyncDisposable
{
    public const string Policy = """
        people:
          alice: {full-name: Alice Chen}
          bob:
          carol:
          erin:
          gone: {active: false}
        groups:
          engineers: {members: [alice, bob]}
          approvers: {members: [bob]}
        roles:
          audit-administration: {held-by: carol}
          security-administration: {held-by: erin}
        targets:
          orders-db:
            host: 10.0.3.7
            labels: {environment: production, kind: database}
            accounts: {app: orders/app}
            default-account: app
        grants:
          all: {who: engineers, targets: "*", accounts: "*", allow: {exec: true, shell: observed}}
        rules:
          opaque-needs-approval:
            effects: [code.opaque, session.escape]
            require: {from: approvers, tier: medium, within: 5m}
            because: nobody can see beforehand what it would do
        """;

    private static readonly string Hash = PasswordHash.Create("correct horse");
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly string _directory = Directory.CreateTempSubdirectory("bastion-api-").FullName;

    private ApiWorld()
    {
    }

    public ManualTime Time { get; } = new();

    public BastionHost Host { get; private set; } = null!;

    public Gateway Gateway => Host.Gateway;

    public HttpClient Http { get; private set; } = null!;

    public string PolicyFile => Path.Combine(_directory, "policies", "policy.yaml");

    public BastionOptions Options => new()
    {
        DataDirectory = Path.Combine(_directory, "data"),
        PolicyDirectory = Path.Combine(_directory, "policies"),
        WebPort = 0,
        SshPort = 0,
        SshAddress = IPAddress.Loopback,
        LogToConsole = false,
    };

    public static async Task<ApiWorld> StartAsync()
    {
        var world = new ApiWorld();
        Directory.CreateDirectory(Path.Combine(world._directory, "policies"));
        await File.WriteAllTextAsync(world.PolicyFile, Policy);
        await world.RestartAsync();
        foreach (string? person in new[] { "alice", "bob", "carol", "erin", "gone" })
        {
            await world.Gateway.UserSecrets.SetAsync(person, Hash, SecretOf(person), CancellationToken.None);
        }

        return world;
    }

    /// <summary>Stops the gateway if it runs, and starts it on the same directory.</summary>
    public async Task RestartAsync()
    {
        if (Host is not null)
        {
            Http.Dispose();
            await Host.DisposeAsync();
        }

        Host = await BastionHost.StartAsync(Options, Time, null, CancellationToken.None);
        Http = new HttpClient(new SocketsHttpHandler { UseCookies = false })
        {
            BaseAddress = new Uri($"http://{Host.WebEndPoint}"),
        };
    }

    public string CodeOf(string person) => new Totp(SecretOf(person)).ComputeTotp(Time.GetUtcNow().UtcDateTime);

    /// <summary>The next code: one that was not used yet.</summary>
    public string NextCodeOf(string person)
    {
        Time.Advance(TimeSpan.FromSeconds(CredentialVerifier.StepSeconds));
        return CodeOf(person);
    }

    public Task<HttpResponseMessage> LoginAsync(string user, string password, string totp) =>
        Http.PostAsJsonAsync("/api/auth/login", new { user, password, totp }, Json);

    /// <summary>Signs in and returns the access token.</summary>
    public async Task<string> TokenAsync(string person)
    {
        using HttpResponseMessage answer = await LoginAsync(person, "correct horse", NextCodeOf(person));
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString()!;
    }

    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? token, object? body = null,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        foreach ((string? name, string? value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (body is not null)
        {
            request.Content = JsonContent.Create(body, options: Json);
        }

        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task<JsonElement> GetAsync(string path, string token)
    {
        using HttpResponseMessage answer = await SendAsync(HttpMethod.Get, path, token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public static async Task<string> DetailOf(HttpResponseMessage answer)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString()!;
    }

    public async Task<Session> SessionAsync(string person = "alice")
    {
        SessionStart start = await Gateway.Sessions.StartAsync(
            new SessionOpening
            {
                Principal = new PolicyPrincipal(person),
                Target = "orders-db",
                Client = new IPEndPoint(IPAddress.Parse("10.1.2.3"), 50_000),
                Login = LoginMethods.PublicKey,
            },
            CancellationToken.None);
        return Assert.IsType<SessionStart.Started>(start).Session;
    }

    public Task<GateAnswer> AskAsync(Session session, string command) =>
        AskAsync(session, command, new WaitingRequester());

    public async Task<HeldCommand> HoldAsync(Session session, string command = "sh -s")
    {
        var requester = new WaitingRequester();
        Task<GateAnswer> answer = AskAsync(session, command, requester);
        await Task.WhenAny(answer, requester.Held);
        Assert.False(answer.IsCompleted, "it was not held");
        return new HeldCommand(await requester.Held, answer);
    }

    public IReadOnlyList<JournalEntry> Records(string kind) =>
        [.. Gateway.JournalReader.Read().Where(entry => entry.Kind == kind)];

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private Task<GateAnswer> AskAsync(Session session, string command, WaitingRequester requester) =>
        new Asking(Gateway.Gate, session, requester).AskAsync(
            new ExecIntent(Encoding.UTF8.GetBytes(command), new IntentContext(0)), CancellationToken.None);

    private static byte[] SecretOf(string person) => Encoding.ASCII.GetBytes($"secret-of-{person}-0123456789");
}
