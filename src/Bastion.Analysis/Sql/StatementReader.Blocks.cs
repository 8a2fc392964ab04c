using System.Collections.Frozen;

namespace Bastion.Analysis.Sql;

/// <summary>Statements inside procedural code, and statements that follow one another without a separator.</summary>
internal sealed partial class StatementReader
{
    private static readonly FrozenSet<string> BlockWords = FrozenSet.Create(StringComparer.Ordinal,
        "BEGIN", "IF", "WHILE", "FOR", "FOREACH", "LOOP", "REPEAT", "CASE", "ELSE", "ELSEIF", "ELSIF", "END", "THEN",
        "RETURN", "DECLARE", "EXCEPTION", "AS", "IS");

    /// <summary>Before a verb, these mean that it is not one: <c>ON DELETE CASCADE</c>, <c>FOR UPDATE</c>, <c>AFTER
    /// INSERT OR DELETE</c>.</summary>
    private static readonly string[] NotBeforeVerb = ["ON", "FOR", "AFTER", "BEFORE", "OF", "OR", "KEY", "INSTEAD",
        "BY", "GRANT", "REVOKE", "NO", "IMPLICITLY", "AND"];

    private static bool IsBlockWord(string verb) => BlockWords.Contains(verb);

    private bool IsBlock(string verb, int start) => IsBlockWord(verb) && !(verb == "DECLARE" && IsSimpleDeclare(start));

    /// <summary>T-SQL and cursors: DECLARE as a statement, not as the head of a block.</summary>
    private bool IsSimpleDeclare(int start) =>
        _tokens.KindAt(start + 1) == SqlTokenKind.Parameter || _tokens.Is(start + 2, "CURSOR");

    private static bool MayBeFollowed(string verb) =>
        verb is not ("CREATE" or "ALTER" or "GRANT" or "REVOKE" or "DENY" or "COMMENT" or "EXPLAIN" or "DESCRIBE"
        or "DESC" or "MERGE" or "PREPARE" or "ANALYZE" or "DO" or "SHOW" or "HELP" or "SECURITY" or "AUDIT"
        or "NOAUDIT");

    /// <summary>Every statement with a verb on the block's own level.</summary>
    private void ReadBlock(int start, int end)
    {
        ReadBlockAssignments(start, end);
        for (int i = start; i < end; i++)
        {
            if (!BeginsStatement(i, end))
            {
                continue;
            }

            int stop = EndOfStatement(i, end);
            ReadVerb(_tokens.Word(i), i, stop);
        }
    }

    private bool BeginsStatement(int i, int end)
    {
        if (_tokens.KindAt(i) != SqlTokenKind.Word || _tokens.IsAny(i - 1, NotBeforeVerb)
            || _tokens.IsSymbol(i - 1, '.') || _tokens.IsSymbol(i - 1, ',') || _tokens.IsSymbol(i - 1, '('))
        {
            return false;
        }

        switch (_tokens.Word(i))
        {
            case "DELETE":
                return _tokens.Is(i + 1, "FROM") || (_tokens.IsName(i + 1)
                    && !_tokens.IsAny(i + 1, "ON", "OR", "OF", "AS", "THEN", "CASCADE", "BEGIN"));
            case "UPDATE":
                return _tokens.IsName(i + 1) && _tokens.Find(i + 1, Math.Min(i + 12, end), "SET") > i + 1;
            case "TRUNCATE":
                return _tokens.IsName(i + 1) && !_tokens.IsAny(i + 1, "ON", "OR", "FOR", "EXECUTE");
            case "DROP":
                return _tokens.IsName(i + 1) && !_tokens.IsAny(i - 1, "WITH");
            case "EXECUTE":
                return !_tokens.IsAny(i + 1, "FUNCTION", "PROCEDURE", "ON", "AS") || _tokens.IsSymbol(i + 2, '(');
            case "DO":
                return _tokens.KindAt(i + 1) == SqlTokenKind.Text;
            case "EXEC" or "CALL" or "PURGE" or "SHUTDOWN" or "PREPARE":
                return i + 1 <= end;
            case "ALTER":
                return _tokens.IsAny(i + 1, "TABLE", "DATABASE", "USER", "ROLE", "SYSTEM", "SERVER");
            case "MERGE":
                return _tokens.Is(i + 1, "INTO");
            case "RESET":
                return _tokens.IsAny(i + 1, "MASTER", "SLAVE", "REPLICA", "BINARY");
            case "GRANT" or "REVOKE":
                return _tokens.Find(i, Math.Min(i + 12, end), "TO", "FROM") > 0;
            default:
                return false;
        }
    }

    /// <summary>The end of a statement inside a block: its semicolon, the next branch, or the next verb where nothing
    /// separates them.</summary>
    private int EndOfStatement(int start, int end)
    {
        int cases = 0;
        for (int i = _tokens.Next(start); i < end; i = _tokens.Next(i))
        {
            if (_tokens.IsSymbol(i, ';'))
            {
                return i;
            }

            if (_tokens.Is(i, "CASE"))
            {
                cases++;
            }
            else if (_tokens.Is(i, "END") && cases-- == 0)
            {
                return i;
            }
            else if (cases <= 0 && _tokens.IsAny(i, "ELSE", "ELSEIF", "ELSIF", "LOOP", "EXCEPTION", "UNTIL")
                && i > start + 1)
            {
                return i;
            }
            else if (i > start + 1 && BeginsStatement(i, end))
            {
                return i;
            }
        }

        return end;
    }

    private int FindUnseparated(int start, int end)
    {
        for (int i = _tokens.Next(start); i < end; i = _tokens.Next(i))
        {
            if (_tokens.IsAny(i, "DELETE", "DROP", "TRUNCATE", "UPDATE", "EXEC", "EXECUTE")
                && BeginsUnseparated(i, end))
            {
                return i;
            }
        }

        return end;
    }

    /// <summary>Stricter than inside a block: in a statement of a dialect with separators the same words can be
    /// names.</summary>
    private bool BeginsUnseparated(int i, int end) => BeginsStatement(i, end) && _tokens.Word(i) switch
    {
        "DROP" => _tokens.IsAny(i + 1, "TABLE", "DATABASE", "SCHEMA", "USER", "LOGIN") && _tokens.IsName(i + 2),
        "TRUNCATE" => _tokens.Is(i + 1, "TABLE"),
        "DELETE" => _tokens.Is(i + 1, "FROM") && !_tokens.IsAny(i - 1, "WITH", "AS", "THEN", "DO", "AUDIT"),
        "UPDATE" => !_tokens.IsAny(i - 1, "WITH", "AS", "THEN", "DO"),
        "EXEC" or "EXECUTE" => _tokens.IsSymbol(i + 1, '(')
            || (_dialect == SqlDialect.TransactSql && _tokens.IsName(i + 1)),
        _ => false,
    };

    /// <summary>In PL code <c>name := expression;</c> sets what an EXECUTE runs. Which of two comes first is not
    /// followed: then it is not known.</summary>
    private void ReadBlockAssignments(int start, int end)
    {
        for (int i = start + 1; i < end; i++)
        {
            if (_tokens.Is(i, "INTO"))
            {
                ForgetTargets(i + 1, end);
            }

            bool sets = _tokens.IsSymbol(i, ":=")
                || (_tokens.IsSymbol(i, '=') && _tokens.KindAt(i - 1) == SqlTokenKind.Parameter);
            if (!sets || _tokens.KindAt(i - 1) is not (SqlTokenKind.Word or SqlTokenKind.Parameter))
            {
                continue;
            }

            int stop = i + 1;
            while (stop < end && !_tokens.IsSymbol(stop, ';'))
            {
                stop = _tokens.Next(stop);
            }

            string name = _tokens.Slice(i - 1).ToString();
            TextValue value = _text.Read(i + 1, Math.Min(stop, end));
            _session.SetVariable(name, _session.Variables.TryGetValue(name, out TextValue other) && other != value
                ? TextValue.NotKnown
                : value);
        }
    }
}
