using Microsoft.Data.Sqlite;

namespace Bastion.Storage;

/// <summary>What a write must outlive.</summary>
public enum Durability
{
    /// <summary>The gateway's own end, also by kill -9. Enough for what the journal holds as well.</summary>
    Process,

    /// <summary>A power failure: the commit is synced.</summary>
    Machine,
}

/// <summary>
/// The embedded database: an index and the secrets of people. Readers run beside each other (WAL); writers take turns,
/// so none ever meets SQLITE_BUSY.
/// </summary>
public sealed class Database : IDisposable
{
    private readonly string _connectionString;
    private readonly SemaphoreSlim _writing = new(1, 1);

    private Database(string connectionString) => _connectionString = connectionString;

    public static Database Open(string file)
    {
        var database = new Database(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            ForeignKeys = true,
        }.ToString());
        using SqliteConnection connection = database.Connect();
        using (SqliteCommand wal = connection.CreateCommand())
        {
            wal.CommandText = "PRAGMA journal_mode = WAL";
            wal.ExecuteNonQuery();
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Migrations.Apply(connection);
        return database;
    }

    public T Read<T>(string sql, Func<SqliteDataReader, T> read,
        params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        using SqliteConnection connection = Connect();
        using SqliteCommand command = Command(connection, sql, parameters);
        using SqliteDataReader reader = command.ExecuteReader();
        return read(reader);
    }

    /// <summary>One statement. The number of rows it changed.</summary>
    public async ValueTask<int> WriteAsync(
        Durability outlives, string sql, CancellationToken cancellationToken,
        params (string Name, object? Value)[] parameters)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            using SqliteConnection connection = Connect();
            using (SqliteCommand pragma = connection.CreateCommand())
            {
                // In WAL mode NORMAL never damages anything: the last commits may be missing after a power failure.
                pragma.CommandText = outlives == Durability.Machine
                    ? "PRAGMA synchronous = FULL"
                    : "PRAGMA synchronous = NORMAL";
                pragma.ExecuteNonQuery();
            }

            using SqliteCommand command = Command(connection, sql, parameters);
            return command.ExecuteNonQuery();
        }
        finally
        {
            _writing.Release();
        }
    }

    public void Dispose()
    {
        using var connection = new SqliteConnection(_connectionString);
        SqliteConnection.ClearPool(connection);
        _writing.Dispose();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    private static SqliteCommand Command(
        SqliteConnection connection, string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string? name, object? value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return command;
    }
}
