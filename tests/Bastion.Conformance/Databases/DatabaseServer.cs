using System.Diagnostics;
using System.Globalization;
using System.Text;
using Bastion.Analysis;

namespace Bastion.Conformance.Databases;

/// <summary>What became of ten rows.</summary>
internal enum Fate
{
    Untouched,
    SomeRows,
    Destroyed,
}

/// <summary>A real server with a table to lose, and the stock client that one would type into.</summary>
internal sealed class DatabaseServer : IAsyncDisposable
{
    private const int Rows = 10;

    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    private readonly string _directory = Directory.CreateTempSubdirectory("bastion-db-").FullName;
    private readonly Process _process;
    private readonly Task<string> _errors;
    private Process? _clerk;
    private Task<string>? _clerkErrors;

    private DatabaseServer(SqlDialect dialect)
    {
        Dialect = dialect;
        string script = Path.Combine(AppContext.BaseDirectory, "Scripts", "database-server");
        _process = StockProgram.Start("bash", [script, IsPostgreSql ? "postgresql" : "mariadb", _directory]);
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public SqlDialect Dialect { get; }

    private bool IsPostgreSql => Dialect == SqlDialect.PostgreSql;

    public static async Task<DatabaseServer> StartAsync(SqlDialect dialect)
    {
        var server = new DatabaseServer(dialect);
        using var deadline = new CancellationTokenSource(StartDeadline);
        string? line = await server._process.StandardOutput.ReadLineAsync(deadline.Token);
        Assert.True(line == "ready", line is null ? await server._errors : line);
        return server;
    }

    /// <summary>Gives the text to the client on a fresh table, goes on after errors as a person does, and looks what is
    /// left.</summary>
    public async Task<(Fate Fate, string Errors)> RunAsync(string text)
    {
        // A client of its own for the text, which may end in the middle of a string; the one that looks goes on.
        await AskAsync(ResetText);
        ProgramResult run = await StockProgram.RunAsync(Client, Arguments, Encoding.UTF8.GetBytes(text));
        // A table or a column that is gone says nothing.
        int intact = await AskAsync($"SELECT concat('intact ', count(*)) FROM {Table} WHERE v = id;") is [var line]
            ? int.Parse(line["intact ".Length..], CultureInfo.InvariantCulture)
            : 0;
        return (intact switch { Rows => Fate.Untouched, 0 => Fate.Destroyed, _ => Fate.SomeRows }, run.Errors);
    }

    public async ValueTask DisposeAsync()
    {
        using var deadline = new CancellationTokenSource(StartDeadline);
        if (_clerk is not null)
        {
            _clerk.StandardInput.Close();
            await _clerk.WaitForExitAsync(deadline.Token);
            await _clerkErrors!;
            _clerk.Dispose();
        }

        _process.StandardInput.Close();
        await _process.WaitForExitAsync(deadline.Token);
        await _errors;
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string Table => IsPostgreSql ? "public.victim" : "test.victim";

    private string ResetText => IsPostgreSql
        ? """
          SET client_min_messages = error;
          DROP SCHEMA IF EXISTS public CASCADE; DROP SCHEMA IF EXISTS spare CASCADE;
          CREATE SCHEMA public; CREATE SCHEMA spare;
          CREATE TABLE public.victim (id int PRIMARY KEY, v int); INSERT INTO public.victim SELECT i, i FROM generate_series(1, 10) i;
          CREATE TABLE public.other (id int PRIMARY KEY, v int); INSERT INTO public.other VALUES (3, 3);
          """
        : """
          DROP DATABASE IF EXISTS test; CREATE DATABASE test; USE test;
          CREATE TABLE victim (id int PRIMARY KEY, v int); INSERT INTO victim SELECT seq, seq FROM seq_1_to_10;
          CREATE TABLE other (id int PRIMARY KEY, v int); INSERT INTO other VALUES (3, 3);
          """;

    private string Client => IsPostgreSql ? "psql" : "mariadb";

    private string[] Arguments => IsPostgreSql
        ? ["-X", "-q", "-A", "-t", "-h", _directory, "-U", "test", "-d", "postgres"]
        : ["--no-defaults", "-S", Path.Combine(_directory, "socket"), "-u", "root", "-f", "-N", "-B", "-n", "test"];

    /// <summary>The lines that the standing client answers with.</summary>
    private async Task<List<string>> AskAsync(string text)
    {
        _clerk ??= StockProgram.Start(Client, Arguments);
        _clerkErrors ??= _clerk.StandardError.ReadToEndAsync();
        await _clerk.StandardInput.WriteAsync($"{text}\nSELECT 'done';\n");
        await _clerk.StandardInput.FlushAsync();
        using var deadline = new CancellationTokenSource(StartDeadline);
        List<string> lines = [];
        while (await _clerk.StandardOutput.ReadLineAsync(deadline.Token) is { } line && line != "done")
        {
            lines.Add(line);
        }

        Assert.False(_clerk.HasExited, "the client that looks has ended");
        return lines;
    }
}
