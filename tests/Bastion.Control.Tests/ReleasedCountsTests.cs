using Bastion.Analysis;
using Bastion.Control.Gating;
using Bastion.Control.Sessions;

namespace Bastion.Control.Tests;

/// <summary>How much somebody did lately must not be forgotten because the gateway was started again.</summary>
public class ReleasedCountsTests
{
    private const string Budget = """
        rules:
          free: {effects: "*", permit: true}
          budget: {effects: file.delete, cumulative: {over: 3, within: 1h, per: person}, forbid: true, because: that is enough for an hour}
        """;

    [Fact]
    public async Task A_restart_goes_on_counting_where_it_stopped()
    {
        await using ControlWorld world = await ControlWorld.StartAsync(Budget);
        Session session = await world.SessionAsync();
        await Permitted(world.Gate, session, "rm /tmp/a /tmp/b");

        Gate restarted = Restarted(world);
        restarted.Recall(PastReleases.In(world.Records(), Analyzer.Default));

        await Permitted(restarted, session, "rm /tmp/c");
        await Refused(restarted, session, "rm /tmp/d");
    }

    [Fact]
    public async Task What_is_older_than_the_window_does_not_count()
    {
        await using ControlWorld world = await ControlWorld.StartAsync(Budget);
        await Permitted(world.Gate, await world.SessionAsync(), "rm /tmp/a /tmp/b /tmp/c");
        world.Time.Advance(TimeSpan.FromMinutes(61));

        Gate restarted = Restarted(world);
        restarted.Recall(PastReleases.In(world.Records(), Analyzer.Default));

        await Permitted(restarted, await world.SessionAsync("bob"), "rm /tmp/d");
        await Permitted(restarted, await world.SessionAsync(), "rm /tmp/d /tmp/e");
    }

    [Fact]
    public async Task What_was_refused_or_never_released_does_not_count()
    {
        await using ControlWorld world = await ControlWorld.StartAsync(Budget, """
            rules:
              ask: {effects: file.delete, objects: {path: /srv/**}, require: {from: approvers}, because: x}
            """);
        Session session = await world.SessionAsync();
        await Refused(world.Gate, session, "rm /tmp/1 /tmp/2 /tmp/3 /tmp/4");
        await world.HoldAsync(session, ControlWorld.Harmless("rm /srv/a /srv/b"));
        HeldIntent approved = await world.HoldAsync(session, ControlWorld.Harmless("rm /srv/c"));
        await world.ApproveAsync(approved.Request.Id, "bob");
        Assert.IsType<GateAnswer.Released>(await approved.WaitAsync(CancellationToken.None));

        var past = PastReleases.In(world.Records(), Analyzer.Default).ToList();

        PastRelease release = Assert.Single(past);
        Assert.Equal(("alice", "orders-db"), (release.Person, release.Target));
        Assert.Contains(("file.delete", 1), release.Effects);
    }

    [Fact]
    public async Task When_the_journal_cannot_be_read_rules_that_count_forbid()
    {
        await using ControlWorld world = await ControlWorld.StartAsync(Budget);
        Session session = await world.SessionAsync();
        Gate restarted = Restarted(world);

        restarted.Recall(Unreadable());

        await Refused(restarted, session, "rm /tmp/a");
        await Permitted(restarted, session, "ls");

        static IEnumerable<PastRelease> Unreadable()
        {
            yield return new PastRelease(DateTimeOffset.UnixEpoch, "alice", "orders-db", []);
            throw new IOException("the disk has gone");
        }
    }

    private static Gate Restarted(ControlWorld world) =>
        new(Analyzer.Default, world.Policies, world.Desk, world.Sessions, world.Evidence, world.Time);

    private static async Task Permitted(Gate gate, Sessions.Session session, string command) =>
        Assert.IsType<GateAnswer.Released>(
        await gate.SubmitAsync(session, ControlWorld.Harmless(command), CancellationToken.None));

    private static async Task Refused(Gate gate, Sessions.Session session, string command) =>
        Assert.IsType<GateAnswer.Refused>(
        await gate.SubmitAsync(session, ControlWorld.Harmless(command), CancellationToken.None));
}
