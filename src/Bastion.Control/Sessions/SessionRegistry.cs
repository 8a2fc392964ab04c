using System.Collections.Immutable;
using Bastion.Audit;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Control.Gating;
using Bastion.Control.Policies;
using Bastion.Policy;

namespace Bastion.Control.Sessions;

/// <summary>Says whether the gateway can take one more session: enough disk, not shutting down.</summary>
public interface IAdmission
{
    /// <summary>Null when it can; else why not, for the person who asked.</summary>
    Reason? WhyNot();
}

/// <summary>What came of asking for a session.</summary>
public abstract record SessionStart
{
    private SessionStart()
    {
    }

    public sealed record Started(Session Session) : SessionStart;

    public sealed record Refused(Refusal Refusal) : SessionStart;
}

/// <summary>Bytes that went through a session, for its last record.</summary>
public sealed record SessionTraffic(long ToTarget, long ToClient);

/// <summary>
/// All running sessions. A session exists from its durable record of starting to its record of ending; what runs longer
/// or stays idle longer than the policy allows is ended from here.
/// </summary>
public sealed class SessionRegistry(
    PolicyHolder policies, EvidenceLog evidence, ISessionStore store, IAdmission admission, TimeProvider time)
{
    /// <summary>Of all people together. A session costs memory for its channels and a connection to a target.</summary>
    public const int MaximumSessions = 10_000;

    private readonly Lock _lock = new();
    private readonly SessionIndex _index = new(store);
    private readonly Dictionary<string, int> _perPerson = new(StringComparer.Ordinal);
    private ImmutableDictionary<string, Session> _live = ImmutableDictionary<string, Session>.Empty;

    public IReadOnlyCollection<Session> Live => [.. _live.Values];

    public int Count => _live.Count;

    public Session? Find(string id) => _live.GetValueOrDefault(id);

    /// <summary>A running or past session as lists show it.</summary>
    public async ValueTask<SessionSummary?> FindSummaryAsync(string id, CancellationToken cancellationToken) =>
        Find(id) is { } live ? SessionSummary.Of(live) : await _index.FindAsync(id, cancellationToken);

    public async ValueTask<IReadOnlyList<SessionSummary>> ListAsync(
        string? principal, bool onlyRunning, int limit, CancellationToken cancellationToken)
    {
        if (!onlyRunning)
        {
            // What is running counts on in memory; the index has it as it was last saved.
            IReadOnlyList<SessionSummary> stored =
                await _index.ListAsync(principal, limit, cancellationToken);
            return [.. stored.Select(summary => Find(summary.Id) is { } live ? SessionSummary.Of(live) : summary)];
        }

        return
        [
            .. _live.Values.Where(session => principal is null || session.Principal == principal)
                .OrderByDescending(session => session.Started).Take(limit).Select(SessionSummary.Of),
        ];
    }

    /// <summary>
    /// The one way into a target: asks the policy, checks the limits and writes it down. The session may be used only
    /// when this answers <see cref="SessionStart.Started"/>.
    /// </summary>
    public async Task<SessionStart> StartAsync(SessionOpening opening, CancellationToken cancellationToken)
    {
        try
        {
            return await StartCheckedAsync(opening, cancellationToken);
        }
        catch (EvidenceUnavailableException)
        {
            return new SessionStart.Refused(Refusals.EvidenceUnavailable());
        }
        catch (StoreUnavailableException failure)
        {
            return await RefuseAsync(opening, Refusals.StoreUnavailable(failure));
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            return await RefuseAsync(opening, Refusals.Fault(fault.GetType().Name));
        }
    }

    /// <summary>What the policy in force now grants to a running session.</summary>
    public Access AccessNow(Session session) => policies.Current.AccessTo(
        session.Opening.Principal, session.Target, session.Account, ContextOf(session.Opening, OthersOf(session)));

    /// <summary>How many other sessions the same person has open.</summary>
    public int OthersOf(Session session) => Math.Max(0, OpenOf(session.Principal) - 1);

    /// <summary>A recording was begun for one of its channels.</summary>
    public void AddRecording(Session session, SessionRecording recording)
    {
        session.Add(recording);
        _index.Put(SessionSummary.Of(session));
    }

    /// <summary>Returns when the index has what it can be given.</summary>
    public Task FlushAsync() => _index.FlushAsync();

    /// <summary>Ends a session once; later calls change nothing. Returns when the end is recorded.</summary>
    public async Task EndAsync(
        Session session, SessionEndKind kind, string reason, SessionTraffic? traffic = null, string? by = null)
    {
        session.TryEnd(new SessionEnd(kind, reason, time.GetUtcNow(), by));
        bool removed = false;
        lock (_lock)
        {
            removed = _live.ContainsKey(session.Id);
            _live = _live.Remove(session.Id);
            if (removed && --_perPerson[session.Principal] == 0)
            {
                _perPerson.Remove(session.Principal);
            }
        }

        if (!removed)
        {
            return;
        }

        SessionEnd end = session.End!;
        ControlMetrics.SessionEnded(EndWord(end.Kind));
        JournalPosition? recorded = await evidence.TryRecordAsync(new SessionEnded
        {
            Session = session.Id,
            Outcome = EndWord(end.Kind),
            Detail = end.Reason,
            By = OptionalText.OrNone(end.By),
            DurationMilliseconds = (long)time.GetElapsedTime(session.StartedTimestamp).TotalMilliseconds,
            CoveragePercent = (int)Math.Floor(session.Coverage.Share * 100),
            BytesToTarget = traffic?.ToTarget,
            BytesToClient = traffic?.ToClient,
        });
        _index.Put(SessionSummary.Of(session) with { LastRecord = recorded?.Sequence });
    }

    /// <summary>
    /// Marks the session as ended, which stops everything on it; its owner then closes it by <see cref="EndAsync"/>,
    /// whose own reason no longer counts. False when there is no such running session.
    /// </summary>
    public bool Kill(string id, string by, string reason) =>
        Find(id) is { } session && session.TryEnd(new SessionEnd(SessionEndKind.Killed, reason, time.GetUtcNow(), by));

    /// <summary>Stops every session: the gateway shuts down, or can no longer record what they do.</summary>
    public void StopAll(SessionEndKind kind, string reason)
    {
        foreach (Session session in _live.Values)
        {
            session.TryEnd(new SessionEnd(kind, reason, time.GetUtcNow()));
        }
    }

    /// <summary>Stops sessions that outlived the policy's limits. Called about every second.</summary>
    public void StopOverdue()
    {
        _index.Retry();
        foreach (Session session in _live.Values)
        {
            if (session.Access.Limits.Idle is { } idle && time.GetElapsedTime(session.LastTouchedTimestamp) > idle)
            {
                session.TryEnd(new SessionEnd(
                    SessionEndKind.Limit, $"nothing was typed for {Plainly(idle)}", time.GetUtcNow()));
            }
            else if (session.Access.Limits.Length is { } length
                && time.GetElapsedTime(session.StartedTimestamp) > length)
            {
                session.TryEnd(new SessionEnd(
                    SessionEndKind.Limit, $"sessions here end after {Plainly(length)}", time.GetUtcNow()));
            }
        }
    }

    /// <summary>At start: sessions without an end were cut off when the gateway died. The journal has its own record of
    /// it.</summary>
    public async Task CloseInterruptedAsync(CancellationToken cancellationToken)
    {
        foreach (SessionSummary session in await store.ListAsync(null, onlyRunning: true, int.MaxValue,
            cancellationToken))
        {
            var end = new SessionEnd(SessionEndKind.Interrupted, "the gateway stopped", time.GetUtcNow());
            await store.SaveAsync(session with { End = end }, cancellationToken);
        }
    }

    private async Task<SessionStart> StartCheckedAsync(SessionOpening opening, CancellationToken cancellationToken)
    {
        if (!evidence.IsAvailable)
        {
            return new SessionStart.Refused(Refusals.EvidenceUnavailable());
        }

        if (admission.WhyNot() is { } whyNot)
        {
            return await RefuseAsync(opening, new Refusal(RefusalKind.Unavailable, whyNot));
        }

        PolicySnapshot policy = policies.Current;
        int open = OpenOf(opening.Principal.Name);
        Access access = policy.AccessTo(opening.Principal, opening.Target, opening.Account, ContextOf(opening, open));
        // What needs an approval to begin starts empty-handed: the first act is held, and the approval of that act
        // opens the session, or puts the grant given on request in force. SSH has nothing before it in which a person
        // could be told to wait.
        if (access.Decision.Outcome == Outcome.Forbid || access.Connection is null)
        {
            return await RefuseAsync(opening, Refusals.ByPolicy(access.Decision));
        }

        var session = new Session(Identifier.ForSession(), opening, access, time);
        if (!TryEnter(session, access.Limits.Count, out Refusal? refusal))
        {
            session.Dispose();
            return await RefuseAsync(opening, refusal!);
        }

        try
        {
            session.FirstRecord = (await evidence.RecordAsync(StartRecord(session))).Sequence;
        }
        catch
        {
            await EndAsync(session, SessionEndKind.EvidenceFailed, "its start could not be recorded");
            throw;
        }

        _index.Put(SessionSummary.Of(session));
        ControlMetrics.SessionStarted();
        return new SessionStart.Started(session);
    }

    /// <summary>Counting and entering are one step, so that parallel logins cannot pass a limit together.</summary>
    private bool TryEnter(Session session, int? limit, out Refusal? refusal)
    {
        lock (_lock)
        {
            refusal = _live.Count >= MaximumSessions
                ? Refusals.GatewayFull()
                : limit is { } maximum && _perPerson.GetValueOrDefault(session.Principal) >= maximum
                    ? Refusals.TooManySessions(maximum)
                    : null;
            if (refusal is not null)
            {
                return false;
            }

            _live = _live.Add(session.Id, session);
            _perPerson[session.Principal] = _perPerson.GetValueOrDefault(session.Principal) + 1;
            return true;
        }
    }

    private int OpenOf(string person)
    {
        lock (_lock)
        {
            return _perPerson.GetValueOrDefault(person);
        }
    }

    private async Task<SessionStart> RefuseAsync(SessionOpening opening, Refusal refusal)
    {
        await evidence.TryRecordAsync(new RequestRefused
        {
            What = "target",
            User = opening.Principal.Name,
            Source = opening.Client.ToString(),
            Subject = opening.Account is { } account ? $"{account}@{opening.Target}" : opening.Target,
            Reason = refusal.Reason.En,
            Rule = refusal.Rule,
        });
        return new SessionStart.Refused(refusal);
    }

    private static SessionStarted StartRecord(Session session) => new()
    {
        Session = session.Id,
        User = session.Principal,
        Source = session.Client.ToString(),
        Target = session.Target,
        Account = session.Account,
        ShellKind = PolicyWords.Of(session.Access.Shell),
        PolicyVersion = session.Access.Decision.PolicyVersion,
        Grants = session.Access.Decision.Grant is { } grant ? [grant] : null,
        Client = session.Opening.ClientSoftware,
    };

    private PolicyContext ContextOf(SessionOpening opening, int openSessions) => new()
    {
        Time = time.GetUtcNow(),
        Source = opening.Client.Address,
        Login = opening.Login,
        Reason = opening.Reason,
        Ticket = TicketNumber.In(opening.Reason),
        Coverage = 1,
        OpenSessions = openSessions,
    };

    private static string Plainly(TimeSpan span) =>
        span.TotalMinutes >= 1 ? $"{span.TotalMinutes:0} min" : $"{span.TotalSeconds:0} s";

    private static string EndWord(SessionEndKind kind) => kind switch
    {
        SessionEndKind.Closed => "closed",
        SessionEndKind.Killed => "terminated",
        SessionEndKind.Limit => "limit",
        SessionEndKind.EvidenceFailed => "evidence-failed",
        SessionEndKind.TargetFailed => "target-failed",
        SessionEndKind.ClientFailed => "client-failed",
        SessionEndKind.Shutdown => "shutdown",
        _ => "interrupted",
    };
}
