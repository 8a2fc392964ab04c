using System.Net;
using System.Text.Json;
using Bastion.Audit.Records;
using Bastion.Audit.Reports;

namespace Bastion.Web.Tests;

public sealed class ReportRouteTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private ApiWorld _world = null!;

    public async Task InitializeAsync() => _world = await ApiWorld.StartAsync();

    public async Task DisposeAsync() => await _world.DisposeAsync();

    [Fact]
    public async Task What_is_unusual_is_flagged_in_the_journal_and_listed_for_auditors_alone()
    {
        await UntilAsync(() => _world.Gateway.Cursors.Next("watch") is not null);
        for (int day = 0; day < 12; day++)
        {
            await StartSessionAsync(day, "10.8.0.7:40000");
            _world.Time.Advance(TimeSpan.FromDays(1));
        }

        await StartSessionAsync(12, "198.51.100.9:40000");
        await UntilAsync(() => _world.Records("anomaly.flagged").Count > 0);
        JsonElement listed = await _world.GetAsync("/api/anomalies", await _world.TokenAsync("carol"));
        JsonElement flag = Assert.Single(listed.EnumerateArray());
        Assert.Equal(("new-network", "alice", "198.51.100.0/24"),
            (flag.GetProperty("rule").GetString(), flag.GetProperty("subject").GetString(),
                flag.GetProperty("object").GetString()));
        Assert.Equal(_world.Records("session.started")[^1].Sequence, flag.GetProperty("evidence")[0].GetInt64());
        Assert.Contains(_world.Records("audit.viewed"), look => look.Text("what") == "anomalies"
            && look.Text("viewer") == "carol");
        using HttpResponseMessage refused =
            await _world.SendAsync(HttpMethod.Get, "/api/anomalies", await _world.TokenAsync("alice"));
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task An_auditor_makes_a_report_and_gets_its_files_and_nothing_else_of_the_directory()
    {
        string token = await _world.TokenAsync("carol");
        using HttpResponseMessage made =
            await _world.SendAsync(HttpMethod.Post, "/api/reports", token, new { days = 7 });
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        JsonElement report = Assert.Single((await _world.GetAsync("/api/reports", token)).EnumerateArray());
        string id = report.GetProperty("id").GetString()!;
        Assert.Equal("carol", _world.Records("report.made").Single().Text("by"));
        using HttpResponseMessage note =
            await _world.SendAsync(HttpMethod.Get, $"/api/reports/{id}/report.note", token);
        Assert.Equal("attachment", note.Content.Headers.ContentDisposition?.DispositionType);
        Assert.True(ReportNote.TryParse(await note.Content.ReadAsStringAsync(), out _));
        foreach (string? path in new[] { $"{id}/..%2f..%2fbastion.db", $"{id}/nothing", "..%2fkeys/journal.key",
            "unrecorded/x.json" })
        {
            using HttpResponseMessage answer = await _world.SendAsync(HttpMethod.Get, $"/api/reports/{path}", token);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        using HttpResponseMessage refused =
            await _world.SendAsync(HttpMethod.Post, "/api/reports", await _world.TokenAsync("alice"), new { days = 7 });
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using HttpResponseMessage nonsense =
            await _world.SendAsync(HttpMethod.Post, "/api/reports", token, new { days = 0 });
        Assert.Equal(HttpStatusCode.BadRequest, nonsense.StatusCode);
    }

    private async Task StartSessionAsync(int number, string source) =>
        await _world.Gateway.Evidence.RecordAsync(new SessionStarted
        {
            Session = $"s-{number}",
            User = "alice",
            Source = source,
            Target = "orders-db",
            Account = "app",
            PolicyVersion = "v",
        });

    private async Task UntilAsync(Func<bool> happened)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!happened())
        {
            Assert.False(deadline.IsCancellationRequested, "did not happen in time");
            await Task.Delay(20, CancellationToken.None);
            _world.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
