namespace Bastion.Control.Sessions;

/// <summary>A session as it is listed and looked up, also long after its end.</summary>
public sealed record SessionSummary
{
    public required string Id { get; init; }

    public required string Principal { get; init; }

    public required string Target { get; init; }

    public required string Account { get; init; }

    /// <summary>Address and port.</summary>
    public required string Client { get; init; }

    public required string ClientSoftware { get; init; }

    /// <summary>What was proved at login: <c>publickey</c>, <c>totp</c> …</summary>
    public required IReadOnlyList<string> Login { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>Null while it runs.</summary>
    public SessionEnd? End { get; init; }

    /// <summary>Sequence of its first record in the journal.</summary>
    public long FirstRecord { get; init; }

    /// <summary>Sequence of its last record; null while it runs, and when the gateway died.</summary>
    public long? LastRecord { get; init; }

    public long Intents { get; init; }

    public long Opaque { get; init; }

    public long Observed { get; init; }

    public long Held { get; init; }

    public long Refused { get; init; }

    public IReadOnlyList<SessionRecording> Recordings { get; init; } = [];

    internal static SessionSummary Of(Session session) => new()
    {
        Id = session.Id,
        Principal = session.Principal,
        Target = session.Target,
        Account = session.Account,
        Client = session.Client.ToString(),
        ClientSoftware = session.Opening.ClientSoftware,
        Login = LoginWords.Of(session.Opening.Login),
        Started = session.Started,
        End = session.End,
        FirstRecord = session.FirstRecord,
        Intents = session.Coverage.Intents,
        Opaque = session.Coverage.Opaque,
        Observed = session.Coverage.Observed,
        Held = session.Coverage.Held,
        Refused = session.Coverage.Refused,
        Recordings = session.Recordings,
    };
}

/// <summary>The index of sessions; the journal is the evidence.</summary>
public interface ISessionStore
{
    /// <summary>Writes the session over an earlier state of it.</summary>
    ValueTask SaveAsync(SessionSummary session, CancellationToken cancellationToken);

    ValueTask<SessionSummary?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    /// <param name="principal">Only of this person; null for all.</param>
    ValueTask<IReadOnlyList<SessionSummary>> ListAsync(
        string? principal, bool onlyRunning, int limit, CancellationToken cancellationToken);
}
