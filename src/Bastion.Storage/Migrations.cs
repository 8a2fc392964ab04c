using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Bastion.Storage;

/// <summary>The shape of the database, step by step. A step that was released is never changed; a new one is
/// added.</summary>
internal static class Migrations
{
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE users (
            name                TEXT PRIMARY KEY,
            password_hash       TEXT,
            totp_secret         BLOB,
            last_totp_step      INTEGER NOT NULL DEFAULT 0,
            password_tries      INTEGER NOT NULL DEFAULT 0,
            password_not_before INTEGER NOT NULL DEFAULT 0,
            code_tries          INTEGER NOT NULL DEFAULT 0,
            code_not_before     INTEGER NOT NULL DEFAULT 0,
            version             INTEGER NOT NULL DEFAULT 1
        ) STRICT;
        CREATE TABLE refresh_families (
            id         TEXT PRIMARY KEY,
            user       TEXT NOT NULL,
            token_hash BLOB NOT NULL,
            started    INTEGER NOT NULL,
            last_used  INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX refresh_families_user ON refresh_families (user);
        CREATE TABLE requests (
            id      TEXT PRIMARY KEY,
            state   TEXT NOT NULL,
            created INTEGER NOT NULL,
            body    TEXT NOT NULL
        ) STRICT;
        CREATE INDEX requests_state ON requests (state, created);
        CREATE TABLE sessions (
            id        TEXT PRIMARY KEY,
            principal TEXT NOT NULL,
            started   INTEGER NOT NULL,
            running   INTEGER NOT NULL,
            body      TEXT NOT NULL
        ) STRICT;
        CREATE INDEX sessions_started ON sessions (started);
        CREATE INDEX sessions_principal ON sessions (principal, started);
        CREATE INDEX sessions_running ON sessions (started) WHERE running = 1;
        CREATE TABLE credentials (
            name   TEXT PRIMARY KEY,
            kind   TEXT NOT NULL,
            secret BLOB NOT NULL
        ) STRICT;
        """,
        """
        CREATE TABLE deliveries (
            id        TEXT PRIMARY KEY,
            channel   TEXT NOT NULL,
            recipient TEXT NOT NULL,
            message   TEXT NOT NULL,
            created   INTEGER NOT NULL,
            due       INTEGER NOT NULL,
            tries     INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX deliveries_due ON deliveries (due);
        CREATE TABLE report_runs (
            cadence TEXT PRIMARY KEY,
            until   INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE journal_cursors (
            name TEXT PRIMARY KEY,
            next INTEGER NOT NULL
        ) STRICT;
        """,
    ];

    public static void Apply(SqliteConnection connection)
    {
        Execute(connection, null, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL) STRICT");
        int version = Version(connection);
        if (version > Steps.Length)
        {
            throw new DataDirectoryException(
                $"`{connection.DataSource}` was written by a newer gateway (version {version}, this one knows "
                    + $"{Steps.Length}); run that one");
        }

        for (int step = version; step < Steps.Length; step++)
        {
            using SqliteTransaction transaction = connection.BeginTransaction();
            Execute(connection, transaction, Steps[step]);
            Execute(connection, transaction, "DELETE FROM schema_version");
            Execute(
                connection,
                transaction,
                string.Create(CultureInfo.InvariantCulture, $"INSERT INTO schema_version VALUES ({step + 1})"));
            transaction.Commit();
        }
    }

    private static int Version(SqliteConnection connection)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT coalesce(max(version), 0) FROM schema_version";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Execute(SqliteConnection connection, SqliteTransaction? transaction, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // only the steps above and a number come here
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
