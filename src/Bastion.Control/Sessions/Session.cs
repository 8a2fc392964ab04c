using System.Net;
using Bastion.Policy;

namespace Bastion.Control.Sessions;

/// <summary>One stay of one principal on one account of one target: everything that happens is charged to a
/// session.</summary>
public sealed class Session : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _lock = new();
    private readonly List<SessionRecording> _recordings = [];
    private IReadOnlyList<ActiveGrant> _activeGrants = [];
    private SessionEnd? _end;
    private long _lastTouched;
    private volatile bool _awaitsOpening;

    internal Session(string id, SessionOpening opening, Access access, TimeProvider time)
    {
        Id = id;
        Opening = opening;
        Access = access;
        Started = time.GetUtcNow();
        StartedTimestamp = _lastTouched = time.GetTimestamp();
        Ended = _ended.Token;
        _awaitsOpening = access.AwaitsOpening;
    }

    /// <summary>Unguessable, safe in a file name: <c>s-</c> and 16 letters and digits.</summary>
    public string Id { get; }

    public SessionOpening Opening { get; }

    /// <summary>What the policy granted when the session started. Every intent is asked anew.</summary>
    public Access Access { get; }

    public TargetConnection Connection =>
        Access.Connection ?? throw new InvalidOperationException("a session never starts without a connection");

    /// <summary>The name the person logged in with.</summary>
    public string Principal => Opening.Principal.Name;

    public string Target => Connection.Target;

    /// <summary>The login on the target.</summary>
    public string Account => Connection.Account;

    public IPEndPoint Client => Opening.Client;

    public DateTimeOffset Started { get; }

    /// <summary>Where the journal has its start: everything about the session stands from there on.</summary>
    public long FirstRecord { get; internal set; }

    internal long StartedTimestamp { get; }

    internal long LastTouchedTimestamp => Volatile.Read(ref _lastTouched);

    public SessionCoverage Coverage { get; } = new();

    /// <summary>Whether anything may go to the target now.</summary>
    public SessionFlow Flow { get; } = new();

    /// <summary>Cancelled when the session is over for any reason. The relay ends the connection then.</summary>
    public CancellationToken Ended { get; }

    /// <summary>Why it ended; null while it runs.</summary>
    public SessionEnd? End
    {
        get
        {
            lock (_lock)
            {
                return _end;
            }
        }
    }

    public IReadOnlyList<SessionRecording> Recordings
    {
        get
        {
            lock (_lock)
            {
                return [.. _recordings];
            }
        }
    }

    /// <summary>Just-in-time grants that were approved in this session, with their ends. They end with the session at
    /// the latest.</summary>
    public IReadOnlyList<ActiveGrant> ActiveGrants
    {
        get
        {
            lock (_lock)
            {
                return _activeGrants;
            }
        }
    }

    /// <summary>A rule wants an approval before anybody connects, and none was given yet: it is asked for with the
    /// first act.</summary>
    internal bool AwaitsOpening => _awaitsOpening;

    /// <summary>Somebody typed or something moved: the idle time starts anew.</summary>
    /// <param name="timestamp">Of the gateway's <see cref="TimeProvider"/>; the caller often has it at hand.</param>
    public void Touch(long timestamp) => Volatile.Write(ref _lastTouched, timestamp);

    /// <summary>The first reason is kept. False when the session had ended before.</summary>
    internal bool TryEnd(SessionEnd end)
    {
        lock (_lock)
        {
            if (_end is not null)
            {
                return false;
            }

            _end = end;
        }

        _ended.Cancel();
        return true;
    }

    /// <summary>An act was released: whatever stood before opening this session has been met.</summary>
    internal void Opened() => _awaitsOpening = false;

    /// <summary>One approved anew takes the place of the one before.</summary>
    internal void Activate(ActiveGrant grant)
    {
        lock (_lock)
        {
            _activeGrants = [.. _activeGrants.Where(known => known.Grant != grant.Grant), grant];
        }
    }

    internal void Add(SessionRecording recording)
    {
        lock (_lock)
        {
            _recordings.Add(recording);
        }
    }

    public void Dispose() => _ended.Dispose();
}

/// <summary>What is known of a session before it starts.</summary>
public sealed record SessionOpening
{
    /// <summary>As it logged in, with verified claims and certificate principals only.</summary>
    public required PolicyPrincipal Principal { get; init; }

    /// <summary>As asked for; policy says whether it exists for this person.</summary>
    public required string Target { get; init; }

    /// <summary>Null asks for the target's default.</summary>
    public string? Account { get; init; }

    public required IPEndPoint Client { get; init; }

    /// <summary>The client's identification string.</summary>
    public string ClientSoftware { get; init; } = "";

    /// <summary>How the person proved who she is. Only what was verified.</summary>
    public required LoginMethods Login { get; init; }

    public string? KeyFingerprint { get; init; }

    /// <summary>Why, in the requester's words.</summary>
    public string? Reason { get; init; }
}

/// <summary>One recorded channel; where its parts lie is the business of the recordings themselves.</summary>
public sealed record SessionRecording(int Channel, DateTimeOffset Started);

public enum SessionEndKind
{
    /// <summary>The client or the target closed it.</summary>
    Closed,

    /// <summary>A person entitled to it ended it.</summary>
    Killed,

    /// <summary>A limit of the policy: idle time, length.</summary>
    Limit,

    /// <summary>The recording or the journal could not be written.</summary>
    EvidenceFailed,

    /// <summary>The target could not be reached, its key did not match, or it broke off.</summary>
    TargetFailed,

    /// <summary>The client broke the protocol or vanished.</summary>
    ClientFailed,

    /// <summary>The gateway is being shut down in order.</summary>
    Shutdown,

    /// <summary>The gateway died; written at its next start.</summary>
    Interrupted,
}

/// <param name="By">The person who ended it, for <see cref="SessionEndKind.Killed"/>.</param>
public sealed record SessionEnd(SessionEndKind Kind, string Reason, DateTimeOffset At, string? By = null);
