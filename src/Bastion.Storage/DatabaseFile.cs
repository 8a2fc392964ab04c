using System.Globalization;
using Bastion.Audit.Storage;
using Microsoft.Data.Sqlite;

namespace Bastion.Storage;

/// <summary>The database as a file: what it may look like before anything is asked of it, and what its errors
/// mean.</summary>
internal static class DatabaseFile
{
    /// <summary>SQLite's result codes (sqlite.org/rescode.html), without their details.</summary>
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int IoError = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>In bytes. Looking through it takes some 100 ms; a larger one is looked through by `bastion doctor`
    /// alone.</summary>
    private const long MaximumCheckedAtStart = 128L * 1024 * 1024;

    /// <summary>Makes or refuses the file, and lets several read beside one who writes.</summary>
    /// <exception cref="DataDirectoryException">It is missing, empty or damaged.</exception>
    public static void Prepare(string path, bool mayBeNew, TimeSpan wait)
    {
        var info = new FileInfo(path);
        if (!mayBeNew && (!info.Exists || info.Length == 0))
        {
            throw new DataDirectoryException(
                $"`{path}` is {(info.Exists ? "empty" : "missing")}, though there is a journal: people, their second "
                    + "factors and the targets' credentials were in it; bring it back from your copy of it, or begin "
                    + $"anew with {(info.Exists ? $"`rm {path}` and " : "")}`bastion user add`");
        }

        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            DefaultTimeout = (int)wait.TotalSeconds,
        }.ToString());
        connection.Open();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        Ask(connection, "PRAGMA journal_mode = WAL");
        if (!info.Exists)
        {
            FileSync.DirectoryToDisk(Path.GetDirectoryName(path)!);
        }

        if (info.Exists && info.Length <= MaximumCheckedAtStart)
        {
            RequireSound(connection, path);
        }
    }

    /// <summary>Looks through the whole structure.</summary>
    /// <exception cref="DataDirectoryException">It is damaged.</exception>
    public static void RequireSound(SqliteConnection connection, string path)
    {
        if (Ask(connection, "PRAGMA quick_check(1)") is { } found && found != "ok")
        {
            throw new DataDirectoryException(
                $"`{path}` is damaged ({found.ReplaceLineEndings(" ")}); bring it back from your copy of it");
        }
    }

    public static bool IsHeldByOthers(SqliteException failure) => failure.SqliteErrorCode is Busy or Locked;

    /// <summary>The disk is at fault, not what is on it.</summary>
    public static bool IsOfTheDisk(SqliteException failure) =>
        failure.SqliteErrorCode is ReadOnly or IoError or Full;

    /// <summary>The disk, or what is on it, is at fault.</summary>
    public static bool IsFault(SqliteException failure) =>
        failure.SqliteErrorCode is ReadOnly or IoError or Corrupt or Full or CannotOpen or NotADatabase;

    /// <summary>One line with the mend.</summary>
    public static string Sentence(string path, SqliteException failure) => failure.SqliteErrorCode switch
    {
        Busy or Locked => $"`{path}` is held by another process; end that one and try again",
        ReadOnly => $"`{path}` cannot be written; make its file system writable",
        Full => $"`{path}` cannot be written: no space is left on its disk; make room",
        CannotOpen => $"`{path}` cannot be opened; see that it and its directory belong to the gateway's user",
        Corrupt or NotADatabase => $"`{path}` is damaged; bring it back from your copy of it",
        _ => string.Create(
            CultureInfo.InvariantCulture,
            $"`{path}` cannot be used: an error of the disk ({failure.SqliteExtendedErrorCode}); mend the disk"),
    };

    private static string? Ask(SqliteConnection connection, string pragma)
    {
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // only words of ours come here
        command.CommandText = pragma;
#pragma warning restore CA2100
        return command.ExecuteScalar() as string;
    }
}
