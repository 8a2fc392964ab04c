using System.Collections.Concurrent;
using System.Collections.Immutable;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Control.Gating;
using Bastion.Control.Policies;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;
using Bastion.Policy;

namespace Bastion.Control.Approvals;

/// <summary>
/// Where held intents wait for people. Everything that happens to a request goes through <see cref="ApprovalMachine"/>,
/// one event after another, and what makes something run is in the journal before it counts.
/// </summary>
public sealed class ApprovalDesk(
    PolicyHolder policies, EvidenceLog evidence, IRequestStore store, TimeProvider time)
{
    private const string InterruptedOutcome = "the gateway stopped while it was open; nothing ran";

    private readonly Lock _lock = new();
    private readonly DenialMemory _denials = new(time);
    private readonly ConcurrentDictionary<string, ApprovalRequest> _unsaved = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, OpenRequest> _open = ImmutableDictionary<string, OpenRequest>.Empty;

    public ApprovalFeed Feed { get; } = new();

    /// <summary>Requests that wait for people or for their use, oldest first.</summary>
    public IReadOnlyList<ApprovalRequest> Open =>
    [
        .. _open.Values.Where(open => open.Announced).Select(open => open.Current)
            .Where(request => request.IsOpen).OrderBy(request => request.Created),
    ];

    /// <summary>May see it: the requester, and whoever may decide it or decided it.</summary>
    public bool MaySee(ApprovalRequest request, PolicyPrincipal person) =>
        request.Requester == person.Name
        || request.Votes.Any(vote => vote.Approver == person.Name)
        || MayDecide(request, person);

    public bool MayDecide(ApprovalRequest request, PolicyPrincipal person) =>
        Eligibility.MayDecide(policies.Current, request, person);

    public async ValueTask<ApprovalRequest?> FindAsync(string id, CancellationToken cancellationToken) =>
        _open.TryGetValue(id, out OpenRequest? open) && open.Announced
            ? open.Current
            : _unsaved.GetValueOrDefault(id) ?? await store.FindAsync(id, cancellationToken);

    public ValueTask<IReadOnlyList<ApprovalRequest>> ListAsync(
        ApprovalState? state, int limit, CancellationToken cancellationToken) =>
        store.ListAsync(state, limit, cancellationToken);

    /// <summary>
    /// At start: what was open when the gateway stopped can never be used, because its session is gone. It is closed,
    /// and what was denied lately stays denied.
    /// </summary>
    public async Task CloseInterruptedAsync(CancellationToken cancellationToken)
    {
        foreach (ApprovalState state in new[] { ApprovalState.Pending, ApprovalState.Approved })
        {
            foreach (ApprovalRequest request in await store.ListAsync(state, int.MaxValue, cancellationToken))
            {
                await evidence.RecordAsync(
                    new ApprovalExpired
                    {
                        Request = request.Id,
                        Session = request.SessionId,
                        Reason = InterruptedOutcome,
                    });
                await store.SaveAsync(
                    request with
                    {
                        State = ApprovalState.Expired,
                        Revision = request.Revision + 1,
                        Closed = time.GetUtcNow(),
                        Outcome = InterruptedOutcome,
                    },
                    cancellationToken);
            }
        }

        foreach (ApprovalRequest denied in await store.ListAsync(ApprovalState.Denied, ApprovalLimits.Open,
            cancellationToken))
        {
            _denials.Add(denied);
        }
    }

    /// <summary>One person's approval. It counts if that person may approve at this moment and the request still
    /// waits.</summary>
    public async Task<DecisionOutcome> ApproveAsync(
        string id, PolicyPrincipal approver, ApprovalProof proof, string? address, CancellationToken cancellationToken)
    {
        if (proof.Approver != approver.Name || proof.RequestId != id)
        {
            throw new ArgumentException("the proof belongs to another person or request", nameof(proof));
        }

        return await DecideAsync(id, approver, address, open => VoteAsync(open, approver, proof, address),
            cancellationToken);
    }

    /// <summary>One person's refusal. The first one ends the request, also when it was approved and is not yet
    /// used.</summary>
    public Task<DecisionOutcome> DenyAsync(
        string id, PolicyPrincipal approver, string? reason, string? address, CancellationToken cancellationToken) =>
        DecideAsync(id, approver, address, open => RefuseAsync(open, approver, Clip(reason), address),
        cancellationToken);

    /// <summary>Says, and writes down, why somebody cannot decide a request; for callers that look before they
    /// decide.</summary>
    public Task<DecisionOutcome> ExplainRefusalAsync(
        string id, PolicyPrincipal person, string? address, CancellationToken cancellationToken) =>
        DecideAsync(id, person, address, open => Task.FromResult<DecisionOutcome>(TooLate(open.Current)),
        cancellationToken);

    /// <summary>The requester takes it back.</summary>
    public async Task<DecisionOutcome> WithdrawAsync(
        string id, PolicyPrincipal requester, CancellationToken cancellationToken)
    {
        if (!_open.TryGetValue(id, out OpenRequest? open) || !open.Announced
            || open.Current.Requester != requester.Name)
        {
            return await LateOrUnknownAsync(id, requester, cancellationToken);
        }

        return await WithdrawAsync(open, $"{requester.Name} took it back")
            ? new DecisionOutcome.Recorded(open.Current)
            : TooLate(open.Current);
    }

    /// <summary>Ends what is overdue, and saves what could not be saved before. Called about every second; waiting for
    /// a request also ends that one.</summary>
    public async Task ExpireOverdueAsync()
    {
        foreach (OpenRequest open in _open.Values)
        {
            await ExpireIfOverdueAsync(open);
        }

        foreach (ApprovalRequest unsaved in _unsaved.Values)
        {
            await SaveLaterAsync(unsaved);
        }
    }

    /// <summary>Ends every open request without running anything: who waits is told to ask again, not that she
    /// withdrew.</summary>
    public async Task<IReadOnlyList<string>> CloseAllAsync(string why)
    {
        var sessions = new List<string>();
        foreach (OpenRequest open in _open.Values)
        {
            sessions.Add(open.Session.Id);
            await CloseAsync(
                open, ApprovalEvent.TimeOut, why, request => new ApprovalExpired
                {
                    Session = request.SessionId,
                    Request = request.Id,
                    Reason = why,
                });
        }

        return sessions;
    }

    /// <summary>Opens a request, or joins an open one for the same act. Null and a refusal when none may be
    /// opened.</summary>
    internal async Task<(OpenRequest? Request, Refusal? Refusal)> OpenAsync(
        Session session, Intent intent, IntentReading reading, Decision decision)
    {
        OpenRequest? opening;
        lock (_lock)
        {
            var act = new ActKey(session.Principal, session.Target, session.Account, intent.Digest.ToString());
            if (_open.Values.FirstOrDefault(open => open.Current.IsOpen && ActKey.Of(open.Current) == act) is { } same)
            {
                same.Attach(session);
                return (same, null);
            }

            if (WhyNotOpen(session, intent, act, decision) is { } refusal)
            {
                return (null, refusal);
            }

            opening = New(session, intent, reading, decision);
            opening.Attach(session);
            _open = _open.Add(opening.Current.Id, opening);
        }

        await AnnounceAsync(opening);
        return (opening, null);
    }

    /// <summary>Takes the approval for the session and intent it was given for. True once.</summary>
    internal async Task<bool> ConsumeAsync(OpenRequest open, Session session, Intent intent)
    {
        if (!ReferenceEquals(session, open.Session) || intent.Digest != open.Intent.Digest)
        {
            return false;
        }

        await open.Turn.WaitAsync();
        try
        {
            if (IsOverdue(open))
            {
                return false;
            }

            return await GrantAsync(
                open,
                ApprovalEvent.Consume,
                request => request with { Outcome = "approved and run" },
                new ApprovalConsumed
                {
                    Session = session.Id,
                    Request = open.Current.Id,
                    CommandSha256 = CommandRecords.Sha256Of(intent),
                });
        }
        finally
        {
            open.Turn.Release();
        }
    }

    internal Task<bool> WithdrawAsync(OpenRequest open, string why) => CloseAsync(
        open, ApprovalEvent.Withdraw, why, request => new ApprovalWithdrawn
        {
            Session = request.SessionId,
            Request = request.Id,
            Reason = why,
        });

    internal Task<bool> SupersedeAsync(OpenRequest open, string why) => CloseAsync(
        open, ApprovalEvent.Supersede, why, request => new ApprovalSuperseded
        {
            Session = request.SessionId,
            Request = request.Id,
        });

    /// <summary>How long until the request ends by itself; zero or less when it is overdue.</summary>
    internal TimeSpan Remaining(OpenRequest open) => open.Current.State == ApprovalState.Approved
        ? ApprovalLimits.UseWithin - time.GetElapsedTime(open.ApprovedTimestamp)
        : open.Current.Expires - open.Current.Created - time.GetElapsedTime(open.OpenedTimestamp);

    internal async Task ExpireIfOverdueAsync(OpenRequest open)
    {
        if (!IsOverdue(open))
        {
            return;
        }

        await open.Turn.WaitAsync();
        try
        {
            await ExpireInTurnAsync(open);
        }
        finally
        {
            open.Turn.Release();
        }
    }

    private async Task ExpireInTurnAsync(OpenRequest open)
    {
        if (!IsOverdue(open))
        {
            return;
        }

        string why = open.Current.State == ApprovalState.Approved
            ? "approved, but not used in time; nothing ran"
            : "nobody decided in time; nothing ran";
        await CloseInTurnAsync(
            open,
            ApprovalEvent.TimeOut,
            request => request with { Outcome = why },
            request => new ApprovalExpired { Session = request.SessionId, Request = request.Id, Reason = why });
    }

    private bool IsOverdue(OpenRequest open) => Remaining(open) <= TimeSpan.Zero;

    private Refusal? WhyNotOpen(Session session, Intent intent, ActKey act, Decision decision)
    {
        string? reason = ReasonOf(session, intent);
        if (_denials.Standing(act, reason) is var (denied, remaining))
        {
            return Refusals.DeniedLately(denied, remaining);
        }

        if (string.IsNullOrWhiteSpace(reason) && decision.Requirements.Any(requirement => requirement.ReasonRequired))
        {
            return Refusals.ReasonMissing(decision);
        }

        if (TicketNumber.In(reason) is null && decision.Requirements.Any(requirement => requirement.TicketRequired))
        {
            return Refusals.TicketMissing(decision);
        }

        if (!Eligibility.CanBeMet(policies.Current, decision.Requirements, session.Opening.Principal))
        {
            return Refusals.NobodyToAsk(decision);
        }

        if (_open.Count >= ApprovalLimits.Open)
        {
            return Refusals.DeskFull();
        }

        return _open.Values.Count(open =>
            open.Current.Requester == session.Principal) >= ApprovalLimits.OpenPerRequester
            ? Refusals.TooManyOpen(ApprovalLimits.OpenPerRequester)
            : null;
    }

    private OpenRequest New(Session session, Intent intent, IntentReading reading, Decision decision)
    {
        string id;
        do
        {
            id = Identifier.ForRequest();
        }
        while (_open.ContainsKey(id));

        IReadOnlyDictionary<string, string> labels =
            policies.Current.Targets.TryGetValue(session.Target, out Target? target)
            ? target.Labels
            : ImmutableDictionary<string, string>.Empty;
        var request = ApprovalRequest.About(
            id, session, intent, reading, decision, labels, ReasonOf(session, intent), time.GetUtcNow());
        return new OpenRequest(request, session, intent, reading, time.GetTimestamp());
    }

    /// <summary>Nobody can see or decide the request before this is through: it holds the turn and the flag is not
    /// set.</summary>
    private async Task AnnounceAsync(OpenRequest opening)
    {
        await opening.Turn.WaitAsync();
        try
        {
            ApprovalRequest request = opening.Current;
            await evidence.RecordAsync(ApprovalRecords.Requested(request));
            await store.SaveAsync(request, CancellationToken.None);
            opening.Announced = true;
            Feed.Publish(request);
        }
        catch
        {
            // Whoever joined meanwhile learns that it is over; nobody else ever saw it.
            opening.Replace(opening.Current with
            {
                State = ApprovalState.Withdrawn,
                Outcome = "it could not be recorded",
            });
            Remove(opening);
            await evidence.TryRecordAsync(new ApprovalWithdrawn
            {
                Session = opening.Current.SessionId,
                Request = opening.Current.Id,
                Reason = "it could not be kept; nobody was asked and nothing ran",
            });
            throw;
        }
        finally
        {
            opening.Turn.Release();
        }
    }

    private async Task<DecisionOutcome> DecideAsync(
        string id, PolicyPrincipal person, string? address, Func<OpenRequest, Task<DecisionOutcome>> decide,
        CancellationToken cancellationToken)
    {
        if (!_open.TryGetValue(id, out OpenRequest? open) || !open.Announced)
        {
            return await LateOrUnknownAsync(id, person, cancellationToken);
        }

        await open.Turn.WaitAsync(cancellationToken);
        DecisionOutcome outcome;
        try
        {
            await ExpireInTurnAsync(open);
            outcome = MayDecide(open.Current, person)
                ? await decide(open)
                : new DecisionOutcome.NotEntitled(
                    open.Current.Requester == person.Name
                        ? "nobody decides their own request"
                        : "the policy does not name you as an approver of this request");
        }
        finally
        {
            open.Turn.Release();
        }

        if (outcome.Complaint is { } why)
        {
            await evidence.TryRecordAsync(new ApprovalRefused
            {
                Session = open.Current.SessionId,
                Request = id,
                Approver = person.Name,
                Reason = why,
                Source = OptionalText.OrNone(address),
            });
        }

        return outcome is DecisionOutcome.NotEntitled && !MaySee(open.Current, person)
            ? new DecisionOutcome.NotFound()
            : outcome;
    }

    private async Task<DecisionOutcome> VoteAsync(
        OpenRequest open, PolicyPrincipal approver, ApprovalProof proof, string? address)
    {
        PolicySnapshot policy = policies.Current;
        ApprovalRequest request = open.Current;
        if (request.Votes.Any(vote => vote.Approver == approver.Name))
        {
            return new DecisionOutcome.NotEntitled("you approved this already; it needs somebody else now");
        }

        if (!Eligibility.ProofSuffices(policy, request, approver, proof.Kind))
        {
            return new DecisionOutcome.NotEntitled("the policy asks for a passkey here; a code does not suffice");
        }

        var vote = new ApprovalVote(approver.Name, true, time.GetUtcNow(), proof.Kind, null, address);
        var votes = request.Votes.Append(vote).ToList();
        bool met = Eligibility.IsMet(
            policy, request.Requirements, request, votes.Select(one => new PolicyPrincipal(one.Approver)));
        bool counted = await GrantAsync(
            open,
            met ? ApprovalEvent.Quorum : ApprovalEvent.Vote,
            before => before with { Votes = votes },
            ApprovalRecords.Approved(request, vote, time.GetElapsedTime(open.OpenedTimestamp), met));
        return counted ? new DecisionOutcome.Recorded(open.Current) : TooLate(open.Current);
    }

    private async Task<DecisionOutcome> RefuseAsync(
        OpenRequest open, PolicyPrincipal approver, string? reason, string? address)
    {
        var vote = new ApprovalVote(approver.Name, false, time.GetUtcNow(), null, reason, address);
        string outcome = reason is null ? $"denied by {approver.Name}" : $"denied by {approver.Name}: {reason}";
        bool counted = await CloseInTurnAsync(
            open,
            ApprovalEvent.Refuse,
            request => request with { Votes = [.. request.Votes, vote], Outcome = outcome },
            request => ApprovalRecords.Denied(request, vote, time.GetElapsedTime(open.OpenedTimestamp)));
        if (!counted)
        {
            return TooLate(open.Current);
        }

        _denials.Add(open.Current);
        return new DecisionOutcome.Recorded(open.Current);
    }

    /// <summary>For what brings an act nearer: without a durable record nothing changes and the caller gets the
    /// exception.</summary>
    private async Task<bool> GrantAsync(
        OpenRequest open, ApprovalEvent happened, Func<ApprovalRequest, ApprovalRequest> change, AuditRecord record)
    {
        if (ApprovalMachine.Next(open.Current.State, happened) is not { } next)
        {
            return false;
        }

        await evidence.RecordAsync(record);
        if (happened == ApprovalEvent.Quorum)
        {
            open.ApprovedTimestamp = time.GetTimestamp();
        }

        await ApplyAsync(open, change(open.Current) with { State = next });
        return true;
    }

    private async Task<bool> CloseAsync(
        OpenRequest open, ApprovalEvent happened, string why, Func<ApprovalRequest, AuditRecord> record)
    {
        await open.Turn.WaitAsync();
        try
        {
            return await CloseInTurnAsync(open, happened, request => request with { Outcome = why }, record);
        }
        finally
        {
            open.Turn.Release();
        }
    }

    /// <summary>For what ends a request without running anything: it ends also when the journal is gone.</summary>
    private async Task<bool> CloseInTurnAsync(
        OpenRequest open, ApprovalEvent happened, Func<ApprovalRequest, ApprovalRequest> change,
        Func<ApprovalRequest, AuditRecord> record)
    {
        if (ApprovalMachine.Next(open.Current.State, happened) is not { } next)
        {
            return false;
        }

        await evidence.TryRecordAsync(record(open.Current));
        await ApplyAsync(open, change(open.Current) with { State = next });
        return true;
    }

    /// <summary>Memory first, then the index: who waits must learn it even if the index cannot be written.</summary>
    private async Task ApplyAsync(OpenRequest open, ApprovalRequest changed)
    {
        changed = changed with
        {
            Revision = changed.Revision + 1,
            Closed = ApprovalMachine.IsFinal(changed.State) ? time.GetUtcNow() : null,
        };
        open.Replace(changed);
        Feed.Publish(changed);
        await SaveLaterAsync(changed);
        if (!changed.IsOpen)
        {
            Remove(open);
        }
    }

    /// <summary>What was decided is decided, whatever becomes of the index: what it does not take now is tried again,
    /// and after a crash the journal says how the request ended.</summary>
    private async Task SaveLaterAsync(ApprovalRequest changed)
    {
        try
        {
            await store.SaveAsync(changed, CancellationToken.None);
            _unsaved.TryRemove(KeyValuePair.Create(changed.Id, changed));
        }
        catch (StoreUnavailableException)
        {
            _unsaved[changed.Id] = changed;
        }
    }

    private void Remove(OpenRequest open)
    {
        lock (_lock)
        {
            _open = _open.Remove(open.Current.Id);
        }
    }

    private async Task<DecisionOutcome> LateOrUnknownAsync(
        string id, PolicyPrincipal person, CancellationToken cancellationToken) =>
        (_unsaved.GetValueOrDefault(id) ?? await store.FindAsync(id, cancellationToken)) is { } request
        && MaySee(request, person)
            ? TooLate(request)
            : new DecisionOutcome.NotFound();

    private DecisionOutcome.TooLate TooLate(ApprovalRequest request) =>
        DecisionOutcome.TooLate.For(request, time.GetUtcNow());

    private static string? ReasonOf(Session session, Intent intent) =>
        Clip(intent.Context.Reason ?? session.Opening.Reason);

    private static string? Clip(string? reason)
    {
        string? text = reason?.Trim();
        return string.IsNullOrEmpty(text) ? null : text[..Math.Min(text.Length, ApprovalLimits.ReasonLength)];
    }
}
