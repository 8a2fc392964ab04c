using System.Collections.Frozen;

namespace Bastion.Analysis.Sql;

/// <summary>The commands that the client program takes out of the text. A client token's value is <c>name
/// arguments</c>.</summary>
internal sealed partial class SqlLexer
{
    /// <summary>Commands of <c>mysql</c> and <c>sqlplus</c> that are plain words at the start of a line; the rest of
    /// the line is theirs.</summary>
    private static readonly FrozenSet<string> MysqlWords = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "system", "source", "pager", "nopager", "tee", "notee", "edit", "ego", "prompt", "rehash", "status", "clear",
        "print", "charset", "warnings", "nowarning", "sandboxmode");

    private static readonly FrozenSet<string> SqlPlusWords = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "host", "spool", "edit", "ed", "start", "prompt", "column", "ttitle", "btitle", "accept", "define", "undefine",
        "whenever", "connect", "conn", "password");

    /// <summary>Words that begin a statement of ClickHouse and not the <c>mysql</c> command <c>system</c>.</summary>
    private static readonly FrozenSet<string> SystemStatements = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "reload", "flush", "drop", "stop", "start", "sync", "restart", "restore", "shutdown", "kill", "enable",
        "disable", "wait", "refresh", "unfreeze", "unlock", "suspend", "cleanup", "load", "unload", "clear", "cancel",
        "jemalloc");

    private static readonly FrozenSet<string> PsqlEndsStatement = FrozenSet.Create(StringComparer.Ordinal,
        "g", "gx", "gset", "gexec", "gdesc", "crosstabview", "G", "watch", "bind", "parse", "sendpipeline", "go", "p;",
        ";");

    private bool ReadClientCommand(char c)
    {
        SqlClient client = rules.Client;
        switch (c)
        {
            case '\\' when client is SqlClient.Psql or SqlClient.Any or SqlClient.Mysql:
                ReadBackslashCommand();
                return true;
            case '.' when client is SqlClient.Sqlite or SqlClient.Any && AtStatementStart && AtLineStart
                && char.IsAsciiLetter(Peek(1)):
            case '@' when client is SqlClient.SqlPlus && AtStatementStart && AtLineStart:
            case '$' when client is SqlClient.SqlPlus && AtStatementStart && AtLineStart:
            case '!' when client is SqlClient.Any or SqlClient.SqlPlus or SqlClient.Sqlcmd && AtStatementStart
                && AtLineStart:
            case ':' when client is SqlClient.Sqlcmd or SqlClient.Any && AtStatementStart && AtLineStart
                && IsSqlcmdCommand():
                TakeLine(_position, CommandName());
                return true;
            default:
                return char.IsAsciiLetter(c) && AtLineStart && ReadWordCommand();
        }
    }

    private bool IsSqlcmdCommand() => RestOfLine(_position + 1) is var rest
        && (rest.StartsWith("r ", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("!!")
        || rest.StartsWith("ed", StringComparison.OrdinalIgnoreCase)
        || rest.StartsWith("out ", StringComparison.OrdinalIgnoreCase));

    private string CommandName()
    {
        int end = _position + 1;
        while (end < text.Length && (char.IsAsciiLetter(text[end]) || text[end] == '!'))
        {
            end++;
        }

        return Peek() == '!' ? "!" : text[_position..end];
    }

    private bool ReadWordCommand()
    {
        int end = _position;
        while (end < text.Length && IsAsciiNameChar(text[end]))
        {
            end++;
        }

        if (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != ';')
        {
            return false;
        }

        ReadOnlySpan<char> word = text.AsSpan(_position, end - _position);
        bool mysql = rules.Client is SqlClient.Mysql or SqlClient.Any;
        if (mysql && word.Equals("delimiter", StringComparison.OrdinalIgnoreCase)
            && (AtStatementStart || rules.Client == SqlClient.Mysql))
        {
            SetDelimiter(RestOfLine(end));
            return true;
        }

        if (!AtStatementStart)
        {
            return false;
        }

        bool known = (mysql && MysqlWords.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word))
            || (rules.Client == SqlClient.SqlPlus
            && SqlPlusWords.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word) && !IsStatementAfterAll(word, end))
            || (rules.Client == SqlClient.Any && (word.Equals("spool", StringComparison.OrdinalIgnoreCase)
            || word.Equals("host", StringComparison.OrdinalIgnoreCase)));
        if (!known || IsSystemStatement(word, end))
        {
            return false;
        }

        TakeLine(_position, word.ToString().ToLowerInvariant());
        return true;
    }

    private bool IsStatementAfterAll(ReadOnlySpan<char> word, int end) =>
        word.Equals("start", StringComparison.OrdinalIgnoreCase)
        && RestOfLine(end).StartsWith("transaction", StringComparison.OrdinalIgnoreCase);

    private bool IsSystemStatement(ReadOnlySpan<char> word, int end)
    {
        if (!word.Equals("system", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> rest = RestOfLine(end);
        int length = 0;
        while (length < rest.Length && char.IsAsciiLetter(rest[length]))
        {
            length++;
        }

        return SystemStatements.GetAlternateLookup<ReadOnlySpan<char>>().Contains(rest[..length]);
    }

    private void SetDelimiter(ReadOnlySpan<char> argument)
    {
        int end = argument.IndexOfAny(' ', '\t');
        string next = (end < 0 ? argument : argument[..end]).Trim("'\"").ToString();
        if (next.Length > 0)
        {
            _delimiter = next;
        }

        SkipLine();
    }

    private void SkipLine()
    {
        int end = text.AsSpan(_position).IndexOfAny('\n', '\r');
        _position = end < 0 ? text.Length : _position + end;
    }

    private void TakeLine(int start, string name)
    {
        string arguments = RestOfLine(start + name.Length).ToString();
        SkipLine();
        Add(SqlTokenKind.ClientCommand, start, name.Length == 0 ? arguments : $"{name} {arguments}");
    }

    private void ReadBackslashCommand()
    {
        int start = _position++;
        if (!char.IsAsciiLetter(Peek()) && Peek() is not ('!' or '.' or '?' or ';' or ':' or '#'))
        {
            // Of anything else psql says that it knows no such command and drops the rest of the line; mysql passes
            // both characters on.
            if (IsMysqlReading)
            {
                _position = Math.Min(_position + 1, text.Length);
            }
            else
            {
                SkipLine();
            }

            return;
        }

        int nameStart = _position;
        if (char.IsAsciiLetter(Peek()) && rules.Client != SqlClient.Mysql)
        {
            while (char.IsAsciiLetter(Peek()) || Peek() is '_' or '+')
            {
                _position++;
            }
        }
        else
        {
            _position++;
        }

        string name = text[nameStart.._position];
        if (name is "d" && rules.Client == SqlClient.Mysql)
        {
            SetDelimiter(RestOfLine(_position));
            return;
        }

        string arguments = BackslashArguments(name);
        Add(SqlTokenKind.ClientCommand, start, $"{name} {arguments}");
        if (PsqlEndsStatement.Contains(name) || (name == "c" && rules.Client == SqlClient.Mysql))
        {
            Add(SqlTokenKind.Terminator, _position);
        }
    }

    private bool IsMysqlReading =>
        rules.Client == SqlClient.Mysql || (rules.Client == SqlClient.Any && rules.BackslashEscapes);

    /// <summary>psql's arguments end at the next unquoted backslash or at the line's end; a pipe, <c>\!</c> and
    /// <c>\copy</c> take the whole line.</summary>
    private string BackslashArguments(string name)
    {
        ReadOnlySpan<char> line = RestOfLine(_position);
        if (name is ";" or "G" || (name == "g" && IsMysqlReading)
            || (rules.Client == SqlClient.Mysql && !(name is "!" or "." or "P" or "T" or "r" or "u" or "C" or "R")))
        {
            return string.Empty;
        }

        if (name is "!" or "." or "copy" or "P" or "T" || line.StartsWith('|'))
        {
            SkipLine();
            return line.ToString();
        }

        char quote = '\0';
        int i = _position;
        for (; i < text.Length && text[i] is not ('\n' or '\r'); i++)
        {
            if (quote != '\0')
            {
                quote = text[i] == quote ? '\0' : quote;
            }
            else if (text[i] is '\'' or '"' or '`')
            {
                quote = text[i];
            }
            else if (text[i] == '\\')
            {
                break;
            }
        }

        string arguments = text[_position..i].Trim();
        // A double backslash parts the command from SQL on the same line.
        _position = i + 1 < text.Length && text[i] == '\\' && text[i + 1] == '\\' ? i + 2 : i;
        return arguments;
    }
}
