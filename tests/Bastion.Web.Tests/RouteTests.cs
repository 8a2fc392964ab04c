using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Bastion.Control.Sessions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Bastion.Web.Tests;

public sealed class RouteTests
{
    /// <summary>Everything that answers without a login. A route is added here on purpose, or not at all.</summary>
    private static readonly string[] Anonymous =
    [
        "/", "/app/{**name}", "/console", "/r/{id}", "/healthz", "/metrics", "/openapi/{documentName}.json",
        "/api/auth/login", "/api/auth/logout", "/api/auth/refresh", "/log/checkpoint", "/log/tile/{**path}",
    ];

    /// <summary>What a person without any duty or grant may ask, of her own things only.</summary>
    private static readonly string[] ForEverybody =
    [
        "/api/me", "/api/requests/", "/api/requests/stream", "/api/requests/{id}", "/api/requests/{id}/approve",
        "/api/requests/{id}/deny", "/api/requests/{id}/withdraw", "/api/requests/{id}/receipt",
        "/api/sessions/{id}/receipts",
    ];

    [Fact]
    public async Task Without_a_login_every_route_but_the_listed_ones_is_401()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        foreach ((string? method, string? pattern) in Routes(world))
        {
            using HttpResponseMessage answer =
                await world.SendAsync(new HttpMethod(method), Fill(pattern), token: null);
            if (!Anonymous.Contains(pattern))
            {
                Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized,
                    $"{method} {pattern} answered {answer.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task The_list_of_anonymous_routes_names_only_routes_that_are_there_and_open()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        IEnumerable<string> open =
            world.Host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            .Select(endpoint => endpoint.RoutePattern.RawText!);

        Assert.Equal(Anonymous.Order(StringComparer.Ordinal), open.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_the_right_every_route_of_a_duty_is_403()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string token = await world.TokenAsync("alice");
        foreach ((string? method, string? pattern) in Routes(world))
        {
            if (Anonymous.Contains(pattern) || ForEverybody.Contains(pattern))
            {
                continue;
            }

            using HttpResponseMessage answer =
                await world.SendAsync(new HttpMethod(method), Fill(pattern), token, method == "POST" ? new { } : null);
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden,
                $"{method} {pattern} answered {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task The_interface_describes_itself()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();

        using HttpResponseMessage answer = await world.Http.GetAsync("/openapi/v1.json");

        JsonElement document = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.StartsWith("3.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var paths = document.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToList();
        Assert.All(
            new[]
            {
                "/api/auth/login", "/api/auth/refresh", "/api/auth/logout", "/api/me", "/api/requests",
                "/api/requests/{id}",
                "/api/requests/{id}/approve", "/api/requests/{id}/deny", "/api/requests/stream", "/api/sessions",
                "/api/sessions/{id}",
                "/api/sessions/{id}/recording", "/api/sessions/{id}/receipts", "/api/sessions/{id}/export",
                "/api/sessions/{id}/kill", "/api/audit/checkpoint", "/healthz", "/metrics",
            },
            path => Assert.Contains(path, paths));
    }

    [Fact]
    public async Task Health_answers_a_head_request_without_a_login()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();

        using HttpResponseMessage answer = await world.SendAsync(HttpMethod.Head, "/healthz", token: null);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        foreach (string? path in new[] { "/", "/console", "/api/me", "/no/such/page", "/healthz" })
        {
            using HttpResponseMessage answer = await world.Http.GetAsync(path);

            string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-inline", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
            Assert.False(answer.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task Without_a_journal_health_fails_and_sessions_end()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        await world.SessionAsync();
        using HttpResponseMessage healthy = await world.Http.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.OK, healthy.StatusCode);

        await world.Gateway.Journal.DisposeAsync();

        Session session = world.Gateway.Sessions.Live.Single();
        while (!session.Ended.IsCancellationRequested)
        {
            // The clock by which the gateway looks after its sessions.
            world.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal(Bastion.Control.Sessions.SessionEndKind.EvidenceFailed, session.End?.Kind);
        using HttpResponseMessage failing = await world.Http.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failing.StatusCode);
        Assert.Contains("journal", await failing.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_journal_nobody_signs_in()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string code = world.CodeOf("bob");
        await world.Gateway.Journal.DisposeAsync();

        using HttpResponseMessage answer = await world.LoginAsync("bob", "correct horse", code);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
    }

    [Fact]
    public async Task Metrics_are_for_this_machine_and_count_what_happened()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        await world.SessionAsync();

        string text = await world.Http.GetStringAsync("/metrics");

        Assert.Contains("# TYPE bastion_sessions_started_total counter\n", text, StringComparison.Ordinal);
        Assert.Contains("bastion_journal_up 1\n", text, StringComparison.Ordinal);
        using HttpResponseMessage proxied =
            await world.SendAsync(HttpMethod.Get, "/metrics", null, null, ("X-Forwarded-For", "203.0.113.7"));
        Assert.Equal(HttpStatusCode.Forbidden, proxied.StatusCode);
    }

    private static IEnumerable<(string Method, string Pattern)> Routes(ApiWorld world)
    {
        var endpoints = world.Host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .ToList();
        Assert.True(endpoints.Count > 15, "the walk found hardly any route");
        return
            from endpoint in endpoints
            from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
            select (method, endpoint.RoutePattern.RawText!);
    }

    private static string Fill(string pattern) => pattern
        .Replace("{id}", "R-00000000", StringComparison.Ordinal)
        .Replace("{**name}", "x", StringComparison.Ordinal)
        .Replace("{**path}", "000", StringComparison.Ordinal)
        .Replace("{documentName}", "v1", StringComparison.Ordinal);
}
