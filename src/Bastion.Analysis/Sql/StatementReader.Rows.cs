using System.Globalization;

namespace Bastion.Analysis.Sql;

internal sealed partial class StatementReader
{
    // A DELETE with LIMIT up to this many rows is a trim by hand, not the loss of a table.
    private const int FewRows = 1000;

    private static readonly string[] EndOfCondition =
        ["RETURNING", "ORDER", "LIMIT", "OPTION", "GROUP", "HAVING", "UNION", "LOG", "SETTINGS", "FETCH", "OFFSET",
        "INTERSECT", "EXCEPT"];

    private void ReadDelete(int start, int end)
    {
        int i = SkipWords(start + 1, "LOW_PRIORITY", "QUICK", "IGNORE", "HISTORY");
        long? top = ReadTop(ref i);
        int from = _tokens.Find(i, end, "FROM");
        int using_ = _tokens.Find(i, end, "USING");
        i = from == i ? from + 1 : i;
        if (i >= end || _tokens.IsAny(start + 1, "ON", "OF"))
        {
            return;
        }

        List<EffectObject> tables = Names(SkipWords(i, "ONLY"), end, ObjectKind.Table);
        if (tables.Count == 0 || tables.TrueForAll(table => _session.IsTemporary(table.Text)))
        {
            return;
        }

        bool joined = using_ >= 0 || (from > i && _tokens.Find(from, end, "JOIN") >= 0);
        RowLimit limit = Condition(i, end, joined, out int where);
        if (limit >= RowLimit.Most && !IsSmall(top, i, end))
        {
            Add(EffectKind.DatabaseDeleteAll, RiskLevel.High, start, end, limit == RowLimit.Most
                ? SqlReasons.DeleteMost
                : where < 0 ? SqlReasons.DeleteAll : SqlReasons.DeleteAlwaysTrue,
                tables, limit == RowLimit.Most ? EffectScope.Many : EffectScope.All);
        }

        if (tables.Exists(table => IsAuditTable(table.Text)))
        {
            Add(EffectKind.AuditTamper, RiskLevel.High, start, end, SqlReasons.AuditChange, tables);
        }
    }

    private void ReadUpdate(int start, int end)
    {
        int i = SkipWords(start + 1, "LOW_PRIORITY", "IGNORE", "HIGH_PRIORITY");
        if (_tokens.Is(i, "OR"))
        {
            i += 2;
        }

        long? top = ReadTop(ref i);
        int set = _tokens.Find(i, end, "SET");
        if (set < 0 || set == i)
        {
            return;
        }

        List<EffectObject> tables = Names(SkipWords(i, "ONLY"), set, ObjectKind.Table);
        if (tables.Count > 0 && tables.TrueForAll(table => _session.IsTemporary(table.Text)))
        {
            return;
        }

        bool joined = _tokens.Find(i, end, "JOIN") >= 0;
        if (Condition(set, end, joined, out int where) == RowLimit.All && !IsSmall(top, i, end))
        {
            Add(EffectKind.DatabaseUpdateAll, RiskLevel.High, start, end, where < 0
                ? SqlReasons.UpdateAll
                : SqlReasons.UpdateAlwaysTrue, tables, EffectScope.All);
        }
    }

    /// <summary>How much the statement's WHERE lets through. A join's ON limits as a WHERE does.</summary>
    private RowLimit Condition(int start, int end, bool joined, out int where)
    {
        where = _tokens.Find(start, end, "WHERE", "PREWHERE");
        if (where >= 0)
        {
            if (_tokens.Are(where + 1, "CURRENT", "OF"))
            {
                return RowLimit.Some;
            }

            int stop = _tokens.Find(where + 1, end, EndOfCondition);
            // SQL without separators: the condition ends where the next statement begins.
            return _predicate.Read(where + 1, stop < 0 ? end : stop);
        }

        if (!joined)
        {
            return RowLimit.All;
        }

        int on = _tokens.Find(start, end, "ON", "USING");
        if (on < 0)
        {
            return RowLimit.All;
        }

        if (_tokens.Is(on, "USING"))
        {
            return _tokens.IsSymbol(on + 1, '(') ? RowLimit.Some : RowLimit.All;
        }

        int next = _tokens.Find(on + 1, end, "JOIN", "LEFT", "RIGHT", "INNER", "CROSS", "SET", "ORDER", "LIMIT",
            "RETURNING", "USING");
        return _predicate.Read(on + 1, next < 0 ? end : next);
    }

    /// <summary>T-SQL's <c>TOP (n)</c>; the number of rows, or null.</summary>
    private long? ReadTop(ref int i)
    {
        if (!_tokens.Is(i, "TOP"))
        {
            return null;
        }

        int number = _tokens.IsSymbol(i + 1, '(') ? i + 2 : i + 1;
        i = _tokens.Next(i + 1);
        bool percent = _tokens.Is(i, "PERCENT");
        i += percent ? 1 : 0;
        return percent ? null : Integer(number);
    }

    private bool IsSmall(long? top, int start, int end)
    {
        int limit = _tokens.Find(start, end, "LIMIT");
        return top is <= FewRows || (limit >= 0 && Integer(limit + 1) is <= FewRows);
    }

    private long? Integer(int i) => _tokens.KindAt(i) == SqlTokenKind.Number
        && long.TryParse(_tokens.Slice(i), CultureInfo.InvariantCulture, out long value) ? value : null;

    private void ReadMerge(int start, int end)
    {
        for (int i = start; i < end - 1; i++)
        {
            if (_tokens.Is(i, "THEN") && _tokens.Is(i + 1, "DELETE"))
            {
                Add(EffectKind.DatabaseDeleteAll, RiskLevel.High, start, end, SqlReasons.MergeDelete,
                    Names(SkipWords(start + 1, "INTO", "ONLY"), end, ObjectKind.Table), EffectScope.Many);
                return;
            }
        }
    }

    private void ReadInsert(int start, int end)
    {
        if (_tokens.Is(start + 1, "OVERWRITE"))
        {
            int name = SkipWords(start + 2, "INTO", "TABLE", "LOCAL", "DIRECTORY");
            Add(EffectKind.DatabaseTruncate, RiskLevel.Low, start, end, SqlReasons.Overwrite,
                Names(name, end, ObjectKind.Table), EffectScope.All);
        }

        ReadUpsert(start, end);
        ReadOutfile(start, end);
    }

    /// <summary>Rows read from a table and written over themselves: an UPDATE of the whole by another name.</summary>
    private void ReadUpsert(int start, int end)
    {
        int query = _tokens.Find(start, end, "SELECT");
        int from = query < 0 ? -1 : _tokens.Find(query, end, "FROM");
        int on = from < 0 ? -1 : _tokens.Find(from, end, "DUPLICATE", "CONFLICT");
        bool replaces = _tokens.Is(start, "REPLACE") || _tokens.Are(start + 1, "OR", "REPLACE")
            || (on >= 0 && _tokens.Find(on, end, "UPDATE") >= 0);
        if (from < 0 || !replaces)
        {
            return;
        }

        List<EffectObject> into = Names(SkipWords(start + 1, "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "OR",
            "REPLACE", "INTO"), query, ObjectKind.Table);
        List<EffectObject> sources = Names(from + 1, end, ObjectKind.Table);
        bool isSelf = into.Count > 0
            && sources.Exists(source => source.Text.Equals(into[0].Text, StringComparison.OrdinalIgnoreCase));
        if (isSelf && !_session.IsTemporary(into[0].Text) && !IsSmall(null, query, end)
            && Condition(query, on < 0 ? end : on - 1, joined: false, out _) >= RowLimit.Most)
        {
            Add(EffectKind.DatabaseUpdateAll, RiskLevel.High, start, end, SqlReasons.UpsertSelf, into[..1],
                EffectScope.All);
        }
    }

    private void ReadSelect(int start, int end)
    {
        ReadOutfile(start, end);
        ReadAssignments(start, end);
        if (_tokens.Find(start, end, "INTO") is >= 0 and var into)
        {
            ForgetTargets(into + 1, end);
        }
    }

    /// <summary><c>SELECT … INTO @a, b</c>: what a result puts there is not known.</summary>
    private void ForgetTargets(int i, int end)
    {
        for (; i < end && _tokens.KindAt(i) is SqlTokenKind.Parameter or SqlTokenKind.Word; i += 2)
        {
            string name = _tokens.Slice(i).ToString();
            if (_session.Variables.ContainsKey(name))
            {
                _session.SetVariable(name, TextValue.NotKnown);
            }

            if (!_tokens.IsSymbol(i + 1, ','))
            {
                return;
            }
        }
    }

    /// <summary>Common table expressions are read where the parentheses are; here is the statement that follows
    /// them.</summary>
    private void ReadWith(int start, int end)
    {
        for (int i = start + 1; i < end; i = _tokens.Next(i))
        {
            if (_tokens.IsAny(i, "DELETE", "UPDATE", "MERGE", "INSERT", "REPLACE", "SELECT")
                && !_tokens.IsAny(i - 1, "AS", "FOR", "ON", ".") && !_tokens.IsSymbol(i - 1, ','))
            {
                ReadVerb(_tokens.Word(i), i, end);
                return;
            }
        }
    }

    private void ReadExplain(int start, int end)
    {
        bool runs = _tokens.IsAny(start, "ANALYZE", "ANALYSE");
        int i = start + 1;
        if (_tokens.IsSymbol(i, '('))
        {
            runs |= AnalyzeOption(i + 1, _tokens.Close(i));
            i = _tokens.Next(i);
        }

        for (; i < end && !IsExplainable(i); i++)
        {
            runs |= _tokens.IsAny(i, "ANALYZE", "ANALYSE");
        }

        if (i >= end || !runs)
        {
            return;
        }

        ReadVerb(_tokens.Word(i), i, end);
    }

    private bool IsExplainable(int i) =>
        _tokens.IsAny(i, "SELECT", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "WITH", "VALUES", "TABLE",
        "EXECUTE", "DECLARE", "CREATE", "REFRESH", "CALL");

    /// <summary>PostgreSQL's option list: ANALYZE alone, or with any word for yes.</summary>
    private bool AnalyzeOption(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (_tokens.IsAny(i, "ANALYZE", "ANALYSE") && (i == start || _tokens.IsSymbol(i - 1, ',')))
            {
                string value = i + 1 < end ? Plain(i + 1).ToUpperInvariant() : ",";
                if (value is not ("FALSE" or "OFF" or "0" or "NO" or "F" or "N"))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
