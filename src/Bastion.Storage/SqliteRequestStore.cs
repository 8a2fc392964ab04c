using Bastion.Control.Approvals;
using Microsoft.Data.Sqlite;

namespace Bastion.Storage;

/// <summary>Requests for approval, open and past. An older revision never replaces a newer one, whichever comes
/// last.</summary>
public sealed class SqliteRequestStore(Database database) : IRequestStore
{
    public async ValueTask SaveAsync(ApprovalRequest request, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            """
            INSERT INTO requests (id, state, created, body) VALUES (@id, @state, @created, @body)
            ON CONFLICT (id) DO UPDATE SET state = @state, body = @body
                WHERE json_extract(requests.body, '$.revision') < @revision
            """,
            cancellationToken,
            ("@id", request.Id),
            ("@state", request.State.ToString()),
            ("@created", request.Created.ToUnixTimeMilliseconds()),
            ("@revision", request.Revision),
            ("@body", StoredJson.Write(request)));

    public ValueTask<ApprovalRequest?> FindAsync(string id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(
        database.Read(
            "SELECT body FROM requests WHERE id = @id",
            reader => reader.Read() ? StoredJson.Read<ApprovalRequest>(reader.GetString(0)) : null,
            ("@id", id)));

    public ValueTask<IReadOnlyList<ApprovalRequest>> ListAsync(
        ApprovalState? state, int limit, CancellationToken cancellationToken) => ValueTask.FromResult(
        database.Read(
            "SELECT body FROM requests WHERE @state IS NULL OR state = @state ORDER BY created DESC, id LIMIT @limit",
            All,
            ("@state", state?.ToString()),
            ("@limit", limit)));

    private static IReadOnlyList<ApprovalRequest> All(SqliteDataReader reader)
    {
        var requests = new List<ApprovalRequest>();
        while (reader.Read())
        {
            requests.Add(StoredJson.Read<ApprovalRequest>(reader.GetString(0)));
        }

        return requests;
    }
}
