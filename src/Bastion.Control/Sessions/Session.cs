using System.Net;
using Bastion.Control.Authentication;

namespace Bastion.Control.Sessions;

/// <summary>One stay of one principal on one account of one target: everything that happens is charged to a session.</summary>
public sealed class Session : IDisposable
{
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _lock = new();
    private readonly List<SessionRecording> _recordings = [];
    private SessionEnd? _end;

    internal Session(string id, SessionOpening opening, DateTimeOffset started)
    {
        Id = id;
        Opening = opening;
        Started = started;
    }

    /// <summary>Unguessable, safe in a file name: <c>s-</c> and 16 letters and digits.</summary>
    public string Id { get; }

    public SessionOpening Opening { get; }

    public string Principal => Opening.Principal;

    public string Target => Opening.Target;

    public string Account => Opening.Account;

    public IPEndPoint Client => Opening.Client;

    public AuthenticationFacts Authentication => Opening.Authentication;

    public DateTimeOffset Started { get; }

    public SessionCoverage Coverage { get; } = new();

    /// <summary>Cancelled when the session is over for any reason. The relay ends the connection then.</summary>
    public CancellationToken Ended => _ended.Token;

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
public sealed record SessionOpening(
    string Principal,
    string Target,
    string Account,
    IPEndPoint Client,
    string ClientSoftware,
    AuthenticationFacts Authentication);

/// <param name="Part">The file's name within the recordings directory; made by the gateway, never from peer text.</param>
public sealed record SessionRecording(uint Channel, string Part, string Kind, DateTimeOffset Started);

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
