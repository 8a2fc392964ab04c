using Bastion.Analysis;
using Bastion.Audit.Records;
using Bastion.Control.Approvals;
using Bastion.Control.Evidence;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Policies;
using Bastion.Control.Sessions;
using Bastion.Policy;

namespace Bastion.Control.Gating;

/// <summary>
/// The one place where it is decided whether an intent reaches a target. Every path through it ends in an answer that
/// is in the journal before the caller has it; every fault on the way is a refusal. <see cref="Asking"/> is the only
/// way to it.
/// </summary>
/// <param name="measurements">What is looked up on the target between reading and deciding, in this order.</param>
public sealed class Gate(
    Analyzer analyzer, PolicyHolder policies, ApprovalDesk desk, SessionRegistry sessions, EvidenceLog evidence,
    TimeProvider time, IReadOnlyList<IMeasurement>? measurements = null)
{
    private readonly ReleasedCounts _counts = new(policies, time);

    /// <summary>Never throws for what an intent holds. Cancelling before the decision is recorded counts as
    /// withdrawing.</summary>
    /// <param name="mayWait">False: what would be held is refused instead.</param>
    internal async Task<GateAnswer> SubmitAsync(
        Session session, Intent intent, CancellationToken cancellationToken, bool mayWait = true)
    {
        try
        {
            if (session.Ended.IsCancellationRequested)
            {
                return Refuse(session, Refusals.SessionOver());
            }

            return await DecideAsync(session, intent, mayWait, cancellationToken);
        }
        catch (EvidenceUnavailableException)
        {
            return await EndForLackOfEvidenceAsync(session);
        }
        catch (Exception fault)
        {
            return await RefuseForFaultAsync(session, intent, fault);
        }
    }

    /// <summary>What was released before a restart, so that cumulative rules go on counting. Before the first
    /// intent.</summary>
    public void Recall(IEnumerable<PastRelease> past) => _counts.Recall(past);

    internal TimeSpan Remaining(OpenRequest open) => desk.Remaining(open);

    internal async Task<GateAnswer> WaitAsync(HeldIntent held, OpenRequest open, CancellationToken cancellationToken)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, held.Session.Ended);
        try
        {
            return await OutcomeAsync(held, open, gone.Token);
        }
        catch (OperationCanceledException)
        {
            return Refuse(
                held.Session,
                Refusals.Ended(open.Current with { State = ApprovalState.Withdrawn }, otherSession: false));
        }
        catch (EvidenceUnavailableException)
        {
            return await EndForLackOfEvidenceAsync(held.Session);
        }
        catch (Exception fault)
        {
            return await RefuseForFaultAsync(held.Session, held.Intent, fault);
        }
        finally
        {
            if (open.Detach(held.Session) && open.Current.IsOpen)
            {
                await desk.WithdrawAsync(open, "the requester went away; nothing ran");
            }
        }
    }

    private async Task<GateAnswer> DecideAsync(
        Session session, Intent intent, bool mayWait, CancellationToken cancellationToken)
    {
        if (intent.Bytes.Length > Intent.MaximumLength)
        {
            return await RefuseAsync(session, intent, null, Refusals.TooLong(Intent.MaximumLength));
        }

        if (intent.RefusedAtOnce(sessions.AccessNow(session).Actions) is { } whyNot)
        {
            return await RefuseAsync(session, intent, null, whyNot);
        }

        IntentReading reading = intent.Read(analyzer);
        foreach (IMeasurement measurement in measurements ?? [])
        {
            reading = await measurement.MeasureAsync(session, intent, reading, cancellationToken);
        }

        cancellationToken.ThrowIfCancellationRequested();
        Decision decision = Ask(session, intent, reading);
        session.Coverage.Count(reading.Opaque, intent.Certainty == Certainty.Observed);
        return decision.Outcome switch
        {
            Outcome.Permit => await PermitAsync(session, intent, reading, decision),
            Outcome.Require when !mayWait =>
                await RefuseAsync(session, intent, reading, Refusals.NotWaiting(decision), decision),
            Outcome.Require => await HoldAsync(session, intent, reading, decision),
            Outcome.Forbid => await RefuseAsync(session, intent, reading, Refusals.ByPolicy(decision), decision),
        };
    }

    private Decision Ask(Session session, Intent intent, IntentReading reading) => policies.Current.Decide(
        PolicyQuestion.About(
            session, intent, reading, sessions.OthersOf(session), _counts, time.GetUtcNow()));

    private async Task<GateAnswer> PermitAsync(Session session, Intent intent, IntentReading reading, Decision decision)
    {
        await evidence.RecordAsync(intent.Record(IntentDecision.Of(session, reading, Verdict.Permit, decision)));
        session.Opened();
        _counts.Add(session, reading);
        ControlMetrics.Decided("permit");
        return new GateAnswer.Released(new Release(session, intent, requestId: null));
    }

    private async Task<GateAnswer> HoldAsync(Session session, Intent intent, IntentReading reading, Decision decision)
    {
        (OpenRequest? open, Refusal? refusal) = await desk.OpenAsync(session, intent, reading, decision);
        if (open is null)
        {
            return await RefuseAsync(session, intent, reading, refusal!, decision);
        }

        try
        {
            await evidence.RecordAsync(intent.Record(
                IntentDecision.Of(session, reading, Verdict.Require, decision, open.Current.Id)));
        }
        catch
        {
            open.Detach(session);
            await desk.WithdrawAsync(open, "it could not be recorded; nothing ran");
            throw;
        }

        session.Coverage.CountHeld();
        ControlMetrics.Decided("require");
        return new GateAnswer.Held(new HeldIntent(this, open, session, intent));
    }

    private async Task<GateAnswer> OutcomeAsync(HeldIntent held, OpenRequest open, CancellationToken cancellationToken)
    {
        bool isOwner = ReferenceEquals(held.Session, open.Session);
        while (true)
        {
            (ApprovalRequest? request, Task? changed) = open.Observe();
            if (!request.IsOpen)
            {
                return Refuse(held.Session, Refusals.Ended(request, !isOwner));
            }

            if (request.State == ApprovalState.Approved && isOwner)
            {
                if (await UseApprovalAsync(held, open) is { } answer)
                {
                    return answer;
                }

                continue;
            }

            await WaitForChangeAsync(open, changed, cancellationToken);
        }
    }

    private async Task WaitForChangeAsync(OpenRequest open, Task changed, CancellationToken cancellationToken)
    {
        TimeSpan left = desk.Remaining(open);
        if (left > TimeSpan.Zero)
        {
            try
            {
                await changed.WaitAsync(left, time, cancellationToken);
                return;
            }
            catch (TimeoutException)
            {
                // The time is up: fall through and end it.
            }
        }

        await desk.ExpireIfOverdueAsync(open);
    }

    /// <summary>
    /// The policy is asked once more before anything runs: what was approved under rules that no longer hold, or by
    /// people who no longer count, does not run. Null when somebody else changed the request meanwhile.
    /// </summary>
    private async Task<GateAnswer?> UseApprovalAsync(HeldIntent held, OpenRequest open)
    {
        Decision decision = Ask(held.Session, held.Intent, open.Reading);
        if (!StillHolds(decision, open.Current))
        {
            await desk.SupersedeAsync(open, "the policy changed while it waited; nothing ran");
            return decision.Outcome == Outcome.Forbid
                ? Refuse(held.Session, Refusals.ByPolicy(decision) with { RequestId = open.Current.Id })
                : null;
        }

        if (!await desk.ConsumeAsync(open, held.Session, held.Intent))
        {
            await desk.ExpireIfOverdueAsync(open);
            return null;
        }

        await evidence.RecordAsync(CommandRecords.Released(held.Session, held.Intent, open.Current.Id));
        ActivateGrants(held.Session, decision);
        held.Session.Opened();
        _counts.Add(held.Session, open.Reading);
        ControlMetrics.Decided("approved");
        return new GateAnswer.Released(new Release(held.Session, held.Intent, open.Current.Id));
    }

    /// <summary>What was approved rested on a grant given on request: it is in force from now on, for this
    /// session.</summary>
    private void ActivateGrants(Session session, Decision decision)
    {
        foreach (DeterminingRule? asked in decision.Determining.Where(rule =>
            rule is { Kind: "grant", Outcome: Outcome.Require }))
        {
            if (policies.Current.JustInTime(asked.Name) is { } length)
            {
                session.Activate(new ActiveGrant(asked.Name, time.GetUtcNow() + length));
            }
        }
    }

    private bool StillHolds(Decision decision, ApprovalRequest request) => decision.Outcome switch
    {
        Outcome.Permit => true,
        Outcome.Require => Eligibility.IsMet(
            policies.Current,
            decision.Requirements,
            request,
            request.Votes.Where(vote => vote.Approved).Select(vote => new PolicyPrincipal(vote.Approver))),
        Outcome.Forbid => false,
    };

    private async Task<GateAnswer> RefuseAsync(
        Session session, Intent intent, IntentReading? reading, Refusal refusal, Decision? decision = null)
    {
        await evidence.RecordAsync(intent.Record(IntentDecision.Refused(
            session, reading, refusal, decision?.PolicyVersion ?? policies.Current.Version,
            decision?.Notify ?? [])));
        return Refuse(session, refusal);
    }

    private static GateAnswer.Refused Refuse(Session session, Refusal refusal)
    {
        session.Coverage.CountRefused();
        ControlMetrics.Decided(refusal.Kind == RefusalKind.ByRule ? "forbid" : "refused");
        return new GateAnswer.Refused(refusal);
    }

    private async Task<GateAnswer> RefuseForFaultAsync(Session session, Intent intent, Exception fault)
    {
        Refusal refusal = fault is OperationCanceledException
            ? new Refusal(RefusalKind.Withdrawn, new Reason("withdrawn; nothing ran", "已撤回；未执行任何操作"))
            : fault is StoreUnavailableException unavailable
            ? Refusals.StoreUnavailable(unavailable)
            : Refusals.Fault(fault.GetType().Name);
        try
        {
            return await RefuseAsync(session, intent, null, refusal);
        }
        catch (EvidenceUnavailableException)
        {
            return await EndForLackOfEvidenceAsync(session);
        }
    }

    /// <summary>No journal, no decision, and no session that goes on without one.</summary>
    private async Task<GateAnswer> EndForLackOfEvidenceAsync(Session session)
    {
        await sessions.EndAsync(session, SessionEndKind.EvidenceFailed, "the journal cannot be written");
        return Refuse(session, Refusals.EvidenceUnavailable());
    }
}
