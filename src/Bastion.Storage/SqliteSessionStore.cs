using Bastion.Control.Sessions;
using Microsoft.Data.Sqlite;

namespace Bastion.Storage;

/// <summary>Sessions, running and past.</summary>
public sealed class SqliteSessionStore(Database database) : ISessionStore
{
    public async ValueTask SaveAsync(SessionSummary session, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            """
            INSERT INTO sessions (id, principal, started, running, body) VALUES (@id, @principal, @started, @running, @body)
            ON CONFLICT (id) DO UPDATE SET running = @running, body = @body
            """,
            cancellationToken,
            ("@id", session.Id),
            ("@principal", session.Principal),
            ("@started", session.Started.ToUnixTimeMilliseconds()),
            ("@running", session.End is null ? 1 : 0),
            ("@body", StoredJson.Write(session)));

    public ValueTask<SessionSummary?> FindAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult(
        database.Read(
            "SELECT body FROM sessions WHERE id = @id",
            reader => reader.Read() ? StoredJson.Read<SessionSummary>(reader.GetString(0)) : null,
            ("@id", id)));

    public ValueTask<IReadOnlyList<SessionSummary>> ListAsync(
        string? principal, bool onlyRunning, int limit, CancellationToken cancellationToken) => ValueTask.FromResult(
        database.Read(
            """
            SELECT body FROM sessions
            WHERE (@principal IS NULL OR principal = @principal) AND (@running = 0 OR running = 1)
            ORDER BY started DESC, id LIMIT @limit
            """,
            All,
            ("@principal", principal),
            ("@running", onlyRunning ? 1 : 0),
            ("@limit", limit)));

    private static IReadOnlyList<SessionSummary> All(SqliteDataReader reader)
    {
        var sessions = new List<SessionSummary>();
        while (reader.Read())
        {
            sessions.Add(StoredJson.Read<SessionSummary>(reader.GetString(0)));
        }

        return sessions;
    }
}
