using Bastion.Audit.Storage;
using Bastion.Control;
using Microsoft.Data.Sqlite;

namespace Bastion.Storage;

/// <summary>
/// The embedded database: an index and the secrets of people. Readers run beside each other (WAL); writers take turns.
/// A write is durable when it returns. The first error of the disk is believed: nothing is read or written after it.
/// </summary>
public sealed class Database : IDisposable
{
    /// <summary>How long anything waits for its turn, and for another process that holds a lock. Whoever waits longer
    /// is told.</summary>
    private static readonly TimeSpan MaximumWait = TimeSpan.FromSeconds(5);

    private readonly string _file;
    private readonly string _connectionString;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly TaskCompletionSource<StoreUnavailableException> _failed =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Held open as long as this object lives: the log beside the file stays the same one.
    private readonly SqliteConnection _held;
    private FileIdentity?[] _identities = [];

    private Database(string file)
    {
        _file = file;
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = file,
            ForeignKeys = true,
            // What was removed is not silently made again, empty.
            Mode = SqliteOpenMode.ReadWrite,
            DefaultTimeout = (int)MaximumWait.TotalSeconds,
        }.ToString();
        _held = new SqliteConnection(_connectionString);
        _held.Open();
    }

    /// <summary>Completes when the database can no longer be used, with the reason.</summary>
    public Task<StoreUnavailableException> Failed => _failed.Task;

    private IEnumerable<string> Places => [_file, _file + "-wal"];

    /// <summary>Opens the database, checks its structure and brings it to the newest shape.</summary>
    /// <param name="file">`bastion.db`.</param>
    /// <param name="mayBeNew">Make it when it is missing. False where losing it would go unnoticed.</param>
    /// <exception cref="DataDirectoryException">With one line that says what to mend.</exception>
    public static Database Open(string file, bool mayBeNew = true)
    {
        string path = Path.GetFullPath(file);
        Database? database = null;
        try
        {
            DatabaseFile.Prepare(path, mayBeNew, MaximumWait);
            database = new Database(path);
            Migrations.Apply(database._held);
            // The log beside the file is made with the first transaction.
            database._identities = [.. database.Places.Select(FileIdentity.Of)];
            return database;
        }
        catch (SqliteException failure)
        {
            database?.Dispose();
            throw new DataDirectoryException(DatabaseFile.Sentence(path, failure), failure);
        }
        catch (DataDirectoryException)
        {
            database?.Dispose();
            throw;
        }
    }

    /// <exception cref="StoreUnavailableException">It cannot be read.</exception>
    public T Read<T>(string sql, Func<SqliteDataReader, T> read,
        params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        RequireUsable();
        try
        {
            using SqliteConnection connection = Connect();
            using SqliteCommand command = Command(connection, sql, parameters);
            using SqliteDataReader reader = command.ExecuteReader();
            return read(reader);
        }
        catch (SqliteException failure) when (Translate(failure) is { } unavailable)
        {
            throw unavailable;
        }
    }

    /// <summary>One statement. The number of rows it changed.</summary>
    /// <exception cref="StoreUnavailableException">It was not written.</exception>
    public async ValueTask<int> WriteAsync(
        string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        RequireUsable();
        if (!await _writing.WaitAsync(MaximumWait, cancellationToken))
        {
            throw Busy(null);
        }

        try
        {
            using SqliteConnection connection = Connect();
            using (SqliteCommand pragma = connection.CreateCommand())
            {
                // Each commit is synced before it returns, and an error of the sync is the commit's error.
                pragma.CommandText = "PRAGMA synchronous = FULL";
                pragma.ExecuteNonQuery();
            }

            using SqliteCommand command = Command(connection, sql, parameters);
            return command.ExecuteNonQuery();
        }
        catch (SqliteException failure) when (Translate(failure) is { } unavailable)
        {
            throw unavailable;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>A consistent copy in a new file, while others read and write.</summary>
    /// <exception cref="StoreUnavailableException">It could not be made.</exception>
    public void CopyTo(string file)
    {
        RequireUsable();
        try
        {
            using SqliteConnection connection = Connect();
            using SqliteCommand command = Command(connection, "VACUUM INTO @file", [("@file", file)]);
            command.ExecuteNonQuery();
        }
        catch (SqliteException failure) when (Translate(failure) is { } unavailable)
        {
            throw unavailable;
        }
    }

    /// <summary>Looks whether the files that are written are still where they will be looked for. Called about every
    /// second.</summary>
    public void Watch()
    {
        foreach ((string place, FileIdentity? identity) in Places.Zip(_identities))
        {
            if (FileIdentity.Of(place) != identity)
            {
                Fail(new StoreUnavailableException(
                    $"`{place}` was moved, removed or replaced while it was in use; put it back as it was, then start "
                        + "again", passes: false));
            }
        }
    }

    public void Dispose()
    {
        SqliteConnection.ClearPool(_held);
        _held.Dispose();
        _writing.Dispose();
    }

    private void RequireUsable()
    {
        if (_failed.Task.IsCompletedSuccessfully)
        {
            StoreUnavailableException first = _failed.Task.Result;
            throw new StoreUnavailableException(first.Message, passes: false, first);
        }
    }

    /// <summary>Null for what is our own mistake, such as a constraint.</summary>
    private StoreUnavailableException? Translate(SqliteException failure)
    {
        if (DatabaseFile.IsHeldByOthers(failure))
        {
            return Busy(failure);
        }

        return DatabaseFile.IsFault(failure)
            ? Fail(new StoreUnavailableException(DatabaseFile.Sentence(_file, failure), passes: false, failure))
            : null;
    }

    private StoreUnavailableException Busy(SqliteException? failure) => new(
        $"the gateway's database is held by another process (`{_file}`); try again in a moment", passes: true, failure);

    private StoreUnavailableException Fail(StoreUnavailableException failure)
    {
        _failed.TrySetResult(failure);
        return failure;
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
