using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using OtpNet;

namespace Bastion.EndToEnd;

/// <summary>One person at the web API, with an authenticator whose codes are used once each.</summary>
internal sealed class WebUser : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http;
    private readonly Totp _totp;
    private long _lastStep;

    private WebUser(Uri web, string totp)
    {
        _http = new HttpClient { BaseAddress = web };
        _totp = new Totp(Base32Encoding.ToBytes(totp));
    }

    public static async Task<WebUser> SignInAsync(Uri web, string name, string password, string totp)
    {
        var user = new WebUser(web, totp);
        // The code of the step before is still taken, which leaves the present one for what comes next; unless the clock
        // passes the end of a step on the way: then the present one is used up here.
        HttpResponseMessage answer = await user.LogInAsync(name, password, user.CodeOf(-1));
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            answer.Dispose();
            answer = await user.LogInAsync(name, password, user.CodeOf(0));
        }
        using HttpResponseMessage accepted = answer;
        Assert.Equal(HttpStatusCode.OK, accepted.StatusCode);
        JsonElement body = await accepted.Content.ReadFromJsonAsync<JsonElement>();
        user._http.DefaultRequestHeaders.Authorization =
            new AuthenticationHeaderValue("Bearer", body.GetProperty("accessToken").GetString());
        return user;
    }

    public async Task<JsonElement> GetAsync(string path) => await _http.GetFromJsonAsync<JsonElement>(path);

    public Task<HttpResponseMessage> AnswerAsync(string path) => _http.GetAsync(path);

    /// <summary>The one request that waits; polls until it is there.</summary>
    public async Task<JsonElement> WaitForRequestAsync()
    {
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        using var timer = new PeriodicTimer(Poll);
        while (true)
        {
            JsonElement pending = await GetAsync("/api/requests?state=pending");
            if (pending.GetArrayLength() > 0)
            {
                return Assert.Single(pending.EnumerateArray());
            }
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    public async Task<string> WaitForStateAsync(string id, params string[] states)
    {
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        using var timer = new PeriodicTimer(Poll);
        while (true)
        {
            string state = (await GetAsync($"/api/requests/{id}")).GetProperty("state").GetString()!;
            if (states.Contains(state))
            {
                return state;
            }
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    public async Task<HttpResponseMessage> ApproveAsync(string id) =>
        await _http.PostAsJsonAsync($"/api/requests/{id}/approve", new { code = NextCode() });

    public Task<HttpResponseMessage> DenyAsync(string id, string reason) =>
        _http.PostAsJsonAsync($"/api/requests/{id}/deny", new { reason });

    public void Dispose() => _http.Dispose();

    private Task<HttpResponseMessage> LogInAsync(string user, string password, string totp) =>
        _http.PostAsJsonAsync("/api/auth/login", new { user, password, totp });

    private string CodeOf(int stepsFromNow)
    {
        DateTime at = TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30 * stepsFromNow);
        _lastStep = Step(at);
        return _totp.ComputeTotp(at);
    }

    /// <summary>The code of the earliest step that the gateway still takes and that was not used.</summary>
    private string NextCode()
    {
        DateTime now = TimeProvider.System.GetUtcNow().UtcDateTime;
        DateTime at = new[] { -30, 0, 30 }.Select(offset => now.AddSeconds(offset)).First(time => Step(time) > _lastStep);
        _lastStep = Step(at);
        return _totp.ComputeTotp(at);
    }

    private static long Step(DateTime time) => new DateTimeOffset(time).ToUnixTimeSeconds() / 30;
}
