using System.Collections.Frozen;
using System.Globalization;

namespace Bastion.Analysis.Sql;

/// <summary>How much of a table a condition lets through.</summary>
internal enum RowLimit
{
    /// <summary>No row: the condition is false for every one.</summary>
    None,

    /// <summary>Some rows, chosen by their values.</summary>
    Some,

    /// <summary>All but a few: <c>id &lt;&gt; 5</c>, <c>id &gt; 0</c>, <c>name IS NOT NULL</c>.</summary>
    Most,

    /// <summary>Every row, or all or none together: the condition is true, or does not look at the row at
    /// all.</summary>
    All,
}

/// <summary>Reads the condition of a DELETE or UPDATE. It folds constants and knows the ways to write “true”; anything
/// it cannot follow counts by whether it looks at a column: a condition that does not cannot tell rows apart.</summary>
internal sealed class Predicate(TokenList tokens)
{
    // Deeper than people write; a condition hidden below it counts as none.
    private const int MaximumDepth = 48;

    private static readonly FrozenSet<string> NotColumns = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "and", "or", "xor", "not", "in", "is", "null", "true", "false", "unknown", "like", "ilike", "rlike", "regexp",
        "similar", "to", "between",
        "symmetric", "any", "all", "some", "exists", "case", "when", "then", "else", "end", "as", "array", "row",
        "escape", "binary", "div", "mod",
        "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_user",
        "session_user", "user", "sysdate",
        "systimestamp", "sysname", "interval", "distinct", "from", "select", "collate", "at", "zone", "isnull",
        "notnull", "on", "off", "of", "limit", "pi", "default");

    private static readonly FrozenSet<string> TypeWords = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "date", "time", "timestamp", "timestamptz", "datetime", "text", "int", "integer", "bool", "boolean", "bigint",
        "numeric", "varchar", "char", "json", "jsonb", "uuid", "inet", "unsigned", "signed", "decimal");

    private static readonly FrozenSet<string> KeyColumns =
        FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "id", "rowid", "_rowid_", "oid", "rownum");

    public RowLimit Read(int start, int end, int depth = 0)
    {
        if (start >= end)
        {
            return RowLimit.All;
        }

        if (depth > MaximumDepth)
        {
            return RowLimit.All;
        }

        List<(int Start, int End)> disjuncts = Split(start, end, "OR", "||");
        if (disjuncts.Count == 1)
        {
            return ReadConjunction(start, end, depth);
        }

        RowLimit result = RowLimit.None;
        var ranges = new CoveredRanges();
        foreach ((int from, int to) in disjuncts)
        {
            RowLimit limit = ReadConjunction(from, to, depth + 1);
            result = limit > result ? limit : result;
            if (limit is RowLimit.Some or RowLimit.Most && Describe(from, to) is var (left, operation, right)
                && ranges.CoversAll(left, operation, right))
            {
                return RowLimit.All;
            }
        }

        return result;
    }

    private RowLimit ReadConjunction(int start, int end, int depth)
    {
        RowLimit result = RowLimit.All;
        foreach ((int from, int to) in Split(start, end, "AND", "&&"))
        {
            RowLimit limit = ReadTerm(from, to, depth + 1);
            result = limit < result ? limit : result;
        }

        return result;
    }

    private List<(int Start, int End)> Split(int start, int end, string word, string symbol)
    {
        var parts = new List<(int, int)>(1);
        int from = start;
        int cases = 0;
        bool between = false;
        for (int i = start; i < end; i = tokens.Next(i))
        {
            if (tokens.Is(i, "CASE"))
            {
                cases++;
            }
            else if (tokens.Is(i, "END") && cases > 0)
            {
                cases--;
            }
            else if (tokens.Is(i, "BETWEEN"))
            {
                between = true;
            }
            else if (cases == 0 && (tokens.Is(i, word) || tokens.IsSymbol(i, symbol)))
            {
                if (between && word == "AND")
                {
                    between = false;
                    continue;
                }

                parts.Add((from, i));
                from = i + 1;
            }
        }

        parts.Add((from, end));
        return parts;
    }

    private RowLimit ReadTerm(int start, int end, int depth)
    {
        bool negated = false;
        while (start < end && (tokens.Is(start, "NOT") || tokens.IsSymbol(start, '!')))
        {
            negated = !negated;
            start++;
        }

        RowLimit limit = ReadPositive(start, end, depth);
        return negated ? Negate(limit) : limit;
    }

    private static RowLimit Negate(RowLimit limit) => limit switch
    {
        RowLimit.All => RowLimit.None,
        RowLimit.None => RowLimit.All,
        RowLimit.Some => RowLimit.Most,
        _ => RowLimit.Some,
    };

    private RowLimit ReadPositive(int start, int end, int depth)
    {
        if (start >= end)
        {
            return RowLimit.All;
        }

        if (tokens.IsSymbol(start, '(') && tokens.Close(start) == end - 1)
        {
            if (!IsQuery(start + 1))
            {
                return Read(start + 1, end - 1, depth + 1);
            }

            return LooksAtRow(start, end) ? RowLimit.Some : RowLimit.All;
        }

        if (tokens.Is(start, "EXISTS"))
        {
            return LooksAtRow(start + 1, end) ? RowLimit.Some : RowLimit.All;
        }

        if (ReadTruthTest(start, end, depth) is { } tested)
        {
            return tested;
        }

        if (AsComparison(start, end) is { } comparison)
        {
            return ReadComparison(comparison);
        }

        if (!LooksAtRow(start, end))
        {
            return Constant.Of(tokens, start, end) is { } constant && constant.IsFalse ? RowLimit.None : RowLimit.All;
        }

        return end - start == 1 && KeyColumns.Contains(tokens.Slice(start).ToString()) ? RowLimit.All : RowLimit.Some;
    }

    /// <summary><c>… IS [NOT] NULL | TRUE | FALSE | UNKNOWN</c></summary>
    private RowLimit? ReadTruthTest(int start, int end, int depth)
    {
        bool not = tokens.Is(end - 2, "NOT");
        int at = end - (not ? 3 : 2);
        if (at <= start || !tokens.Is(at, "IS") || !tokens.IsAny(end - 1, "NULL", "TRUE", "FALSE", "UNKNOWN"))
        {
            return null;
        }

        if (tokens.IsAny(end - 1, "NULL", "UNKNOWN"))
        {
            if (LooksAtRow(start, at))
            {
                return not ? RowLimit.Most : RowLimit.Some;
            }

            bool isNull = Constant.Of(tokens, start, at) is { IsNull: true };
            return isNull != not ? RowLimit.All : RowLimit.None;
        }

        RowLimit limit = Read(start, at, depth + 1);
        return tokens.Is(end - 1, "TRUE") != not ? limit : Negate(limit);
    }

    private RowLimit ReadComparison(Comparison comparison)
    {
        (string? operation, bool negated, (int Start, int End) left, (int Start, int End) right) = comparison;
        bool leftLooks = LooksAtRow(left.Start, left.End);
        bool rightLooks = LooksAtRow(right.Start, right.End);
        RowLimit limit = leftLooks || rightLooks
            ? ReadRowComparison(operation, left, right, leftLooks)
            : ReadConstantComparison(operation, left, right);
        return negated ? Negate(limit) : limit;
    }

    private RowLimit ReadConstantComparison(string operation, (int Start, int End) left, (int Start, int End) right)
    {
        if (operation is "IN" or "BETWEEN")
        {
            var first = Constant.Of(tokens, left.Start, left.End);
            int close = tokens.Close(Math.Min(right.Start, tokens.Count - 1));
            if (operation == "IN" && first is { IsNull: false } && tokens.IsSymbol(right.Start, '(')
                && !IsQuery(right.Start + 1))
            {
                return ListItems(right.Start + 1, close).All(item =>
                    Constant.Of(tokens, item.Start, item.End) is { } other && first.CompareTo(other) is not (null or 0))
                    ? RowLimit.None
                    : RowLimit.All;
            }

            return RowLimit.All;
        }

        bool? result = Constant.Of(tokens, left.Start, left.End) is { } a
            && Constant.Of(tokens, right.Start, right.End) is { } b ? Constant.Test(operation, a, b) : null;
        return result == false ? RowLimit.None : RowLimit.All;
    }

    private RowLimit ReadRowComparison(string operation, (int Start, int End) left, (int Start, int End) right,
        bool leftLooks)
    {
        if (operation is not ("IN" or "BETWEEN") && SameText(left, right))
        {
            return operation is "<>" or "<" or ">" ? RowLimit.None : RowLimit.All;
        }

        if (CancelsOut(left) || CancelsOut(right))
        {
            return RowLimit.All;
        }

        switch (operation)
        {
            case "LIKE":
                return tokens.KindAt(right.Start) == SqlTokenKind.Text && tokens[right.Start].Value is { } pattern
                    && pattern.AsSpan().Trim('%').IsEmpty && pattern.Length > 0 ? RowLimit.All : RowLimit.Some;
            case "IN":
                return ReadIn(left, right);
            case "BETWEEN":
                return ReadBetween(left, right);
            case "=" when tokens.IsAny(right.Start, "ANY", "SOME"):
                return ReadIn(left, (right.Start + 1, right.End));
            case "<>":
                return RowLimit.Most;
            case ">" or ">=" when leftLooks && Constant.Of(tokens, right.Start, right.End) is { Number: <= 1 }:
            case "<" or "<=" when !leftLooks && Constant.Of(tokens, left.Start, left.End) is { Number: <= 1 }:
                return RowLimit.Most;
            default:
                return RowLimit.Some;
        }
    }

    private RowLimit ReadIn((int Start, int End) left, (int Start, int End) right)
    {
        if (!tokens.IsSymbol(right.Start, '('))
        {
            return RowLimit.Some;
        }

        int close = tokens.Close(right.Start);
        if (IsQuery(right.Start + 1))
        {
            return tokens.Find(right.Start + 1, close, "WHERE", "LIMIT", "JOIN", "HAVING", "TOP", "UNION", "WITH",
                "VALUES") < 0 && tokens.Find(right.Start + 1, close, "FROM") >= 0
                    && ReadsSameColumn(left, right.Start + 2)
                ? RowLimit.Most : RowLimit.Some;
        }

        return ListItems(right.Start + 1, close).Any(item => SameText(left, item)) ? RowLimit.All : RowLimit.Some;
    }

    /// <summary><c>id IN (SELECT id FROM …)</c>: a copy of the whole, often.</summary>
    private bool ReadsSameColumn((int Start, int End) left, int at) => SameText((left.End - 1, left.End), (at, at + 1));

    private RowLimit ReadBetween((int Start, int End) left, (int Start, int End) right)
    {
        int and = tokens.Find(right.Start, right.End, "AND");
        if (and < 0)
        {
            return RowLimit.Some;
        }

        if (SameText(left, (right.Start, and)) && SameText(left, (and + 1, right.End)))
        {
            return RowLimit.All;
        }

        return Constant.Of(tokens, right.Start, and) is { Number: <= 1 }
            && Constant.Of(tokens, and + 1, right.End) is { Number: >= 1_000_000_000 } ? RowLimit.Most : RowLimit.Some;
    }

    /// <summary><c>x * 0</c>, <c>x - x</c>: a column that does not matter.</summary>
    private bool CancelsOut((int Start, int End) range)
    {
        for (int i = range.Start + 1; i < range.End - 1; i++)
        {
            if (tokens.IsSymbol(i, '*') && (tokens.Slice(i - 1) is "0" || tokens.Slice(i + 1) is "0"))
            {
                return true;
            }
        }

        return range.End - range.Start == 3 && tokens.IsSymbol(range.Start + 1, '-')
            && SameText((range.Start, range.Start + 1), (range.Start + 2, range.End));
    }

    /// <summary>Whether anything in the range depends on the row: a column, or a subquery that may refer to
    /// one.</summary>
    public bool LooksAtRow(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (tokens.IsSymbol(i, '(') && IsQuery(i + 1))
            {
                if (tokens.Find(i + 1, tokens.Close(i), "WHERE", "ON", "HAVING") >= 0)
                {
                    return true;
                }

                i = tokens.Close(i);
                continue;
            }

            if (tokens.IsSymbol(i, "::") || tokens.Is(i, "COLLATE") || (tokens.Is(i, "AS") && i > start))
            {
                i++;
                continue;
            }

            if (tokens.IsName(i) && IsColumn(i))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsColumn(int i)
    {
        int last = i;
        while (tokens.IsSymbol(last + 1, '.') && tokens.IsName(last + 2))
        {
            last += 2;
        }

        if (tokens.IsSymbol(last + 1, '('))
        {
            return false;
        }

        if (tokens.KindAt(i) == SqlTokenKind.QuotedName || last > i)
        {
            return true;
        }

        string word = tokens.Slice(i).ToString();
        if (NotColumns.Contains(word))
        {
            return false;
        }

        // DATE '2020-01-01', _utf8'x', and the unit after INTERVAL '1'.
        if (tokens.KindAt(i + 1) == SqlTokenKind.Text && (TypeWords.Contains(word) || word[0] == '_'))
        {
            return false;
        }

        return !(tokens.Is(i - 2, "INTERVAL") && tokens.KindAt(i - 1) is SqlTokenKind.Text or SqlTokenKind.Number);
    }

    private bool IsQuery(int i) => tokens.IsAny(i, "SELECT", "WITH", "VALUES", "TABLE");

    private bool SameText((int Start, int End) a, (int Start, int End) b)
    {
        a = Strip(a);
        b = Strip(b);
        if (a.End - a.Start != b.End - b.Start || a.End <= a.Start)
        {
            return false;
        }

        for (int i = 0; i < a.End - a.Start; i++)
        {
            if (!tokens.Slice(a.Start + i).Trim("\"`[]")
                .Equals(tokens.Slice(b.Start + i).Trim("\"`[]"), StringComparison.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    private (int Start, int End) Strip((int Start, int End) range)
    {
        while (range.End - range.Start > 2 && tokens.IsSymbol(range.Start, '(')
            && tokens.Close(range.Start) == range.End - 1)
        {
            range = (range.Start + 1, range.End - 1);
        }

        return range;
    }

    private IEnumerable<(int Start, int End)> ListItems(int start, int end)
    {
        int from = start;
        for (int i = start; i < end; i = tokens.Next(i))
        {
            if (tokens.IsSymbol(i, ','))
            {
                yield return (from, i);
                from = i + 1;
            }
        }

        yield return (from, end);
    }

    private Comparison? AsComparison(int start, int end)
    {
        bool negated = false;
        (start, end) = Strip((start, end));
        while (tokens.Is(start, "NOT"))
        {
            negated = !negated;
            (start, end) = Strip((start + 1, end));
        }

        for (int i = start; i < end; i = tokens.Next(i))
        {
            if (tokens.Is(i, "CASE"))
            {
                return null;
            }

            (string? operation, int length, bool flips) = OperationAt(i);
            if (operation is not null && i > start)
            {
                return new Comparison(operation, negated != flips, (start, i), (i + length, end));
            }
        }

        return null;
    }

    private (string? Operation, int Length, bool Negated) OperationAt(int i)
    {
        if (tokens.KindAt(i) == SqlTokenKind.Symbol)
        {
            return tokens.Slice(i) switch
            {
                "=" or "==" or "<=>" => ("=", 1, false),
                "<>" or "!=" => ("<>", 1, false),
                "<" => ("<", 1, false),
                ">" => (">", 1, false),
                "<=" => ("<=", 1, false),
                ">=" => (">=", 1, false),
                "~" or "~*" => ("REGEXP", 1, false),
                "!~" => ("REGEXP", 1, true),
                _ => (null, 0, false),
            };
        }

        int not = tokens.Is(i, "NOT") ? 1 : 0;
        int word = i + not;
        if (tokens.Is(word, "IN"))
        {
            return ("IN", 1 + not, not == 1);
        }

        if (tokens.IsAny(word, "LIKE", "ILIKE"))
        {
            return ("LIKE", 1 + not, not == 1);
        }

        if (tokens.IsAny(word, "RLIKE", "REGEXP", "SIMILAR", "GLOB", "MATCH"))
        {
            return ("REGEXP", 1 + not, not == 1);
        }

        if (tokens.Is(word, "BETWEEN"))
        {
            return ("BETWEEN", 1 + not + (tokens.IsAny(word + 1, "SYMMETRIC", "ASYMMETRIC") ? 1 : 0), not == 1);
        }

        if (tokens.Is(i, "IS"))
        {
            int isNot = tokens.Is(i + 1, "NOT") ? 1 : 0;
            return tokens.Are(i + 1 + isNot, "DISTINCT", "FROM")
                ? (isNot == 1 ? "=" : "<>", 3 + isNot, false)
                : (null, 0, false);
        }

        return (null, 0, false);
    }

    /// <summary>The disjunct as plain text, to be compared with its neighbours; null when it is no simple
    /// comparison.</summary>
    private (string Left, string Operation, string Right)? Describe(int start, int end)
    {
        (start, end) = Strip((start, end));
        if (tokens.Is(end - 1, "NULL") && tokens.Find(start, end, "IS") is var at and > 0)
        {
            return (Plain((start, at)), tokens.Is(end - 2, "NOT") ? "IS NOT" : "IS", "NULL");
        }

        return AsComparison(start, end) is { } comparison
            ? (Plain(comparison.Left), comparison.EffectiveOperation, Plain(comparison.Right)) : null;
    }

    private string Plain((int Start, int End) range)
    {
        TextSpan span = tokens.Span(range.Start, range.End);
        return tokens.Text.Substring(span.Start, span.Length).Trim();
    }

    private sealed record Comparison(string Operation, bool Negated, (int Start, int End) Left,
        (int Start, int End) Right)
    {
        public string EffectiveOperation => !Negated
            ? Operation
            : Operation switch
            {
                "=" => "<>",
                "<>" => "=",
                "<" => ">=",
                ">=" => "<",
                ">" => "<=",
                "<=" => ">",
                _ =>
            ""
            };
    }

    /// <summary>What the disjuncts of an OR leave out: <c>id &gt; 0 OR id &lt;= 0</c> leaves out nothing.</summary>
    private sealed class CoveredRanges
    {
        private const int Less = 1, Equal = 2, Greater = 4, Everything = 7;
        private readonly Dictionary<string, int> _covered = new(StringComparer.OrdinalIgnoreCase);
        private readonly Dictionary<string, (double Above, double Below)> _bounds =
            new(StringComparer.OrdinalIgnoreCase);

        public bool CoversAll(string left, string operation, string right)
        {
            int mask = operation switch
            {
                "<" => Less,
                "<=" => Less | Equal,
                "=" or "IS" => Equal,
                ">=" => Greater | Equal,
                ">" => Greater,
                "<>" or "IS NOT" => Less | Greater,
                _ => 0,
            };
            string key = left + "\0" + right;
            mask |= _covered.GetValueOrDefault(key);
            _covered[key] = mask;
            if (mask == Everything)
            {
                return true;
            }

            if (!double.TryParse(right, CultureInfo.InvariantCulture, out double number))
            {
                return false;
            }

            (double above, double below) =
                _bounds.GetValueOrDefault(left, (double.PositiveInfinity, double.NegativeInfinity));
            if (operation is ">" or ">=")
            {
                above = Math.Min(above, number);
            }
            else if (operation is "<" or "<=")
            {
                below = Math.Max(below, number);
            }

            _bounds[left] = (above, below);
            return above < below;
        }
    }
}
