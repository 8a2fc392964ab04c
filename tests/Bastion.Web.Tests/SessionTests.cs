using System.Net;
using System.Text;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Recordings;
using Bastion.Control.Sessions;

namespace Bastion.Web.Tests;

public sealed class SessionTests
{
    [Fact]
    public async Task An_auditor_reads_what_happened_and_every_look_is_recorded()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await world.SessionAsync();
        await world.AskAsync(session, "uptime");
        Session other = await world.SessionAsync();
        await world.AskAsync(other, "other");
        await world.Gateway.Sessions.EndAsync(session, SessionEndKind.Closed, "the client left");
        string token = await world.TokenAsync("carol");

        JsonElement listed = (await world.GetAsync("/api/sessions", token)).EnumerateArray()
            .Single(one => one.GetProperty("id").GetString() == session.Id);
        Assert.Equal("closed", listed.GetProperty("endKind").GetString());
        Assert.Equal(1, listed.GetProperty("commands").GetInt64());
        var events = (await world.GetAsync($"/api/sessions/{session.Id}", token)).GetProperty("events").EnumerateArray()
            .ToList();

        Assert.Equal(
            ["session.started", "command.decided", "session.ended"],
            events.Select(one => one.GetProperty("kind").GetString()));
        Assert.Equal("uptime", events[1].GetProperty("text").GetString());
        Assert.Equal("permit", events[1].GetProperty("verdict").GetString());
        IReadOnlyList<JournalEntry> looks = world.Records("audit.viewed");
        Assert.Equal(["sessions", "journal"], looks.Select(look => look.Text("what")));
        Assert.All(looks, look => Assert.Equal("carol", look.Text("viewer")));
    }

    [Fact]
    public async Task A_recording_is_an_asciicast_and_the_look_is_recorded()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await world.SessionAsync();
        using (var recordings =
            new SessionRecordings(world.Gateway.Journal, world.Gateway.RecordingOptions, session.Id))
        await using (RecordingWriter recording = recordings.Start(new RecordingHeader(session.Id, 0, 80, 24)))
        {
            await recording.OutputAsync(Encoding.UTF8.GetBytes("hello\r\n"));
            await recording.CompleteAsync();
        }

        using HttpResponseMessage answer = await world.SendAsync(HttpMethod.Get,
            $"/api/sessions/{session.Id}/recording", await world.TokenAsync("carol"));

        Assert.Equal("application/x-asciicast", answer.Content.Headers.ContentType?.MediaType);
        string[] lines = (await answer.Content.ReadAsStringAsync()).Split('\n');
        Assert.Contains("\"version\":3", lines[0], StringComparison.Ordinal);
        Assert.Contains("hello", lines[1], StringComparison.Ordinal);
        JournalEntry look = Assert.Single(world.Records("audit.viewed"));
        Assert.Equal(("recording", session.Id), (look.Text("what"), look.Text("viewedSession")));
    }

    [Fact]
    public async Task A_gateway_without_the_private_key_records_and_says_which_key_would_open_it()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await world.SessionAsync();
        using (var recordings =
            new SessionRecordings(world.Gateway.Journal, world.Gateway.RecordingOptions, session.Id))
        await using (RecordingWriter recording = recordings.Start(new RecordingHeader(session.Id, 0, 80, 24)))
        {
            await recording.OutputAsync(Encoding.UTF8.GetBytes("hello\r\n"));
        }

        File.Delete(Path.Combine(world.Gateway.Data.Keys, "recordings.key"));
        await world.RestartAsync();

        using HttpResponseMessage answer = await world.SendAsync(HttpMethod.Get,
            $"/api/sessions/{session.Id}/recording", await world.TokenAsync("carol"));

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains(world.Gateway.RecordingOptions.Lock.Id, await ApiWorld.DetailOf(answer),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_in_commands_are_masked_but_for_those_with_the_right_who_ask_and_are_recorded()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await world.SessionAsync();
        await world.HoldAsync(session, "mysql -uapp -phunter2 orders");
        string path = $"/api/sessions/{session.Id}";
        string carol = await world.TokenAsync("carol");

        Assert.Equal("mysql -uapp -p[masked] orders", CommandIn(await world.GetAsync(path, carol)));
        Assert.Equal("mysql -uapp -phunter2 orders", CommandIn(await world.GetAsync(path + "?unmasked=true", carol)));
        Assert.Equal("unmasked", world.Records("audit.viewed")[^1].Text("query"));
        string erin = await world.TokenAsync("erin");
        Assert.Equal("mysql -uapp -p[masked] orders", CommandIn(await world.GetAsync(path, erin)));
        using HttpResponseMessage refused = await world.SendAsync(HttpMethod.Get, path + "?unmasked=true", erin);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        static string? CommandIn(System.Text.Json.JsonElement answer) => answer.GetProperty("events").EnumerateArray()
            .Single(one => one.GetProperty("kind").GetString() == "command.decided").GetProperty("text").GetString();
    }

    [Fact]
    public async Task What_is_not_there_is_404()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string token = await world.TokenAsync("carol");
        foreach (string? path in new[] { "s-0000000000000000", "..%2f..%2fetc%2fpasswd/recording",
            "s-0000000000000000/recording" })
        {
            using HttpResponseMessage answer = await world.SendAsync(HttpMethod.Get, "/api/sessions/" + path, token);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Who_is_entitled_ends_a_session_and_an_auditor_is_not()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await world.SessionAsync();
        using HttpResponseMessage auditors = await world.SendAsync(
            HttpMethod.Post, $"/api/sessions/{session.Id}/kill", await world.TokenAsync("carol"), new { });
        Assert.Equal(HttpStatusCode.Forbidden, auditors.StatusCode);
        Assert.Null(session.End);

        using HttpResponseMessage answer = await world.SendAsync(
            HttpMethod.Post, $"/api/sessions/{session.Id}/kill", await world.TokenAsync("erin"),
            new { reason = "incident" });

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(SessionEndKind.Killed, session.End?.Kind);
        Assert.Equal("ended by erin: incident", session.End?.Reason);
    }

    [Fact]
    public async Task The_checkpoint_is_a_signed_note_over_all_that_is_durable()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();

        using HttpResponseMessage answer =
            await world.SendAsync(HttpMethod.Get, "/api/audit/checkpoint", await world.TokenAsync("carol"));

        Assert.True(Bastion.Audit.Notes.Checkpoint.TryParse(await answer.Content.ReadAsStringAsync(),
            out Checkpoint? checkpoint));
        Assert.True(checkpoint.Size > world.Records("audit.viewed")[^1].Sequence);
    }
}
