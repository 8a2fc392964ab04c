using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Audit.Recordings;
using Bastion.Audit.Records;
using Bastion.Audit.Verification;
using Bastion.Control;
using Bastion.Control.Sessions;
using Bastion.Followers.Retention;
using Bastion.Server.Hosting;
using Bastion.Web.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace Bastion.Followers.Tests.Retention;

/// <summary>Recordings go when their time is over and not before, and the journal says so and still verifies.</summary>
public sealed class RetentionTests
{
    [Fact]
    public async Task After_the_retention_the_recording_is_gone_the_record_stands_and_the_journal_verifies()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string session = await RecordAsync(world);
        string directory = Path.Combine(world.Gateway.Data.Recordings, session);

        world.Time.SetWallClock(TimeSpan.FromDays(399));
        await Service(world).RunOnceAsync(CancellationToken.None);
        Assert.True(Directory.Exists(directory));
        Assert.Empty(world.Records("recording.shredded"));

        world.Time.SetWallClock(TimeSpan.FromDays(2));
        await Service(world).RunOnceAsync(CancellationToken.None);
        await Service(world).RunOnceAsync(CancellationToken.None);
        Assert.False(Directory.Exists(directory));
        JournalEntry record = Assert.Single(world.Records("recording.shredded"));
        Assert.Equal((session, "retention", "400 days are over"),
            (record.Session, record.Text("by"), record.Text("reason")));
        await world.Gateway.Journal.CheckpointAsync();
        VerificationReport report = JournalVerifier.Verify(world.Gateway.Data.Root);
        Assert.True(report.Holds, string.Join('\n', report.Findings));
    }

    [Fact]
    public async Task Kept_reports_go_after_their_time_with_a_record_and_not_while_everything_is_held()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string token = await world.TokenAsync("carol");
        using HttpResponseMessage made =
            await world.SendAsync(HttpMethod.Post, "/api/reports", token, new { days = 1 });
        string id = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
        string directory = Path.Combine(world.Gateway.Data.Root, "reports", id);
        foreach (string file in Directory.GetFiles(directory))
        {
            File.SetLastWriteTimeUtc(file, world.Time.GetUtcNow().UtcDateTime);
        }

        world.Time.SetWallClock(TimeSpan.FromDays(399));
        await Service(world).RunOnceAsync(CancellationToken.None);
        Assert.True(Directory.Exists(directory));

        world.Time.SetWallClock(TimeSpan.FromDays(2));
        LegalHold hold = await world.Host.Services.GetRequiredService<HoldDesk>().PlaceAsync(
            new HoldPlaced
            {
                Hold = HoldDesk.NewId(),
                By = "carol",
                Reason = "case 4711",
                Everything = true,
            }, CancellationToken.None);
        await Service(world).RunOnceAsync(CancellationToken.None);
        Assert.True(Directory.Exists(directory));

        Assert.Null(await world.Host.Services.GetRequiredService<HoldDesk>().LiftAsync(
            new HoldLifted { Hold = hold.Id, By = "dave", Reason = "closed" }, CancellationToken.None));
        await Service(world).RunOnceAsync(CancellationToken.None);
        Assert.False(Directory.Exists(directory));
        Assert.Contains(world.Records("administration.changed"), record => record.Text("action") == "report.removed"
            && record.Text("subject") == id);
    }

    [Fact]
    public async Task A_crash_between_the_record_and_the_removal_is_finished_by_the_next_round()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string session = await RecordAsync(world);
        string directory = Path.Combine(world.Gateway.Data.Recordings, session);
        await world.Gateway.Evidence.RecordAsync(new RecordingShredded
        {
            Session = session,
            By = "retention",
            Reason = "400 days are over",
            KeySha256 = new string('0', 64),
        });
        await Service(world).RunOnceAsync(CancellationToken.None);
        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task What_a_hold_covers_is_kept_over_a_restart_until_another_auditor_lifts_it()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        string held = await RecordAsync(world);
        string token = await world.TokenAsync("carol");
        using HttpResponseMessage placed = await world.SendAsync(HttpMethod.Post, "/api/audit/holds", token,
            new { user = "alice", reason = "case 4711" });
        Assert.Equal(HttpStatusCode.Created, placed.StatusCode);
        string id = (await placed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;

        using HttpResponseMessage alone =
            await world.SendAsync(HttpMethod.Post, $"/api/audit/holds/{id}/lift", token, new { reason = "done" });
        Assert.Equal(HttpStatusCode.Conflict, alone.StatusCode);
        Assert.Contains("another auditor", await ApiWorld.DetailOf(alone), StringComparison.Ordinal);
        Assert.Equal(1, (await world.GetAsync("/api/audit/holds", token)).GetArrayLength());

        world.Time.SetWallClock(TimeSpan.FromDays(500));
        await world.RestartAsync();
        await Service(world).RunOnceAsync(CancellationToken.None);
        Assert.True(Directory.Exists(Path.Combine(world.Gateway.Data.Recordings, held)));
        Assert.Equal($"legal hold {id}, placed by carol: case 4711",
            await Ledger(world).WhyKeepAsync(held, CancellationToken.None));
        Assert.Null(await world.Host.Services.GetRequiredService<HoldDesk>().LiftAsync(
            new HoldLifted { Hold = id, By = "dave", Reason = "the case is closed" }, CancellationToken.None));
        await Service(world).RunOnceAsync(CancellationToken.None);
        Assert.False(Directory.Exists(Path.Combine(world.Gateway.Data.Recordings, held)));
    }

    [Fact]
    public async Task A_session_that_runs_is_kept_and_one_that_the_journal_does_not_know_too()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await world.SessionAsync();
        world.Time.SetWallClock(TimeSpan.FromDays(900));
        Assert.Equal("the session has not ended", await Ledger(world).WhyKeepAsync(session.Id, CancellationToken.None));
        Assert.Equal("the journal does not know this session",
            await Ledger(world).WhyKeepAsync("nobody", CancellationToken.None));
        Assert.Empty(await Ledger(world).DueAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("""{"reason":"x"}""")]
    [InlineData("""{"reason":"x","user":"a","target":"b"}""")]
    [InlineData("""{"user":"alice"}""")]
    [InlineData("""{"reason":"x","session":"../../etc"}""")]
    [InlineData("""{"reason":"x","user":""}""")]
    public async Task A_hold_without_one_scope_and_a_reason_is_refused(string body)
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        using HttpResponseMessage answer = await world.SendAsync(
            HttpMethod.Post, "/api/audit/holds", await world.TokenAsync("carol"),
            JsonSerializer.Deserialize<JsonElement>(body));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(world.Records("hold.placed"));
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("disk is short", null, false)]
    [InlineData("disk is short", "alice", false)]
    [InlineData("disk is short", "erin", true)]
    public async Task Less_than_180_days_needs_the_written_reason_of_a_security_administrator(string? reason,
    string? by, bool starts)
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        BastionOptions options = world.Options with
        {
            DataDirectory = world.Options.DataDirectory + "-2",
            Retention = new RetentionOptions { Days = 90, Reason = reason, ReasonBy = by },
        };
        if (!starts)
        {
            GatewayStartException refused = await Assert.ThrowsAsync<GatewayStartException>(() =>
                BastionHost.StartAsync(options, world.Time, null, CancellationToken.None));
            Assert.Contains("180 days", refused.Message, StringComparison.Ordinal);
            return;
        }

        await using BastionHost host = await BastionHost.StartAsync(options, world.Time, null, CancellationToken.None);
        await Shipping.ShippingWorld.UntilAsync(() => host.Gateway.JournalReader.Read()
            .Any(entry => entry.Kind == "retention.stated"), () => "no record");
        JournalEntry stated = host.Gateway.JournalReader.Read().Single(entry => entry.Kind == "retention.stated");
        Assert.Equal(("90", "disk is short", "erin"), (stated.Text("days"), stated.Text("reason"), stated.Text("by")));
    }

    private static RetentionService Service(ApiWorld world) =>
        world.Host.Services.GetRequiredService<RetentionService>();

    private static RetentionLedger Ledger(ApiWorld world) => world.Host.Services.GetRequiredService<RetentionLedger>();

    /// <summary>A session of alice with a recording, ended.</summary>
    private static async Task<string> RecordAsync(ApiWorld world)
    {
        Session session = await world.SessionAsync();
        using (var recordings =
            new SessionRecordings(world.Gateway.Journal, world.Gateway.RecordingOptions, session.Id))
        {
            await using RecordingWriter recording = recordings.Start(new RecordingHeader(session.Id, 0, 80, 24));
            await recording.OutputAsync(Encoding.UTF8.GetBytes("output"));
        }

        await world.Gateway.Sessions.EndAsync(session, Control.Sessions.SessionEndKind.Shutdown, "over");
        return session.Id;
    }
}
