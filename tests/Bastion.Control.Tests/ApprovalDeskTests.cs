using Bastion.Control.Approvals;
using Bastion.Control.Gating;
using Bastion.Control.Sessions;
using Bastion.Policy;

namespace Bastion.Control.Tests;

public sealed class ApprovalDeskTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Nobody_approves_their_own_request()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        HeldIntent held = await world.HoldAsync(await world.SessionAsync("bob"));

        DecisionOutcome outcome = await world.ApproveAsync(held.Request.Id, "bob");

        Assert.Equal("nobody decides their own request", Assert.IsType<DecisionOutcome.NotEntitled>(outcome).Why);
        Assert.Equal(ApprovalState.Pending, held.Request.State);
        Assert.Contains("approval.refused", world.Kinds());
    }

    [Theory]
    [InlineData("carol")]
    [InlineData("alice")]
    public async Task Who_was_not_asked_can_neither_approve_nor_deny(string person)
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        HeldIntent held = await world.HoldAsync(await world.SessionAsync());

        Assert.IsNotType<DecisionOutcome.Recorded>(await world.ApproveAsync(held.Request.Id, person));
        Assert.IsNotType<DecisionOutcome.Recorded>(await world.DenyAsync(held.Request.Id, person));
        Assert.Equal(ApprovalState.Pending, held.Request.State);
    }

    [Fact]
    public async Task To_whom_it_does_not_concern_a_request_does_not_exist()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        HeldIntent held = await world.HoldAsync(await world.SessionAsync());

        Assert.IsType<DecisionOutcome.NotFound>(await world.DenyAsync(held.Request.Id, "carol"));
        Assert.False(world.Desk.MaySee(held.Request, new PolicyPrincipal("carol")));
        Assert.True(world.Desk.MaySee(held.Request, new PolicyPrincipal("alice")));
        Assert.True(world.Desk.MaySee(held.Request, new PolicyPrincipal("bob")));
    }

    [Fact]
    public async Task A_quorum_of_two_needs_two_distinct_people()
    {
        await using ControlWorld world = await ControlWorld.StartAsync(ControlWorld.TwoApprovers);
        HeldIntent held = await world.HoldAsync(await world.SessionAsync());
        Task<GateAnswer> waiting = held.WaitAsync(CancellationToken.None);

        Assert.IsType<DecisionOutcome.Recorded>(await world.ApproveAsync(held.Request.Id, "bob"));
        Assert.IsType<DecisionOutcome.NotEntitled>(await world.ApproveAsync(held.Request.Id, "bob"));
        Assert.Equal(ApprovalState.Pending, held.Request.State);
        Assert.False(waiting.IsCompleted);
        Assert.IsType<DecisionOutcome.Recorded>(await world.ApproveAsync(held.Request.Id, "dora"));

        Assert.IsType<GateAnswer.Released>(await waiting.WaitAsync(Deadline));
    }

    [Fact]
    public async Task The_first_refusal_ends_it_whatever_was_approved()
    {
        await using ControlWorld world = await ControlWorld.StartAsync(ControlWorld.TwoApprovers);
        HeldIntent held = await world.HoldAsync(await world.SessionAsync());
        await world.ApproveAsync(held.Request.Id, "bob");

        await world.DenyAsync(held.Request.Id, "dora");

        Assert.Equal(ApprovalState.Denied, held.Request.State);
        Assert.IsType<DecisionOutcome.TooLate>(await world.ApproveAsync(held.Request.Id, "dora"));
    }

    [Fact]
    public async Task Where_the_requester_is_one_of_too_few_approvers_it_is_refused_at_once()
    {
        await using ControlWorld world = await ControlWorld.StartAsync(ControlWorld.TwoApprovers);
        Session session = await world.SessionAsync("bob");

        GateAnswer answer = await world.Gate.SubmitAsync(session, ControlWorld.Opaque(), CancellationToken.None);

        Assert.IsType<GateAnswer.Refused>(answer);
        Assert.Empty(world.Desk.Open);
    }

    [Fact]
    public async Task An_approver_who_left_before_the_quorum_does_not_count()
    {
        await using ControlWorld world = await ControlWorld.StartAsync(ControlWorld.TwoApprovers);
        HeldIntent held = await world.HoldAsync(await world.SessionAsync());
        await world.ApproveAsync(held.Request.Id, "bob");
        await world.ReloadRawAsync(
            ControlWorld.Policy.Replace("members: [bob, dora]", "members: [dora, erin]", StringComparison.Ordinal)
                + "\n" + ControlWorld.TwoApprovers);

        await world.ApproveAsync(held.Request.Id, "dora");

        Assert.Equal(ApprovalState.Pending, held.Request.State);
    }

    [Fact]
    public async Task Of_two_hundred_approvals_at_once_exactly_one_counts_and_one_release_follows()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        HeldIntent held = await world.HoldAsync(session);
        var waits = Enumerable.Range(0, 20).Select(_ => held.WaitAsync(CancellationToken.None)).ToList();
        (ApprovalProof? proof, Authentication.CredentialOutcome _) = await ApprovalProof.ByCodeAsync(
            world.Verifier, "bob", held.Request.Id, world.CodeOf("bob"), CancellationToken.None);

        DecisionOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() =>
            world.Desk.ApproveAsync(held.Request.Id, new PolicyPrincipal("bob"), proof!, null,
            CancellationToken.None))));

        Assert.Single(outcomes.OfType<DecisionOutcome.Recorded>());
        Assert.Single((await Task.WhenAll(waits).WaitAsync(Deadline)).OfType<GateAnswer.Released>());
        Assert.Single(world.Kinds(), kind => kind == "approval.consumed");
    }

    [Fact]
    public async Task A_proof_for_one_request_or_person_is_worth_nothing_for_another()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        HeldIntent first = await world.HoldAsync(session, ControlWorld.Opaque("sh -s one"));
        HeldIntent second = await world.HoldAsync(session, ControlWorld.Opaque("sh -s two"));
        (ApprovalProof? proof, Authentication.CredentialOutcome _) = await ApprovalProof.ByCodeAsync(
            world.Verifier, "bob", first.Request.Id, world.CodeOf("bob"), CancellationToken.None);

        await Assert.ThrowsAsync<ArgumentException>(() =>
            world.Desk.ApproveAsync(second.Request.Id, new PolicyPrincipal("bob"), proof!, null,
            CancellationToken.None));
        await Assert.ThrowsAsync<ArgumentException>(() =>
            world.Desk.ApproveAsync(first.Request.Id, new PolicyPrincipal("dora"), proof!, null,
            CancellationToken.None));
    }

    [Fact]
    public async Task What_was_denied_cannot_be_asked_again_for_ten_minutes_without_a_new_reason()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        HeldIntent held = await world.HoldAsync(session);
        await world.DenyAsync(held.Request.Id, "bob");

        GateAnswer again = await world.Gate.SubmitAsync(session, ControlWorld.Opaque(), CancellationToken.None);
        Assert.Equal(77, Assert.IsType<GateAnswer.Refused>(again).Refusal.ExitCode);

        HeldIntent withReason = await world.HoldAsync(session, ControlWorld.Opaque(reason: "INC-4521"));
        Assert.Equal("INC-4521", withReason.Request.Reason);
        await world.DenyAsync(withReason.Request.Id, "bob");
        Assert.IsType<GateAnswer.Refused>(
            await world.Gate.SubmitAsync(session, ControlWorld.Opaque(reason: " inc-4521 "), CancellationToken.None));

        world.Time.Advance(ApprovalLimits.AskAgainAfter);
        await world.HoldAsync(session);
    }

    [Fact]
    public async Task One_person_cannot_flood_the_desk()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        for (int number = 0; number < ApprovalLimits.OpenPerRequester; number++)
        {
            await world.HoldAsync(session, ControlWorld.Opaque($"sh -s {number}"));
        }

        GateAnswer answer =
            await world.Gate.SubmitAsync(session, ControlWorld.Opaque("sh -s more"), CancellationToken.None);

        Assert.Equal(75, Assert.IsType<GateAnswer.Refused>(answer).Refusal.ExitCode);
        await world.HoldAsync(await world.SessionAsync("bob"), ControlWorld.Opaque("sh -s bob"));
    }

    [Fact]
    public async Task The_requester_can_take_it_back_and_nobody_else()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        HeldIntent held = await world.HoldAsync(await world.SessionAsync());

        Assert.IsNotType<DecisionOutcome.Recorded>(
            await world.Desk.WithdrawAsync(held.Request.Id, new PolicyPrincipal("bob"), CancellationToken.None));
        Assert.IsType<DecisionOutcome.Recorded>(
            await world.Desk.WithdrawAsync(held.Request.Id, new PolicyPrincipal("alice"), CancellationToken.None));
        Assert.Equal(ApprovalState.Withdrawn, held.Request.State);
    }

    [Fact]
    public async Task When_the_gateway_shuts_down_who_waits_is_told_to_ask_again()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        HeldIntent held = await world.HoldAsync(session);
        Task<GateAnswer> waiting = held.WaitAsync(CancellationToken.None);

        Assert.Equal([session.Id], await world.Desk.CloseAllAsync("the gateway is shutting down"));

        Assert.Equal(75, Assert.IsType<GateAnswer.Refused>(await waiting.WaitAsync(Deadline)).Refusal.ExitCode);
    }

    [Fact]
    public async Task After_a_restart_what_was_open_is_closed_and_denials_still_stand()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        HeldIntent denied = await world.HoldAsync(session, ControlWorld.Opaque("sh -s denied"));
        await world.DenyAsync(denied.Request.Id, "bob");
        HeldIntent open = await world.HoldAsync(session, ControlWorld.Opaque("sh -s open"));

        var restarted = new ApprovalDesk(world.Policies, world.Evidence, world.Requests, world.Time);
        await restarted.CloseInterruptedAsync(CancellationToken.None);

        Assert.Equal(ApprovalState.Expired,
            (await restarted.FindAsync(open.Request.Id, CancellationToken.None))?.State);
        Assert.Empty(restarted.Open);
        var gate =
            new Gate(Analysis.Analyzer.Default, world.Policies, restarted, world.Sessions, world.Evidence, world.Time);
        Assert.Equal(
            77,
            Assert.IsType<GateAnswer.Refused>(
                await gate.SubmitAsync(session, ControlWorld.Opaque("sh -s denied"),
                    CancellationToken.None)).Refusal.ExitCode);
    }

    [Fact]
    public async Task Without_a_journal_an_approval_does_not_count_but_a_refusal_does()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        HeldIntent held = await world.HoldAsync(await world.SessionAsync());
        await world.Journal.DisposeAsync();

        await Assert.ThrowsAsync<Evidence.EvidenceUnavailableException>(() =>
            world.ApproveAsync(held.Request.Id, "bob"));
        Assert.Equal(ApprovalState.Pending, held.Request.State);
        await world.DenyAsync(held.Request.Id, "bob");
        Assert.Equal(ApprovalState.Denied, held.Request.State);
    }

    [Fact]
    public async Task The_statement_is_canonical_and_never_the_same_twice()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        ApprovalRequest first = (await world.HoldAsync(session, ControlWorld.Opaque("sh -s \"\u202e\n"))).Request;
        await world.Desk.WithdrawAsync(first.Id, new PolicyPrincipal("alice"), CancellationToken.None);
        ApprovalRequest second = (await world.HoldAsync(session, ControlWorld.Opaque("sh -s \"\u202e\n"))).Request;

        Assert.NotEqual(first.Statement.Sha256, second.Statement.Sha256);
        using var parsed = System.Text.Json.JsonDocument.Parse(first.Statement.Json);
        var names = parsed.RootElement.EnumerateObject().Select(member => member.Name).ToList();
        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Equal("sh -s \"\u202e\n", parsed.RootElement.GetProperty("command").GetString());
        Assert.Equal(session.Id, parsed.RootElement.GetProperty("session").GetString());
        Assert.DoesNotContain(": ", first.Statement.Json, StringComparison.Ordinal);
    }
}
