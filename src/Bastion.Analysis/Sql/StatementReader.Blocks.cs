using System.Collections.Frozen;

namespace Bastion.Analysis.Sql;

/// <summary>Statements inside procedural code, and statements that follow one another without a separator.</summary>
internal sealed partial class StatementReader
{
    private static readonly FrozenSet<string> BlockWords = FrozenSet.Create(StringComparer.Ordinal,
        "BEGIN", "IF", "WHILE", "FOR", "FOREACH", "LOOP", "REPEAT", "CASE", "ELSE", "ELSEIF", "ELSIF", "END", "THEN", "RETURN", "DECLARE", "EXCEPTION", "AS", "IS");

    /// <summary>Before a verb, these mean that it is not one: <c>ON DELETE CASCADE</c>, <c>FOR UPDATE</c>, <c>AFTER INSERT OR DELETE</c>.</summary>
    private static readonly string[] NotBeforeVerb = ["ON", "FOR", "AFTER", "BEFORE", "OF", "OR", "KEY", "INSTEAD", "BY", "GRANT", "REVOKE", "NO", "IMPLICITLY", "AND"];

    private static bool IsBlockWord(string verb) => BlockWords.Contains(verb);

    private bool IsBlock(string verb, int start) => IsBlockWord(verb) && !(verb == "DECLARE" && IsSimpleDeclare(start));

    /// <summary>T-SQL and cursors: DECLARE as a statement, not as the head of a block.</summary>
    private bool IsSimpleDeclare(int start) => tokens.KindAt(start + 1) == SqlTokenKind.Parameter || tokens.Is(start + 2, "CURSOR");

    private static bool MayBeFollowed(string verb) =>
        verb is not ("CREATE" or "ALTER" or "GRANT" or "REVOKE" or "DENY" or "COMMENT" or "EXPLAIN" or "DESCRIBE" or "DESC" or "MERGE" or "PREPARE" or "ANALYZE" or "DO" or "SHOW" or "HELP" or "SECURITY" or "AUDIT" or "NOAUDIT");

    /// <summary>Every statement with a verb on the block's own level.</summary>
    private void ReadBlock(int start, int end)
    {
        ReadBlockAssignments(start, end);
        for (var i = start; i < end; i++)
        {
            if (!BeginsStatement(i, end))
                continue;
            var stop = EndOfStatement(i, end);
            ReadVerb(tokens.Word(i), i, stop);
        }
    }

    private bool BeginsStatement(int i, int end)
    {
        if (tokens.KindAt(i) != SqlTokenKind.Word || tokens.IsAny(i - 1, NotBeforeVerb) || tokens.IsSymbol(i - 1, '.') || tokens.IsSymbol(i - 1, ',') || tokens.IsSymbol(i - 1, '('))
            return false;
        switch (tokens.Word(i))
        {
            case "DELETE":
                return tokens.Is(i + 1, "FROM") || (tokens.IsName(i + 1) && !tokens.IsAny(i + 1, "ON", "OR", "OF", "AS", "THEN", "CASCADE", "BEGIN"));
            case "UPDATE":
                return tokens.IsName(i + 1) && tokens.Find(i + 1, Math.Min(i + 12, end), "SET") > i + 1;
            case "TRUNCATE":
                return tokens.IsName(i + 1) && !tokens.IsAny(i + 1, "ON", "OR", "FOR", "EXECUTE");
            case "DROP":
                return tokens.IsName(i + 1) && !tokens.IsAny(i - 1, "WITH");
            case "EXECUTE":
                return !tokens.IsAny(i + 1, "FUNCTION", "PROCEDURE", "ON", "AS") || tokens.IsSymbol(i + 2, '(');
            case "DO":
                return tokens.KindAt(i + 1) == SqlTokenKind.Text;
            case "EXEC" or "CALL" or "PURGE" or "SHUTDOWN" or "PREPARE":
                return i + 1 <= end;
            case "ALTER":
                return tokens.IsAny(i + 1, "TABLE", "DATABASE", "USER", "ROLE", "SYSTEM", "SERVER");
            case "MERGE":
                return tokens.Is(i + 1, "INTO");
            case "RESET":
                return tokens.IsAny(i + 1, "MASTER", "SLAVE", "REPLICA", "BINARY");
            case "GRANT" or "REVOKE":
                return tokens.Find(i, Math.Min(i + 12, end), "TO", "FROM") > 0;
            default:
                return false;
        }
    }

    /// <summary>The end of a statement inside a block: its semicolon, the next branch, or the next verb where nothing separates them.</summary>
    private int EndOfStatement(int start, int end)
    {
        var cases = 0;
        for (var i = tokens.Next(start); i < end; i = tokens.Next(i))
        {
            if (tokens.IsSymbol(i, ';'))
                return i;
            if (tokens.Is(i, "CASE"))
                cases++;
            else if (tokens.Is(i, "END") && cases-- == 0)
                return i;
            else if (cases <= 0 && tokens.IsAny(i, "ELSE", "ELSEIF", "ELSIF", "LOOP", "EXCEPTION", "UNTIL") && i > start + 1)
                return i;
            else if (i > start + 1 && BeginsStatement(i, end))
                return i;
        }
        return end;
    }

    private int FindUnseparated(int start, int end)
    {
        for (var i = tokens.Next(start); i < end; i = tokens.Next(i))
        {
            if (tokens.IsAny(i, "DELETE", "DROP", "TRUNCATE", "UPDATE", "EXEC", "EXECUTE") && BeginsUnseparated(i, end))
                return i;
        }
        return end;
    }

    /// <summary>Stricter than inside a block: in a statement of a dialect with separators the same words can be names.</summary>
    private bool BeginsUnseparated(int i, int end) => BeginsStatement(i, end) && tokens.Word(i) switch
    {
        "DROP" => tokens.IsAny(i + 1, "TABLE", "DATABASE", "SCHEMA", "USER", "LOGIN") && tokens.IsName(i + 2),
        "TRUNCATE" => tokens.Is(i + 1, "TABLE"),
        "DELETE" => tokens.Is(i + 1, "FROM") && !tokens.IsAny(i - 1, "WITH", "AS", "THEN", "DO", "AUDIT"),
        "UPDATE" => !tokens.IsAny(i - 1, "WITH", "AS", "THEN", "DO"),
        "EXEC" or "EXECUTE" => tokens.IsSymbol(i + 1, '(') || (dialect == SqlDialect.TransactSql && tokens.IsName(i + 1)),
        _ => false,
    };

    /// <summary>In PL code <c>name := expression;</c> sets what an EXECUTE runs. Which of two comes first is not followed: then it is not known.</summary>
    private void ReadBlockAssignments(int start, int end)
    {
        for (var i = start + 1; i < end; i++)
        {
            if (tokens.Is(i, "INTO"))
                ForgetTargets(i + 1, end);
            var sets = tokens.IsSymbol(i, ":=") || (tokens.IsSymbol(i, '=') && tokens.KindAt(i - 1) == SqlTokenKind.Parameter);
            if (!sets || tokens.KindAt(i - 1) is not (SqlTokenKind.Word or SqlTokenKind.Parameter))
                continue;
            var stop = i + 1;
            while (stop < end && !tokens.IsSymbol(stop, ';'))
                stop = tokens.Next(stop);
            var name = tokens.Slice(i - 1).ToString();
            var value = text.Read(i + 1, Math.Min(stop, end));
            session.SetVariable(name, session.Variables.TryGetValue(name, out var other) && other != value ? TextValue.NotKnown : value);
        }
    }
}
