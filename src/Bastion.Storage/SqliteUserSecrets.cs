using Bastion.Control.Authentication;
using Microsoft.Data.Sqlite;

namespace Bastion.Storage;

/// <summary>Passwords and one-time-code secrets of people; the latter encrypted.</summary>
public sealed class SqliteUserSecrets(Database database, SecretBox box) : IUserSecrets
{
    private const string Columns =
        "name, password_hash, totp_secret, last_totp_step, password_tries, password_not_before, code_tries, "
        + "code_not_before, version";

    public ValueTask<UserSecret?> FindAsync(string user, CancellationToken cancellationToken) => ValueTask.FromResult(
        database.Read(
            $"SELECT {Columns} FROM users WHERE name = @name",
            reader => reader.Read() ? Secret(reader) : null,
            ("@name", user)));

    public async ValueTask<bool> TryUpdateAsync(UserSecret changed, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            """
            UPDATE users SET password_hash = @password, totp_secret = @totp, last_totp_step = @step,
                password_tries = @passwordTries, password_not_before = @passwordNotBefore,
                code_tries = @codeTries, code_not_before = @codeNotBefore, version = version + 1
            WHERE name = @name AND version = @version
            """,
            cancellationToken,
            ("@name", changed.User),
            ("@password", changed.PasswordHash),
            ("@totp", Sealed(changed)),
            ("@step", changed.LastTotpStep),
            ("@passwordTries", changed.Passwords.Count),
            ("@passwordNotBefore", changed.Passwords.NotBefore.ToUnixTimeMilliseconds()),
            ("@codeTries", changed.Codes.Count),
            ("@codeNotBefore", changed.Codes.NotBefore.ToUnixTimeMilliseconds()),
            ("@version", changed.Version)) == 1;

    /// <summary>Enrols a person or gives her new secrets; the failed tries so far are forgotten, the spent codes are
    /// not.</summary>
    public async ValueTask SetAsync(
        string user, string? passwordHash, byte[]? totpSecret, CancellationToken cancellationToken) =>
        await database.WriteAsync(
            """
            INSERT INTO users (name, password_hash, totp_secret) VALUES (@name, @password, @totp)
            ON CONFLICT (name) DO UPDATE SET password_hash = @password, totp_secret = @totp,
                password_tries = 0, password_not_before = 0, code_tries = 0, code_not_before = 0, version = version + 1
            """,
            cancellationToken,
            ("@name", user),
            ("@password", passwordHash),
            ("@totp", totpSecret is null ? null : box.Seal(totpSecret, Purpose(user))));

    private byte[]? Sealed(UserSecret secret) =>
        secret.TotpSecret is { } totp ? box.Seal(totp, Purpose(secret.User)) : null;

    private UserSecret Secret(SqliteDataReader reader)
    {
        string user = reader.GetString(0);
        return new UserSecret
        {
            User = user,
            PasswordHash = reader.IsDBNull(1) ? null : reader.GetString(1),
            TotpSecret = reader.IsDBNull(2) ? null : box.Open(reader.GetFieldValue<byte[]>(2), Purpose(user)),
            LastTotpStep = reader.GetInt64(3),
            Passwords = TriesAt(reader, 4),
            Codes = TriesAt(reader, 6),
            Version = reader.GetInt64(8),
        };
    }

    private static Tries TriesAt(SqliteDataReader reader, int column) =>
        new(reader.GetInt32(column), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(column + 1)));

    private static string Purpose(string user) => $"totp:{user}";
}
