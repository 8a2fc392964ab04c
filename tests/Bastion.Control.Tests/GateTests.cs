using System.Net;
using System.Text;
using Bastion.Analysis.Terminal;
using Bastion.Audit;
using Bastion.Control.Approvals;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Policies;
using Bastion.Control.Sessions;
using Bastion.Policy;

namespace Bastion.Control.Tests;

public sealed class GateTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task What_is_permitted_is_released_with_exactly_its_bytes_once()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();

        GateAnswer answer =
            await world.Gate.SubmitAsync(session, ControlWorld.Harmless("uptime"), CancellationToken.None);

        Release release = Assert.IsType<GateAnswer.Released>(answer).Release;
        Assert.True(release.TryTake(session, out Intent? intent));
        Assert.Equal("uptime", Encoding.UTF8.GetString(intent.Bytes.Span));
        Assert.False(release.TryTake(session, out Intent? _));
    }

    [Fact]
    public async Task The_decision_is_in_the_journal_when_the_answer_comes()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();

        await world.Gate.SubmitAsync(session, ControlWorld.Harmless("uptime"), CancellationToken.None);

        JournalEntry decided = Assert.Single(world.Records(), entry => entry.Kind == "command.decided");
        Assert.Equal("uptime", decided.Text("command"));
        Assert.Equal("permit", decided.Text("verdict"));
        Assert.Equal(session.Id, decided.Session);
    }

    [Fact]
    public async Task Of_two_hundred_takers_of_one_release_one_gets_it()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        Release release = Assert.IsType<GateAnswer.Released>(
            await world.Gate.SubmitAsync(session, ControlWorld.Harmless(), CancellationToken.None)).Release;

        int taken = 0;
        Parallel.For(0, 200, _ => Interlocked.Add(ref taken, release.TryTake(session, out Intent? _) ? 1 : 0));

        Assert.Equal(1, taken);
    }

    [Fact]
    public async Task A_release_is_worth_nothing_to_another_session_or_after_the_end()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        Session other = await world.SessionAsync();
        Release release = Assert.IsType<GateAnswer.Released>(
            await world.Gate.SubmitAsync(session, ControlWorld.Harmless(), CancellationToken.None)).Release;

        Assert.False(release.TryTake(other, out Intent? _));
        await world.Sessions.EndAsync(session, SessionEndKind.Closed, "bye");
        Assert.False(release.TryTake(session, out Intent? _));
    }

    [Fact]
    public async Task What_no_grant_gives_is_refused_with_126_and_recorded()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        var forward = new ConnectIntent(new TcpDestination("10.0.0.9", 5432), new IntentContext(1));

        Refusal refusal = Assert.IsType<GateAnswer.Refused>(
            await world.Gate.SubmitAsync(session, forward, CancellationToken.None)).Refusal;

        Assert.Equal(126, refusal.ExitCode);
        Assert.NotEmpty(refusal.Reason.En);
        Assert.NotEmpty(refusal.Reason.Zh);
        Assert.Contains(world.Records(), entry => entry.Kind == "command.decided" && entry.Text("verdict") == "forbid");
        Assert.Equal(1, session.Coverage.Refused);
    }

    [Theory]
    [InlineData("netconf")]
    [InlineData("SFTP")]
    [InlineData("")]
    public async Task A_subsystem_that_is_not_known_is_refused(string name)
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();

        GateAnswer answer = await world.Gate.SubmitAsync(
            session, new SubsystemIntent(name, new IntentContext(0)), CancellationToken.None);

        Assert.IsType<GateAnswer.Refused>(answer);
    }

    [Fact]
    public async Task An_intent_longer_than_the_limit_is_refused_never_cut()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();

        GateAnswer answer = await world.Gate.SubmitAsync(
            session, ControlWorld.Harmless(new string('a', Intent.MaximumLength + 1)), CancellationToken.None);

        Assert.Equal(126, Assert.IsType<GateAnswer.Refused>(answer).Refusal.ExitCode);
    }

    [Fact]
    public async Task Bytes_that_are_not_text_are_opaque()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        var intent = new ExecIntent([(byte)'e', (byte)'c', 0xff, 0xfe], new IntentContext(0));

        HeldIntent held = await world.HoldAsync(session, intent);

        Assert.True(held.Request.Opaque);
        Assert.Equal(1, session.Coverage.Opaque);
    }

    [Fact]
    public async Task Without_a_journal_nothing_is_released_and_the_session_ends()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        await world.Journal.DisposeAsync();

        GateAnswer answer = await world.Gate.SubmitAsync(session, ControlWorld.Harmless(), CancellationToken.None);

        Assert.Equal(75, Assert.IsType<GateAnswer.Refused>(answer).Refusal.ExitCode);
        Assert.Equal(SessionEndKind.EvidenceFailed, session.End?.Kind);
        Assert.True(session.Ended.IsCancellationRequested);
        Assert.IsType<SessionStart.Refused>(
            await world.Sessions.StartAsync(ControlWorld.Opening("alice"), CancellationToken.None));
    }

    [Fact]
    public async Task An_approved_intent_is_released_with_the_bytes_that_were_approved()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        HeldIntent held = await world.HoldAsync(session, ControlWorld.Opaque("bash -s"));
        Task<GateAnswer> waiting = held.WaitAsync(CancellationToken.None);
        Assert.False(waiting.IsCompleted);

        Assert.IsType<DecisionOutcome.Recorded>(await world.ApproveAsync(held.Request.Id, "bob"));

        Release release = Assert.IsType<GateAnswer.Released>(await waiting.WaitAsync(Deadline)).Release;
        Assert.Equal(held.Request.Id, release.RequestId);
        Assert.Equal(held.Request.IntentDigest, release.Digest.ToString());
        Assert.True(release.TryTake(session, out Intent? intent));
        Assert.Equal("bash -s", intent.Text);
        Assert.Equal(ApprovalState.Consumed, held.Request.State);
        IReadOnlyList<string> kinds = world.Kinds();
        Assert.Equal(
            ["approval.requested", "command.decided", "approval.approved", "approval.consumed", "command.released"],
            kinds.Where(kind => kind.StartsWith("approval", StringComparison.Ordinal)
                || kind.StartsWith("command", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_grant_on_request_holds_the_first_act_and_is_then_in_force_until_its_end()
    {
        await using ControlWorld world = await ControlWorld.StartAsync("""
            grants: {real-terminal: {who: dora, targets: orders-db, allow: {exec: true}, on-request: {from: approvers, for: 1h}}}
            """);
        Session session = await world.SessionAsync("dora");
        HeldIntent held = await world.HoldAsync(session, ControlWorld.Harmless());
        Task<GateAnswer> waiting = held.WaitAsync(CancellationToken.None);

        Assert.IsType<DecisionOutcome.Recorded>(await world.ApproveAsync(held.Request.Id, "bob"));
        Assert.IsType<GateAnswer.Released>(await waiting.WaitAsync(Deadline));

        Assert.IsType<GateAnswer.Released>(
            await world.Gate.SubmitAsync(session, ControlWorld.Harmless("id"), CancellationToken.None));
        Assert.IsType<GateAnswer.Held>(await world.Gate.SubmitAsync(await world.SessionAsync("dora"),
            ControlWorld.Harmless("id"), CancellationToken.None));
        world.Time.Advance(TimeSpan.FromHours(1));
        Assert.IsType<GateAnswer.Held>(
            await world.Gate.SubmitAsync(session, ControlWorld.Harmless("uptime"), CancellationToken.None));
    }

    [Fact]
    public async Task A_rule_that_wants_an_approval_to_connect_holds_the_first_act_and_no_later_one()
    {
        await using ControlWorld world = await ControlWorld.StartAsync("""
            rules: {door: {actions: [connect], require: {from: approvers}, because: nobody goes in alone}}
            """);
        Session session = await world.SessionAsync();
        HeldIntent held = await world.HoldAsync(session, ControlWorld.Harmless());
        Task<GateAnswer> waiting = held.WaitAsync(CancellationToken.None);
        Assert.IsType<GateAnswer.Held>(
            await world.Gate.SubmitAsync(session, ControlWorld.Harmless("id"), CancellationToken.None));

        await world.DenyAsync(held.Request.Id, "bob", "not now");
        Assert.IsType<GateAnswer.Refused>(await waiting.WaitAsync(Deadline));
        held = await world.HoldAsync(session, ControlWorld.Harmless("uptime"));
        waiting = held.WaitAsync(CancellationToken.None);
        Assert.IsType<DecisionOutcome.Recorded>(await world.ApproveAsync(held.Request.Id, "bob"));
        Assert.IsType<GateAnswer.Released>(await waiting.WaitAsync(Deadline));

        Assert.IsType<GateAnswer.Released>(
            await world.Gate.SubmitAsync(session, ControlWorld.Harmless("date"), CancellationToken.None));
        Assert.IsType<GateAnswer.Held>(await world.Gate.SubmitAsync(await world.SessionAsync(),
            ControlWorld.Harmless("date"), CancellationToken.None));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("because I want to", false)]
    [InlineData("INC-4521 rebuild replica", true)]
    [InlineData("see #8812", true)]
    public async Task A_rule_that_asks_for_a_ticket_takes_it_from_the_reason(string? reason, bool isHeld)
    {
        await using ControlWorld world = await ControlWorld.StartAsync("""
            rules: {r: {effects: [code.opaque, session.escape], require: {from: approvers, ticket: true}, because: care}}
            """);

        GateAnswer answer = await world.Gate.SubmitAsync(await world.SessionAsync(),
            ControlWorld.Opaque(reason: reason), CancellationToken.None);

        Assert.Equal(isHeld, answer is GateAnswer.Held);
    }

    [Fact]
    public async Task A_denied_intent_is_refused_with_77_and_the_reason_of_the_person()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        HeldIntent held = await world.HoldAsync(session);
        Task<GateAnswer> waiting = held.WaitAsync(CancellationToken.None);

        await world.DenyAsync(held.Request.Id, "bob", "use the runbook");

        Refusal refusal = Assert.IsType<GateAnswer.Refused>(await waiting.WaitAsync(Deadline)).Refusal;
        Assert.Equal(77, refusal.ExitCode);
        Assert.Equal("denied by bob: use the runbook", refusal.Reason.En);
        Assert.Equal(held.Request.Id, refusal.RequestId);
    }

    [Fact]
    public async Task When_nobody_decides_in_time_it_is_refused_with_75()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        HeldIntent held = await world.HoldAsync(session);
        Task<GateAnswer> waiting = held.WaitAsync(CancellationToken.None);

        world.Time.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal(75, Assert.IsType<GateAnswer.Refused>(await waiting.WaitAsync(Deadline)).Refusal.ExitCode);
        Assert.Equal(ApprovalState.Expired, held.Request.State);
        Assert.Contains("approval.expired", world.Kinds());
    }

    [Fact]
    public async Task Setting_the_wall_clock_back_does_not_prolong_a_request()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        HeldIntent held = await world.HoldAsync(await world.SessionAsync());
        world.Time.SetWallClock(TimeSpan.FromHours(-1));
        world.Time.Advance(TimeSpan.FromMinutes(5));

        await world.Desk.ExpireOverdueAsync();

        Assert.Equal(ApprovalState.Expired, held.Request.State);
    }

    [Fact]
    public async Task Cancelling_the_wait_withdraws_the_request_with_130()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        HeldIntent held = await world.HoldAsync(await world.SessionAsync());
        using var controlC = new CancellationTokenSource();
        Task<GateAnswer> waiting = held.WaitAsync(controlC.Token);

        await controlC.CancelAsync();

        Assert.Equal(130, Assert.IsType<GateAnswer.Refused>(await waiting.WaitAsync(Deadline)).Refusal.ExitCode);
        Assert.Equal(ApprovalState.Withdrawn, held.Request.State);
        Assert.IsType<DecisionOutcome.TooLate>(await world.ApproveAsync(held.Request.Id, "bob"));
    }

    [Fact]
    public async Task The_end_of_the_session_withdraws_its_request()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        HeldIntent held = await world.HoldAsync(session);
        Task<GateAnswer> waiting = held.WaitAsync(CancellationToken.None);

        await world.Sessions.EndAsync(session, SessionEndKind.Closed, "client left");

        Assert.IsType<GateAnswer.Refused>(await waiting.WaitAsync(Deadline));
        Assert.Equal(ApprovalState.Withdrawn, held.Request.State);
    }

    [Fact]
    public async Task The_same_act_asked_again_joins_the_open_request_and_runs_once()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        HeldIntent first = await world.HoldAsync(session);
        HeldIntent second = await world.HoldAsync(session);
        Assert.Equal(first.Request.Id, second.Request.Id);
        Task<GateAnswer>[] waits =
            new[] { first.WaitAsync(CancellationToken.None), second.WaitAsync(CancellationToken.None) };

        await world.ApproveAsync(first.Request.Id, "bob");

        GateAnswer[] answers = await Task.WhenAll(waits).WaitAsync(Deadline);
        Assert.Single(answers.OfType<GateAnswer.Released>());
        Assert.Equal(75, Assert.Single(answers.OfType<GateAnswer.Refused>()).Refusal.ExitCode);
    }

    [Fact]
    public async Task Another_session_that_joins_cannot_use_the_approval()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        HeldIntent mine = await world.HoldAsync(await world.SessionAsync());
        HeldIntent other = await world.HoldAsync(await world.SessionAsync());
        Assert.Equal(mine.Request.Id, other.Request.Id);
        Task<GateAnswer> othersWait = other.WaitAsync(CancellationToken.None);

        await world.ApproveAsync(mine.Request.Id, "bob");

        Assert.False(othersWait.IsCompleted);
        Assert.IsType<GateAnswer.Released>(await mine.WaitAsync(CancellationToken.None).WaitAsync(Deadline));
        Assert.IsType<GateAnswer.Refused>(await othersWait.WaitAsync(Deadline));
    }

    [Fact]
    public async Task An_approval_not_used_within_a_minute_is_void()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        HeldIntent held = await world.HoldAsync(await world.SessionAsync());
        await world.ApproveAsync(held.Request.Id, "bob");
        Assert.Equal(ApprovalState.Approved, held.Request.State);
        world.Time.Advance(ApprovalLimits.UseWithin);

        GateAnswer answer = await held.WaitAsync(CancellationToken.None).WaitAsync(Deadline);

        Assert.Equal(75, Assert.IsType<GateAnswer.Refused>(answer).Refusal.ExitCode);
        Assert.Equal(ApprovalState.Expired, held.Request.State);
    }

    [Fact]
    public async Task What_a_new_policy_forbids_does_not_run_though_it_was_approved()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        HeldIntent held = await world.HoldAsync(await world.SessionAsync());
        await world.ApproveAsync(held.Request.Id, "bob");
        await world.ReloadAsync(
            "rules: {nothing-opaque: {effects: [code.opaque, session.escape], forbid: true, because: nobody has seen "
                + "it}}");

        GateAnswer answer = await held.WaitAsync(CancellationToken.None).WaitAsync(Deadline);

        Assert.Equal(126, Assert.IsType<GateAnswer.Refused>(answer).Refusal.ExitCode);
        Assert.Equal(ApprovalState.Superseded, held.Request.State);
    }

    [Fact]
    public async Task A_live_session_meets_a_new_policy_at_its_next_intent()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        await world.ReloadAsync(
            "rules: {nothing-opaque: {effects: [code.opaque, session.escape], forbid: true, because: nobody has seen "
                + "it}}");

        GateAnswer answer = await world.Gate.SubmitAsync(session, ControlWorld.Opaque(), CancellationToken.None);

        Assert.Equal("nothing-opaque", Assert.IsType<GateAnswer.Refused>(answer).Refusal.Rule);
    }

    [Fact]
    public async Task A_bad_policy_leaves_the_old_one_in_force_and_a_record()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        string before = world.Policies.Current.Version;

        PolicyLoadResult result = await world.ReloadRawAsync("people: [");

        Assert.True(result.HasErrors);
        Assert.Equal(before, world.Policies.Current.Version);
        Assert.NotEmpty(world.Policies.LastErrors);
        Assert.Contains("policy.rejected", world.Kinds());
    }

    [Fact]
    public void A_policy_that_fails_its_own_cases_is_not_loaded()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("bastion-policy-");
        try
        {
            File.WriteAllText(Path.Combine(directory.FullName, "policy.yaml"), ControlWorld.Policy);
            var source = new PolicySource(directory.FullName, Analysis.Analyzer.Default, TimeProvider.System);
            Assert.False(source.Load().HasErrors);

            directory.CreateSubdirectory("cases");
            File.WriteAllText(
                Path.Combine(directory.FullName, "cases", "cases.yaml"),
                "cases: {carol works: {as: carol, target: orders-db, expect: permit}}");

            PolicyLoadResult result = source.Load();
            Assert.True(result.HasErrors);
            Assert.Contains(result.Diagnostics, one => one.Code == "case-failed" && one.Location.Line == 1);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(ShellKind.Line, "`line`")]
    [InlineData(ShellKind.Guarded, "`guarded`")]
    public async Task A_shell_that_is_not_there_is_refused_and_no_weaker_one_takes_its_place(
        ShellKind shell, string said)
    {
        await using ControlWorld world = await ControlWorld.StartAsync();

        GateAnswer answer = await world.Gate.SubmitAsync(
            await world.SessionAsync(), new ShellIntent(shell, new IntentContext(0)), CancellationToken.None);

        Refusal refusal = Assert.IsType<GateAnswer.Refused>(answer).Refusal;
        Assert.Contains(said, refusal.Reason.En, StringComparison.Ordinal);
        Assert.Equal(126, refusal.ExitCode);
    }

    [Fact]
    public async Task A_digest_tells_apart_what_would_run_differently()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        var context = new IntentContext(0);
        Intent[] intents =
        [
            new ExecIntent("rm x"u8, context),
            new ExecIntent("rm y"u8, context),
            new ShellOnInputIntent(context),
            new ExecIntent("exec $SHELL -l"u8, context),
            new ExecIntent("rm x"u8, context with { WorkingDirectory = "" }),
            new ExecIntent("rm x"u8, context with { WorkingDirectory = "/srv" }),
            new ShellLineIntent(new ObservedLine("rm x", [], Echoed: true, OpensEditor: false), context),
            new ShellIntent(ShellKind.Observed, context),
            new ShellIntent(ShellKind.Line, context),
            new SubsystemIntent("sftp", context),
            new ConnectIntent(new TcpDestination("rm x", 22), context),
            new ListenIntent(new TcpDestination("rm x", 22), context),
            new AgentIntent(context),
        ];

        Assert.Equal(intents.Length, intents.Select(intent => intent.Digest.ToString()).Distinct().Count());
        Assert.Equal(intents[0].Digest, new ExecIntent("rm x"u8, context with { Reason = "why", Channel = 7 }).Digest);
    }

    [Fact]
    public async Task Bytes_changed_after_the_intent_was_made_do_not_change_it()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        byte[] bytes = "uptime"u8.ToArray();
        var intent = new ExecIntent(bytes, new IntentContext(0));
        "reboot"u8.CopyTo(bytes);

        Release release = Assert.IsType<GateAnswer.Released>(
            await world.Gate.SubmitAsync(session, intent, CancellationToken.None)).Release;

        Assert.True(release.TryTake(session, out Intent? taken));
        Assert.Equal("uptime", Encoding.UTF8.GetString(taken.Bytes.Span));
    }

    [Fact]
    public async Task An_ipv6_destination_is_written_unmistakably()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Assert.Equal("connect to [::1]:22", new ConnectIntent(new TcpDestination(IPAddress.IPv6Loopback.ToString(), 22),
            new IntentContext(0)).Describe());
    }
}
