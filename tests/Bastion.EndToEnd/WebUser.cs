using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Bastion.EndToEnd;

/// <summary>One person at the web API.</summary>
internal sealed class WebUser : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http;
    private readonly Authenticator _authenticator;

    private WebUser(Uri web, string totp)
    {
        _http = new HttpClient { BaseAddress = web };
        _authenticator = new Authenticator(totp);
    }

    public static async Task<WebUser> SignInAsync(Uri web, string name, string password, string totp)
    {
        var user = new WebUser(web, totp);
        HttpResponseMessage answer = await user.LogInAsync(name, password, await user._authenticator.NextCodeAsync());
        if (answer.StatusCode == HttpStatusCode.Unauthorized)
        {
            // The clock passed the end of a step on the way.
            answer.Dispose();
            answer = await user.LogInAsync(name, password, await user._authenticator.NextCodeAsync());
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
        await _http.PostAsJsonAsync($"/api/requests/{id}/approve", new { code = await _authenticator.NextCodeAsync() });

    public Task<HttpResponseMessage> DenyAsync(string id, string reason) =>
        _http.PostAsJsonAsync($"/api/requests/{id}/deny", new { reason });

    public void Dispose() => _http.Dispose();

    private Task<HttpResponseMessage> LogInAsync(string user, string password, string totp) =>
        _http.PostAsJsonAsync("/api/auth/login", new { user, password, totp });
}
