namespace Bastion.Analysis.Sql;

/// <summary>Whose client program splits the text and takes commands of its own out of it.</summary>
internal enum SqlClient : byte
{
    None,
    Psql,
    Mysql,
    Sqlcmd,
    SqlPlus,
    Sqlite,

    /// <summary>Not known: the commands of all of them count.</summary>
    Any,
}

/// <summary>How one server splits a text into tokens. Two servers (or one server in two settings) can see different
/// statements in the same bytes; a text is therefore read under every set of rules that may apply to it.</summary>
internal sealed record LexicalRules
{
    /// <summary>A backslash in a plain string escapes the next character.</summary>
    public bool BackslashEscapes { get; init; }

    /// <summary>The prefix <c>E'…'</c> asks for backslash escapes.</summary>
    public bool EscapeStrings { get; init; }

    public bool NestedComments { get; init; }

    public bool HashComments { get; init; }

    /// <summary><c>--</c> begins a comment only before white space.</summary>
    public bool DashNeedsSpace { get; init; }

    /// <summary>The content of <c>/*! … */</c> is executed.</summary>
    public bool VersionedComments { get; init; }

    /// <summary>Versions of executable comments up to this one run; the content of later ones, and of <c>/*M! */</c>,
    /// is skipped.</summary>
    public int ServerVersion { get; init; } = int.MaxValue;

    public bool DollarQuotes { get; init; }

    public bool Brackets { get; init; }

    public bool DoubleQuotedStrings { get; init; }

    /// <summary><c>q'[ … ]'</c></summary>
    public bool AlternativeQuotes { get; init; }

    /// <summary>Statements may follow one another with nothing between them.</summary>
    public bool NoSeparators { get; init; }

    public SqlClient Client { get; init; }

    // MySQL 5.0.3 is older than any server in use; MariaDB ignores comments for MySQL 5.7 and later.
    private const int CommonMySqlVersion = 50_699;

    private static readonly LexicalRules PostgreSql = new()
    {
        EscapeStrings = true,
        NestedComments = true,
        DollarQuotes = true,
        Client = SqlClient.Psql,
    };

    private static readonly LexicalRules MySql = new()
    {
        BackslashEscapes = true,
        HashComments = true,
        DashNeedsSpace = true,
        VersionedComments = true,
        DoubleQuotedStrings = true,
        Client = SqlClient.Mysql,
    };

    private static readonly LexicalRules TransactSql = new()
    {
        NestedComments = true,
        Brackets = true,
        NoSeparators = true,
        Client = SqlClient.Sqlcmd,
    };

    private static readonly LexicalRules Oracle = new() { AlternativeQuotes = true, Client = SqlClient.SqlPlus };

    private static readonly LexicalRules Sqlite = new() { Brackets = true, Client = SqlClient.Sqlite };

    private static readonly LexicalRules ClickHouse = new()
    {
        BackslashEscapes = true,
        HashComments = true,
        NestedComments = true,
        DollarQuotes = true,
        Client = SqlClient.None,
    };

    private static readonly LexicalRules Cql = new() { DollarQuotes = true, Client = SqlClient.None };

    /// <summary>The rules under which <paramref name="text"/> has to be read: one set where all agree, more where they
    /// could differ.</summary>
    public static IReadOnlyList<LexicalRules> For(string text, SqlDialect dialect)
    {
        var readings = new List<LexicalRules>(4);
        bool backslash = text.Contains('\\');
        switch (dialect)
        {
            case SqlDialect.PostgreSql:
                readings.Add(PostgreSql);
                AddIf(backslash, PostgreSql with { BackslashEscapes = true });
                break;
            case SqlDialect.MySql:
                readings.Add(MySql);
                AddIf(backslash, MySql with { BackslashEscapes = false });
                AddIf(HasExecutableComment(text), MySql with { ServerVersion = CommonMySqlVersion });
                break;
            case SqlDialect.TransactSql:
                readings.Add(TransactSql);
                break;
            case SqlDialect.Oracle:
                readings.Add(Oracle);
                break;
            case SqlDialect.Sqlite:
                readings.Add(Sqlite);
                break;
            case SqlDialect.ClickHouse:
                readings.Add(ClickHouse);
                break;
            case SqlDialect.Cql:
                readings.Add(Cql);
                break;
            default:
                // A dialect without separators has brackets around names; with brackets in the text that reading is
                // made apart.
                readings.Add(PostgreSql with { NoSeparators = !text.Contains('['), Client = SqlClient.Any });
                AddIf(backslash || MySqlSplitsDifferently(text), MySql with
                {
                    DoubleQuotedStrings = false,
                    Client = SqlClient.Any,
                });
                AddIf(text.Contains('['), TransactSql with { Client = SqlClient.Any });
                AddIf(text.Contains("q'", StringComparison.OrdinalIgnoreCase), Oracle with { Client = SqlClient.Any });
                break;
        }

        return readings;

        void AddIf(bool condition, LexicalRules rules)
        {
            if (condition)
            {
                readings.Add(rules);
            }
        }
    }

    private static bool HasExecutableComment(string text) =>
        text.Contains("/*!", StringComparison.Ordinal) || text.Contains("/*M!", StringComparison.OrdinalIgnoreCase);

    private static bool MySqlSplitsDifferently(string text) =>
        text.AsSpan().IndexOfAny('#', '$') >= 0 || text.Contains("/*", StringComparison.Ordinal)
        || text.Contains("--", StringComparison.Ordinal);
}
