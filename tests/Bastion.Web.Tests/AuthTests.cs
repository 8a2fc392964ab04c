using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Policy;

namespace Bastion.Web.Tests;

public sealed class AuthTests
{
    [Fact]
    public async Task A_right_login_gives_a_token_of_minutes_and_a_cookie_that_scripts_cannot_read()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();

        using HttpResponseMessage answer = await world.LoginAsync("bob", "correct horse", world.CodeOf("bob"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        string cookie = Assert.Single(answer.Headers.GetValues("Set-Cookie")).ToLowerInvariant();
        Assert.Contains("httponly", cookie, StringComparison.Ordinal);
        Assert.Contains("samesite=strict", cookie, StringComparison.Ordinal);
        Assert.Contains("path=/api/auth", cookie, StringComparison.Ordinal);
        string token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString()!;
        Assert.Equal("bob", (await world.GetAsync("/api/me", token)).GetProperty("name").GetString());
        JournalEntry login = Assert.Single(world.Records("login.succeeded"));
        Assert.Equal("bob", login.Text("user"));
    }

    [Fact]
    public async Task A_wrong_login_is_401_in_the_same_words_and_recorded()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        (string User, string Password, bool RightCode)[] wrong =
            [("bob", "wrong", true), ("bob", "correct horse", false), ("nobody", "correct horse", true),
            ("gone", "correct horse", true)];
        foreach ((string? user, string? password, bool rightCode) in wrong)
        {
            using HttpResponseMessage answer =
                await world.LoginAsync(user, password, rightCode ? world.CodeOf(user) : "000000");

            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("wrong user name, password or code", await ApiWorld.DetailOf(answer));
            Assert.Equal(user, world.Records("login.failed")[^1].Text("user"));
            Assert.False(answer.Headers.Contains("Set-Cookie"));
        }

        Assert.Equal(wrong.Length, world.Records("login.failed").Count);
    }

    [Fact]
    public async Task A_used_code_is_told_apart_from_a_wrong_one()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string code = world.CodeOf("bob");
        (await world.LoginAsync("bob", "correct horse", code)).Dispose();

        using HttpResponseMessage again = await world.LoginAsync("bob", "correct horse", code);

        Assert.Equal(HttpStatusCode.Unauthorized, again.StatusCode);
        Assert.StartsWith("this code was already used; wait for the next one, ", await ApiWorld.DetailOf(again),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_wrong_logins_are_slowed_down()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        for (int guess = 0; guess < 5; guess++)
        {
            (await world.LoginAsync("bob", "correct horse", "000000")).Dispose();
        }

        using HttpResponseMessage answer = await world.LoginAsync("bob", "correct horse", world.CodeOf("bob"));

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(2), answer.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task A_body_that_makes_no_sense_is_400()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string[] bodies =
        [
            "", "{", "[]", "null", "{}", """{"user":"bob","password":null,"totp":"1"}""",
            """{"user":{},"password":"x","totp":"1"}""",
            $$"""{"user":"{{new string('a', 129)}}","password":"x","totp":"1"}""",
        ];
        foreach (string body in bodies)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await world.Http.PostAsync("/api/auth/login", content);

            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task The_refresh_cookie_is_exchanged_and_an_old_one_ends_the_login()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        using HttpResponseMessage login = await world.LoginAsync("bob", "correct horse", world.CodeOf("bob"));
        string first = CookieOf(login);

        using HttpResponseMessage refreshed =
            await world.SendAsync(HttpMethod.Post, "/api/auth/refresh", null, null, ("Cookie", first));
        string token = (await refreshed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken")
            .GetString()!;
        await world.GetAsync("/api/me", token);

        using HttpResponseMessage replayed =
            await world.SendAsync(HttpMethod.Post, "/api/auth/refresh", null, null, ("Cookie", first));
        Assert.Equal(HttpStatusCode.Unauthorized, replayed.StatusCode);
        using HttpResponseMessage afterwards = await world.SendAsync(HttpMethod.Get, "/api/me", token);
        Assert.Equal(HttpStatusCode.Unauthorized, afterwards.StatusCode);
        Assert.Single(world.Records("login.ended"));
    }

    [Fact]
    public async Task Another_site_cannot_use_the_cookie()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        using HttpResponseMessage login = await world.LoginAsync("bob", "correct horse", world.CodeOf("bob"));

        using HttpResponseMessage answer = await world.SendAsync(
            HttpMethod.Post, "/api/auth/refresh", null, null, ("Cookie", CookieOf(login)),
            ("Sec-Fetch-Site", "cross-site"));

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Signing_out_ends_the_token_at_once()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        using HttpResponseMessage login = await world.LoginAsync("bob", "correct horse", world.CodeOf("bob"));
        string token = (await login.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString()!;

        using HttpResponseMessage logout =
            await world.SendAsync(HttpMethod.Post, "/api/auth/logout", null, null, ("Cookie", CookieOf(login)));

        Assert.Equal(HttpStatusCode.NoContent, logout.StatusCode);
        using HttpResponseMessage answer = await world.SendAsync(HttpMethod.Get, "/api/me", token);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_token_ends_after_five_minutes()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string token = await world.TokenAsync("bob");

        world.Time.Advance(AccessTokens.Lifetime + TimeSpan.FromSeconds(6));

        using HttpResponseMessage answer = await world.SendAsync(HttpMethod.Get, "/api/me", token);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_token_ends_when_the_person_leaves()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string token = await world.TokenAsync("bob");
        await File.WriteAllTextAsync(
            world.PolicyFile, ApiWorld.Policy.Replace("  bob:\n", "  bob: {active: false}\n", StringComparison.Ordinal)
                .Replace("members: [bob]", "members: [bob, erin]", StringComparison.Ordinal));

        PolicyLoadResult result = await world.Gateway.Policies.ReloadAsync("test", CancellationToken.None);

        Assert.False(result.HasErrors, string.Join('\n', result.Diagnostics));
        using HttpResponseMessage answer = await world.SendAsync(HttpMethod.Get, "/api/me", token);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task A_login_outlives_a_restart()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string token = await world.TokenAsync("bob");

        await world.RestartAsync();

        await world.GetAsync("/api/me", token);
    }

    [Fact]
    public async Task Forged_tokens_are_worth_nothing()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string[] parts = (await world.TokenAsync("bob")).Split('.');
        string none = Base64("""{"alg":"none","typ":"at+jwt"}""");
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] otherSignature =
            otherKey.SignData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), HashAlgorithmName.SHA256);
        string[] forged =
        [
            $"{none}.{parts[1]}.",
            $"{none}.{parts[1]}.{parts[2]}",
            $"{parts[0]}.{parts[1]}.",
            $"{parts[0]}.{Base64("""{"sub":"carol","iss":"bastion","aud":"bastion-api","exp":99999999999}""")}.{parts[2]}",
            $"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(otherSignature)}",
            "x",
        ];

        foreach (string token in forged)
        {
            using HttpResponseMessage answer = await world.SendAsync(HttpMethod.Get, "/api/me", token);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    private static string Base64(string text) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static string CookieOf(HttpResponseMessage answer) =>
        Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0];
}
