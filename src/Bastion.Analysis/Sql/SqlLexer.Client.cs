using System.Collections.Frozen;

namespace Bastion.Analysis.Sql;

/// <summary>The commands that the client program takes out of the text. A client token's value is <c>name arguments</c>.</summary>
internal sealed partial class SqlLexer
{
    /// <summary>Commands of <c>mysql</c> and <c>sqlplus</c> that are plain words at the start of a line; the rest of the line is theirs.</summary>
    private static readonly FrozenSet<string> MysqlWords = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "system", "source", "pager", "nopager", "tee", "notee", "edit", "ego", "prompt", "rehash", "status", "clear", "print", "charset", "warnings", "nowarning", "sandboxmode");

    private static readonly FrozenSet<string> SqlPlusWords = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "host", "spool", "edit", "ed", "start", "prompt", "column", "ttitle", "btitle", "accept", "define", "undefine", "whenever", "connect", "conn", "password");

    /// <summary>Words that begin a statement of ClickHouse and not the <c>mysql</c> command <c>system</c>.</summary>
    private static readonly FrozenSet<string> SystemStatements = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "reload", "flush", "drop", "stop", "start", "sync", "restart", "restore", "shutdown", "kill", "enable", "disable", "wait", "refresh", "unfreeze", "unlock", "suspend", "cleanup", "load", "unload", "clear", "cancel", "jemalloc");

    private static readonly FrozenSet<string> PsqlEndsStatement = FrozenSet.Create(StringComparer.Ordinal,
        "g", "gx", "gset", "gexec", "gdesc", "crosstabview", "G", "watch", "bind", "parse", "sendpipeline", "go", "p;", ";");

    private bool ReadClientCommand(char c)
    {
        var client = rules.Client;
        switch (c)
        {
            case '\\' when client is SqlClient.Psql or SqlClient.Any or SqlClient.Mysql:
                ReadBackslashCommand();
                return true;
            case '.' when client is SqlClient.Sqlite or SqlClient.Any && AtStatementStart && AtLineStart && char.IsAsciiLetter(Peek(1)):
            case '@' when client is SqlClient.SqlPlus && AtStatementStart && AtLineStart:
            case '$' when client is SqlClient.SqlPlus && AtStatementStart && AtLineStart:
            case '!' when client is SqlClient.Any or SqlClient.SqlPlus or SqlClient.Sqlcmd && AtStatementStart && AtLineStart:
            case ':' when client is SqlClient.Sqlcmd or SqlClient.Any && AtStatementStart && AtLineStart && IsSqlcmdCommand():
                TakeLine(position, CommandName());
                return true;
            default:
                return char.IsAsciiLetter(c) && AtLineStart && ReadWordCommand();
        }
    }

    private bool IsSqlcmdCommand() => RestOfLine(position + 1) is var rest && (rest.StartsWith("r ", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("!!") || rest.StartsWith("ed", StringComparison.OrdinalIgnoreCase) || rest.StartsWith("out ", StringComparison.OrdinalIgnoreCase));

    private string CommandName()
    {
        var end = position + 1;
        while (end < text.Length && (char.IsAsciiLetter(text[end]) || text[end] == '!'))
        {
            end++;
        }

        return Peek() == '!' ? "!" : text[position..end];
    }

    private bool ReadWordCommand()
    {
        var end = position;
        while (end < text.Length && IsAsciiNameChar(text[end]))
        {
            end++;
        }

        if (end < text.Length && !char.IsWhiteSpace(text[end]) && text[end] != ';')
        {
            return false;
        }

        var word = text.AsSpan(position, end - position);
        var mysql = rules.Client is SqlClient.Mysql or SqlClient.Any;
        if (mysql && word.Equals("delimiter", StringComparison.OrdinalIgnoreCase) && (AtStatementStart || rules.Client == SqlClient.Mysql))
        {
            SetDelimiter(RestOfLine(end));
            return true;
        }

        if (!AtStatementStart)
        {
            return false;
        }

        var known = (mysql && MysqlWords.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word))
            || (rules.Client == SqlClient.SqlPlus && SqlPlusWords.GetAlternateLookup<ReadOnlySpan<char>>().Contains(word) && !IsStatementAfterAll(word, end))
            || (rules.Client == SqlClient.Any && (word.Equals("spool", StringComparison.OrdinalIgnoreCase) || word.Equals("host", StringComparison.OrdinalIgnoreCase)));
        if (!known || IsSystemStatement(word, end))
        {
            return false;
        }

        TakeLine(position, word.ToString().ToLowerInvariant());
        return true;
    }

    private bool IsStatementAfterAll(ReadOnlySpan<char> word, int end) =>
        word.Equals("start", StringComparison.OrdinalIgnoreCase) && RestOfLine(end).StartsWith("transaction", StringComparison.OrdinalIgnoreCase);

    private bool IsSystemStatement(ReadOnlySpan<char> word, int end)
    {
        if (!word.Equals("system", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var rest = RestOfLine(end);
        var length = 0;
        while (length < rest.Length && char.IsAsciiLetter(rest[length]))
        {
            length++;
        }

        return SystemStatements.GetAlternateLookup<ReadOnlySpan<char>>().Contains(rest[..length]);
    }

    private void SetDelimiter(ReadOnlySpan<char> argument)
    {
        var end = argument.IndexOfAny(' ', '\t');
        var next = (end < 0 ? argument : argument[..end]).Trim("'\"").ToString();
        if (next.Length > 0)
        {
            delimiter = next;
        }

        SkipLine();
    }

    private void SkipLine()
    {
        var end = text.AsSpan(position).IndexOfAny('\n', '\r');
        position = end < 0 ? text.Length : position + end;
    }

    private void TakeLine(int start, string name)
    {
        var arguments = RestOfLine(start + name.Length).ToString();
        SkipLine();
        Add(SqlTokenKind.ClientCommand, start, name.Length == 0 ? arguments : $"{name} {arguments}");
    }

    private void ReadBackslashCommand()
    {
        var start = position++;
        if (!char.IsAsciiLetter(Peek()) && Peek() is not ('!' or '.' or '?' or ';' or ':' or '#'))
        {
            // Of anything else psql says that it knows no such command and drops the rest of the line; mysql passes both characters on.
            if (IsMysqlReading)
            {
                position = Math.Min(position + 1, text.Length);
            }
            else
            {
                SkipLine();
            }

            return;
        }

        var nameStart = position;
        if (char.IsAsciiLetter(Peek()) && rules.Client != SqlClient.Mysql)
        {
            while (char.IsAsciiLetter(Peek()) || Peek() is '_' or '+')
            {
                position++;
            }
        }
        else
        {
            position++;
        }

        var name = text[nameStart..position];
        if (name is "d" && rules.Client == SqlClient.Mysql)
        {
            SetDelimiter(RestOfLine(position));
            return;
        }

        var arguments = BackslashArguments(name);
        Add(SqlTokenKind.ClientCommand, start, $"{name} {arguments}");
        if (PsqlEndsStatement.Contains(name) || (name == "c" && rules.Client == SqlClient.Mysql))
        {
            Add(SqlTokenKind.Terminator, position);
        }
    }

    private bool IsMysqlReading => rules.Client == SqlClient.Mysql || (rules.Client == SqlClient.Any && rules.BackslashEscapes);

    /// <summary>psql's arguments end at the next unquoted backslash or at the line's end; a pipe, <c>\!</c> and <c>\copy</c> take the whole line.</summary>
    private string BackslashArguments(string name)
    {
        var line = RestOfLine(position);
        if (name is ";" or "G" || (name == "g" && IsMysqlReading) || (rules.Client == SqlClient.Mysql && !(name is "!" or "." or "P" or "T" or "r" or "u" or "C" or "R")))
        {
            return string.Empty;
        }

        if (name is "!" or "." or "copy" or "P" or "T" || line.StartsWith('|'))
        {
            SkipLine();
            return line.ToString();
        }

        var quote = '\0';
        var i = position;
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

        var arguments = text[position..i].Trim();
        // A double backslash parts the command from SQL on the same line.
        position = i + 1 < text.Length && text[i] == '\\' && text[i + 1] == '\\' ? i + 2 : i;
        return arguments;
    }
}
