using Bastion.Analysis;
using Bastion.Control.Approvals;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;

namespace Bastion.Control.Tests;

public sealed class AskingTests
{
    private const string WithReason = """
        rules:
          opaque-needs-approval:
            effects: [code.opaque, session.escape]
            require: {from: approvers, tier: medium, within: 5m, reason: true}
            because: nobody can see beforehand what it would do
        """;

    [Fact]
    public async Task While_one_act_is_held_nothing_of_the_session_flows_and_the_next_is_asked_afterwards()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        var first = new Person();
        Task<GateAnswer> held = AskAsync(world, session, first, ControlWorld.Opaque());
        HeldIntent waiting = await first.Held;
        Task<GateAnswer> second = AskAsync(world, session, new Person(), ControlWorld.Harmless());

        Assert.False(second.IsCompleted);
        Assert.DoesNotContain(world.Records(), entry => entry.Text("command") == "true");
        Assert.IsType<DecisionOutcome.Recorded>(await world.ApproveAsync(waiting.Request.Id, "bob"));

        Assert.IsType<GateAnswer.Released>(await held);
        Assert.IsType<GateAnswer.Released>(await second);
        Assert.Equal(["held", "told released"], first.Heard);
    }

    [Fact]
    public async Task Whoever_leaves_takes_it_back()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();
        var person = new Person();
        Task<GateAnswer> asking = AskAsync(world, session, person, ControlWorld.Opaque());
        HeldIntent held = await person.Held;

        person.Leave();

        Refusal refusal = Assert.IsType<GateAnswer.Refused>(await asking).Refusal;
        Assert.Equal((RefusalKind.Withdrawn, 130), (refusal.Kind, refusal.ExitCode));
        Assert.Equal(ApprovalState.Withdrawn, held.Request.State);
    }

    [Fact]
    public async Task Who_does_not_wait_is_refused_and_nobody_is_asked()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        Session session = await world.SessionAsync();

        GateAnswer answer = await AskAsync(world, session, new Person { Waits = false }, ControlWorld.Opaque());

        Refusal refusal = Assert.IsType<GateAnswer.Refused>(answer).Refusal;
        Assert.Equal((RefusalKind.NotWaiting, 75), (refusal.Kind, refusal.ExitCode));
        Assert.DoesNotContain(world.Kinds(), kind => kind.StartsWith("approval.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reason_that_is_missing_is_asked_for_once_and_changes_nothing_but_the_reason()
    {
        await using ControlWorld world = await ControlWorld.StartAsync(WithReason);
        Session session = await world.SessionAsync();
        Intent intent = ControlWorld.Opaque();
        var person = new Person { Reason = "INC-7 restore" };
        Task<GateAnswer> asking = AskAsync(world, session, person, intent);
        HeldIntent held = await person.Held;
        Assert.Equal("INC-7 restore", held.Request.Reason);
        Assert.Equal(intent.Digest.ToString(), held.Request.IntentDigest);
        person.Leave();
        await asking;

        var silent = new Person();
        Assert.True(Assert.IsType<GateAnswer.Refused>(await AskAsync(world, session, silent, intent))
            .Refusal.NeedsReason);
        Assert.Equal(["asked why"], silent.Heard);
    }

    [Fact]
    public async Task What_is_measured_on_the_target_counts_before_the_policy_is_asked()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        var gate = new Gate(
            Analyzer.Default, world.Policies, world.Desk, world.Sessions, world.Evidence, world.Time,
            [new OpaqueScript()]);
        var person = new Person();
        Task<GateAnswer> asking = new Asking(gate, await world.SessionAsync(), person)
            .AskAsync(ControlWorld.Harmless(), CancellationToken.None);

        HeldIntent held = await person.Held;
        Assert.Equal("it is a script of 2 MB", held.Request.Effects[^1].Reason.En);
        person.Leave();
        await asking;
    }

    private static Task<GateAnswer> AskAsync(ControlWorld world, Session session, Person person, Intent intent) =>
        new Asking(world.Gate, session, person).AskAsync(intent, CancellationToken.None);

    private sealed class OpaqueScript : IMeasurement
    {
        public ValueTask<IntentReading> MeasureAsync(
            Session session, Intent intent, IntentReading reading, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new IntentReading(
            [
                .. reading.Effects,
                new Effect(
                    EffectKind.CodeOpaque, RiskLevel.High, [], EffectScope.Unknown, default,
                    new Reason("it is a script of 2 MB", "这是一个 2 MB 的脚本"), []),
            ]));
    }

    /// <summary>Somebody at a terminal, and all that she heard.</summary>
    private sealed class Person : IRequester
    {
        private readonly TaskCompletionSource<HeldIntent> _held = new(
            TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Waits { get; init; } = true;

        public string? Reason { get; init; }

        public List<string> Heard { get; } = [];

        public Task<HeldIntent> Held => _held.Task;

        public void Leave() => _left.TrySetResult();

        public Task<string?> ReasonAsync(CancellationToken cancellationToken)
        {
            Heard.Add("asked why");
            return Task.FromResult(Reason);
        }

        public async Task StayAsync(HeldIntent held, CancellationToken decided)
        {
            Heard.Add("held");
            _held.TrySetResult(held);
            await _left.Task.WaitAsync(decided);
        }

        public ValueTask ToldAsync(HeldIntent held, GateAnswer answer, CancellationToken cancellationToken)
        {
            Heard.Add(answer is GateAnswer.Released ? "told released" : "told refused");
            return default;
        }
    }
}
