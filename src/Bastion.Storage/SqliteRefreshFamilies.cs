using Bastion.Control.Authentication;
using Microsoft.Data.Sqlite;

namespace Bastion.Storage;

/// <summary>Web logins that are still good.</summary>
public sealed class SqliteRefreshFamilies(Database database) : IRefreshFamilies
{
    public async ValueTask AddAsync(RefreshFamily family, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            "INSERT INTO refresh_families (id, user, token_hash, started, last_used) VALUES (@id, @user, @hash, "
                + "@started, @used)",
            cancellationToken,
            ("@id", family.Id),
            ("@user", family.User),
            ("@hash", family.TokenHash),
            ("@started", family.Started.ToUnixTimeMilliseconds()),
            ("@used", family.LastUsed.ToUnixTimeMilliseconds()));

    public ValueTask<RefreshFamily?> FindAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult(
        database.Read(
            "SELECT id, user, token_hash, started, last_used FROM refresh_families WHERE id = @id",
            reader => reader.Read() ? Family(reader) : null,
            ("@id", id)));

    public async ValueTask<bool> TryRotateAsync(
        string id, byte[] expectedHash, byte[] nextHash, DateTimeOffset now, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            "UPDATE refresh_families SET token_hash = @next, last_used = @now WHERE id = @id AND token_hash = @expected",
            cancellationToken,
            ("@id", id),
            ("@expected", expectedHash),
            ("@next", nextHash),
            ("@now", now.ToUnixTimeMilliseconds())) == 1;

    public async ValueTask RemoveAsync(string id, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            "DELETE FROM refresh_families WHERE id = @id", cancellationToken, ("@id", id));

    public async ValueTask RemoveOfUserAsync(string user, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            "DELETE FROM refresh_families WHERE user = @user", cancellationToken, ("@user", user));

    public async ValueTask RemoveStartedBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            "DELETE FROM refresh_families WHERE started < @time", cancellationToken,
            ("@time", time.ToUnixTimeMilliseconds()));

    private static RefreshFamily Family(SqliteDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        reader.GetFieldValue<byte[]>(2),
        DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)),
        DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)));
}
