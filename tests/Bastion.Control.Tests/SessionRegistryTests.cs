using Bastion.Audit;
using Bastion.Control.Gating;
using Bastion.Control.Sessions;

namespace Bastion.Control.Tests;

public sealed class SessionRegistryTests
{
    [Fact]
    public async Task Who_has_no_grant_gets_no_session_and_a_record_says_so()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();

        SessionStart start = await world.Sessions.StartAsync(ControlWorld.Opening("carol"), CancellationToken.None);

        Assert.Equal(126, Assert.IsType<SessionStart.Refused>(start).Refusal.ExitCode);
        Assert.Contains("request.refused", world.Kinds());
    }

    [Fact]
    public async Task An_unknown_target_reads_like_one_that_is_not_granted()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();

        SessionStart.Refused unknown = Assert.IsType<SessionStart.Refused>(
            await world.Sessions.StartAsync(ControlWorld.Opening("carol", "no-such-db"), CancellationToken.None));
        SessionStart.Refused notGranted = Assert.IsType<SessionStart.Refused>(
            await world.Sessions.StartAsync(ControlWorld.Opening("carol", "orders-db"), CancellationToken.None));

        Assert.Equal(
            unknown.Refusal.Reason.En.Replace("no-such-db", "X", StringComparison.Ordinal),
            notGranted.Refusal.Reason.En.Replace("orders-db", "X", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Parallel_logins_cannot_pass_the_limit_together()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();

        SessionStart[] starts = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() =>
            world.Sessions.StartAsync(ControlWorld.Opening("alice"), CancellationToken.None))));

        Assert.Equal(3, starts.OfType<SessionStart.Started>().Count());
        Assert.Equal(3, world.Sessions.Count);
    }

    [Fact]
    public async Task A_session_ends_once_and_the_first_reason_counts()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        Assert.True(world.Sessions.Kill(session.Id, "erin", "incident"));

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() =>
            world.Sessions.EndAsync(session, SessionEndKind.Closed, "client left"))));

        JournalEntry ended = Assert.Single(world.Records(), entry => entry.Kind == "session.ended");
        Assert.Equal(("terminated", "erin"), (ended.Text("outcome"), ended.Text("by")));
        Assert.True(session.Ended.IsCancellationRequested);
        Assert.Empty(world.Sessions.Live);
        Assert.False(world.Sessions.Kill(session.Id, "erin", "again"));
    }

    [Fact]
    public async Task Idle_and_long_sessions_are_stopped()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session idle = await world.SessionAsync();
        Session busy = await world.SessionAsync();
        for (int minute = 0; minute < 31; minute++)
        {
            world.Time.Advance(TimeSpan.FromMinutes(1));
            busy.Touch(world.Time.GetTimestamp());
        }

        world.Sessions.StopOverdue();

        Assert.Equal(SessionEndKind.Limit, idle.End?.Kind);
        Assert.Null(busy.End);
        world.Time.Advance(TimeSpan.FromHours(8));
        busy.Touch(world.Time.GetTimestamp());
        world.Sessions.StopOverdue();
        Assert.Equal(SessionEndKind.Limit, busy.End?.Kind);
    }

    [Fact]
    public async Task A_gateway_that_takes_no_sessions_says_why()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        world.NoAdmission = new Reason("the gateway is short of disk", "磁盘不足");

        SessionStart start = await world.Sessions.StartAsync(ControlWorld.Opening("alice"), CancellationToken.None);

        Refusal refusal = Assert.IsType<SessionStart.Refused>(start).Refusal;
        Assert.Equal((75, "the gateway is short of disk"), (refusal.ExitCode, refusal.Reason.En));
    }

    [Fact]
    public async Task A_session_that_was_open_when_the_gateway_died_is_listed_as_interrupted()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        await world.Sessions.FlushAsync();

        var restarted = new SessionRegistry(
            world.Policies, world.Evidence, world.SessionStore, new ControlWorld.Admission(world), world.Time);
        await restarted.CloseInterruptedAsync(CancellationToken.None);

        Assert.Equal(
            SessionEndKind.Interrupted,
            (await restarted.FindSummaryAsync(session.Id, CancellationToken.None))?.End?.Kind);
    }

    [Fact]
    public async Task What_runs_is_listed_with_its_counts()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        await world.Gate.SubmitAsync(session, ControlWorld.Harmless(), CancellationToken.None);
        await world.HoldAsync(session);

        SessionSummary listed =
            Assert.Single(await world.Sessions.ListAsync(null, onlyRunning: true, 10, CancellationToken.None));

        Assert.Equal((2, 1, 1), (listed.Intents, listed.Held, listed.Opaque));
        Assert.Equal(0.5, session.Coverage.Share);
    }
}
