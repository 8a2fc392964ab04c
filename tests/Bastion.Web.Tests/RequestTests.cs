using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Bastion.Control.Approvals;
using Bastion.Control.Gating;
using Bastion.Control.Tests;

namespace Bastion.Web.Tests;

public sealed class RequestTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_held_command_runs_after_somebody_approves_it_with_a_fresh_code()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        HeldCommand held = await world.HoldAsync(await world.SessionAsync(), "sh -s \u202edeploy");
        Task<GateAnswer> waiting = held.Answer;
        string token = await world.TokenAsync("bob");

        JsonElement listed =
            Assert.Single((await world.GetAsync("/api/requests?state=pending", token)).EnumerateArray());
        string id = listed.GetProperty("id").GetString()!;
        Assert.Equal("pending", listed.GetProperty("state").GetString());
        Assert.Equal("sh -s \u202edeploy", listed.GetProperty("command").GetString());
        Assert.Equal("alice", listed.GetProperty("requester").GetString());
        Assert.Equal("exact", listed.GetProperty("certainty").GetString());
        Assert.Equal("medium", listed.GetProperty("tier").GetString());
        Assert.True(listed.GetProperty("mayDecide").GetBoolean());
        Assert.Equal("production", listed.GetProperty("targetLabels").GetProperty("environment").GetString());
        Assert.Contains(
            listed.GetProperty("effects").EnumerateArray(),
            effect => effect.GetProperty("kind").GetString() == "code.opaque"
                && effect.GetProperty("level").GetString() == "high");

        using HttpResponseMessage answer = await ApproveAsync(world, id, token, world.NextCodeOf("bob"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.IsType<GateAnswer.Released>(await waiting.WaitAsync(Deadline));
        Assert.Equal("consumed", (await world.GetAsync($"/api/requests/{id}", token)).GetProperty("state").GetString());
        Assert.Equal("totp", Assert.Single(world.Records("approval.approved")).Text("method"));
    }

    [Fact]
    public async Task The_code_of_the_login_cannot_approve_and_the_answer_says_when_the_next_one_comes()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        HeldCommand held = await world.HoldAsync(await world.SessionAsync());
        string token = await world.TokenAsync("bob");

        using HttpResponseMessage answer = await ApproveAsync(world, held.Request.Id, token, world.CodeOf("bob"));

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Equal("this code was already used; wait for the next one, 30 s", await ApiWorld.DetailOf(answer));
        using HttpResponseMessage next = await ApproveAsync(world, held.Request.Id, token, world.NextCodeOf("bob"));
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
    }

    [Fact]
    public async Task A_wrong_code_is_403_so_that_no_client_takes_it_for_an_old_token()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        HeldCommand held = await world.HoldAsync(await world.SessionAsync());

        using HttpResponseMessage answer =
            await ApproveAsync(world, held.Request.Id, await world.TokenAsync("bob"), "000000");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("wrong code", await ApiWorld.DetailOf(answer));
    }

    [Fact]
    public async Task The_requester_sees_it_and_cannot_approve_it()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        HeldCommand held = await world.HoldAsync(await world.SessionAsync());
        string token = await world.TokenAsync("alice");

        Assert.False(Assert.Single((await world.GetAsync("/api/requests?state=pending", token)).EnumerateArray())
            .GetProperty("mayDecide").GetBoolean());
        using HttpResponseMessage answer = await ApproveAsync(world, held.Request.Id, token, world.NextCodeOf("alice"));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("nobody decides their own request", await ApiWorld.DetailOf(answer));
        Assert.Contains(world.Records("approval.refused"), entry => entry.Text("approver") == "alice");
    }

    [Fact]
    public async Task To_whom_it_does_not_concern_it_does_not_exist()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        HeldCommand held = await world.HoldAsync(await world.SessionAsync());
        string token = await world.TokenAsync("erin");

        Assert.Empty((await world.GetAsync("/api/requests", token)).EnumerateArray());
        foreach ((HttpMethod? method, string? path) in new[] { (HttpMethod.Get, ""), (HttpMethod.Post, "/approve"),
            (HttpMethod.Post, "/deny"), (HttpMethod.Post, "/withdraw") })
        {
            using HttpResponseMessage answer = await world.SendAsync(
                method, $"/api/requests/{held.Request.Id}{path}", token, method == HttpMethod.Post
                    ? new { code = "000000" }
                    : null);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Denying_takes_a_reason_and_the_requester_gets_it()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        HeldCommand held = await world.HoldAsync(await world.SessionAsync());
        Task<GateAnswer> waiting = held.Answer;
        string token = await world.TokenAsync("bob");

        using HttpResponseMessage answer = await world.SendAsync(
            HttpMethod.Post, $"/api/requests/{held.Request.Id}/deny", token, new { reason = "use the runbook" });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("denied",
            (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("state").GetString());
        Assert.Equal("denied by bob: use the runbook",
            Assert.IsType<GateAnswer.Refused>(await waiting.WaitAsync(Deadline)).Refusal.Reason.En);
        using HttpResponseMessage late = await ApproveAsync(world, held.Request.Id, token, world.NextCodeOf("bob"));
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        Assert.StartsWith("too late: denied ", await ApiWorld.DetailOf(late), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Past_requests_are_found_after_a_restart()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        HeldCommand held = await world.HoldAsync(await world.SessionAsync(), "sh -s 'quoted \"x\" \u0000'");
        ApprovalRequest before = held.Request;

        await world.RestartAsync();

        ApprovalRequest? found = await world.Gateway.Desk.FindAsync(before.Id, CancellationToken.None);
        Assert.NotNull(found);
        Assert.Equal(before.Statement, found.Statement);
        Assert.Equal(before.Command, found.Command);
        Assert.Equal(before.Effects[0].Reason, found.Effects[0].Reason);
        Assert.Equal(before.Requirements[0].From, found.Requirements[0].From);
        Assert.False(found.IsOpen);
    }

    [Fact]
    public async Task A_query_that_makes_no_sense_is_400()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string token = await world.TokenAsync("bob");
        foreach (string? query in new[] { "state=nonsense", "state=3", "limit=x" })
        {
            using HttpResponseMessage answer = await world.SendAsync(HttpMethod.Get, $"/api/requests?{query}", token);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_stream_tells_of_a_new_request_to_those_it_concerns_only()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        using HttpResponseMessage bobs =
            await world.SendAsync(HttpMethod.Get, "/api/requests/stream", await world.TokenAsync("bob"));
        using HttpResponseMessage erins =
            await world.SendAsync(HttpMethod.Get, "/api/requests/stream", await world.TokenAsync("erin"));
        Assert.Equal("text/event-stream", bobs.Content.Headers.ContentType?.MediaType);
        await using EventReader bobsEvents = await EventsAsync(bobs);
        await using EventReader erinsEvents = await EventsAsync(erins);

        HeldCommand held = await world.HoldAsync(await world.SessionAsync());

        string told = await bobsEvents.NextAsync("request");
        Assert.Contains(held.Request.Id, told, StringComparison.Ordinal);
        Assert.DoesNotContain(held.Request.Id, await OnceTimePassesAsync(world, erinsEvents.NextAsync("heartbeat")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stream_ends_when_its_login_does()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        using HttpResponseMessage answer =
            await world.SendAsync(HttpMethod.Get, "/api/requests/stream", await world.TokenAsync("bob"));
        await using EventReader events = await EventsAsync(answer);

        await world.Gateway.Logins.RevokeUserAsync("bob", CancellationToken.None);

        await OnceTimePassesAsync(world, events.EndAsync());
    }

    private static Task<HttpResponseMessage> ApproveAsync(ApiWorld world, string id, string token, string code) =>
        world.SendAsync(HttpMethod.Post, $"/api/requests/{id}/approve", token, new { code });

    /// <summary>The stream may not be waiting yet when the clock is moved on: it is moved until what should come has
    /// come.</summary>
    private static async Task<T> OnceTimePassesAsync<T>(ApiWorld world, Task<T> happening)
    {
        while (!happening.IsCompleted)
        {
            world.Time.Advance(TimeSpan.FromSeconds(15));
            await Task.WhenAny(happening, Task.Delay(TimeSpan.FromSeconds(1)));
        }

        return await happening;
    }

    /// <summary>Reads past the first heartbeat, which says that the subscription stands.</summary>
    private static async Task<EventReader> EventsAsync(HttpResponseMessage answer)
    {
        var reader = new EventReader(await answer.Content.ReadAsStreamAsync());
        await reader.NextAsync("heartbeat");
        return reader;
    }

    private sealed class EventReader(Stream stream) : IAsyncDisposable
    {
        private readonly StreamReader _reader = new(stream);

        /// <summary>The text of the next event of this kind.</summary>
        public async Task<string> NextAsync(string kind)
        {
            while (true)
            {
                string text = "";
                while (await LineAsync() is { Length: > 0 } line)
                {
                    text += line + "\n";
                }

                if (text.Contains($"event: {kind}\n", StringComparison.Ordinal))
                {
                    return text;
                }
            }
        }

        public async Task<bool> EndAsync()
        {
            while (await _reader.ReadLineAsync().WaitAsync(Deadline) is not null)
            {
                // What was on its way.
            }

            return true;
        }

        public ValueTask DisposeAsync()
        {
            _reader.Dispose();
            return ValueTask.CompletedTask;
        }

        private async Task<string> LineAsync() =>
            await _reader.ReadLineAsync().WaitAsync(Deadline) ?? throw new EndOfStreamException();
    }
}
