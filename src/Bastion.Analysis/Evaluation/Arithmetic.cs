using System.Globalization;

namespace Bastion.Analysis.Evaluation;

/// <summary>
/// Arithmetic of the shell (XCU 2.6.4; bash's ARITHMETIC EVALUATION) on constants and on variables whose value is
/// known: 64 bits that wrap around, assignments included. Where shells differ, or the shell would fail (a division by
/// zero), nothing is known.
/// </summary>
internal sealed class Arithmetic
{
    /// <summary>Longer expressions are not written by hand.</summary>
    private const int MaximumLength = 1024;

    /// <summary>Operands in operands, through parentheses, and through variables whose value is an expression itself:
    /// each costs stack.</summary>
    private const int MaximumDepth = 64;

    private readonly string _text;
    private readonly ShellState _state;
    private readonly ShellDialect _dialect;
    private int _depth;
    private int _at;
    private bool _failed;

    /// <summary>Inside an operand that the shell reads but does not evaluate: the right side of <c>0 &amp;&amp;
    /// …</c>.</summary>
    private int _skipping;

    private Arithmetic(string text, ShellState state, ShellDialect dialect, int depth)
    {
        this._text = text;
        this._state = state;
        this._dialect = dialect;
        this._depth = depth;
    }

    /// <summary>The value; null when it is not known, and then nothing is known of what the expression may have
    /// assigned to.</summary>
    public static long? Evaluate(string text, ShellState state, ShellDialect dialect) =>
        Evaluate(text, state, dialect, 0);

    private static long? Evaluate(string text, ShellState state, ShellDialect dialect, int depth)
    {
        if (text.Length <= MaximumLength)
        {
            var reader = new Arithmetic(text, state, dialect, depth);
            if (reader.AtEnd())
            {
                return 0;
            }

            long value = reader.ReadList();
            if (!reader._failed && reader.AtEnd())
            {
                return value;
            }
        }

        Forget(text, state);
        return null;
    }

    /// <summary>What an expression that cannot be evaluated may have changed is uncertain from then on.</summary>
    public static void Forget(string text, ShellState state)
    {
        if (!text.Contains('=') && !text.Contains("++", StringComparison.Ordinal)
            && !text.Contains("--", StringComparison.Ordinal))
        {
            return;
        }

        for (int i = 0; i < text.Length;)
        {
            int end = i;
            while (end < text.Length && IsNamePart(text[end]))
            {
                end++;
            }

            if (end > i && !char.IsAsciiDigit(text[i]) && state.Find(text[i..end]) is { } variable)
            {
                state.Set(text[i..end], variable with { Certain = false });
            }

            i = end + 1;
        }
    }

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private long ReadList()
    {
        long value = ReadAssignment();
        while (_dialect != ShellDialect.Posix && Take(","))
        {
            value = ReadAssignment();
        }

        return value;
    }

    private static readonly string[] AssignmentOperators =
        ["<<=", ">>=", "*=", "/=", "%=", "+=", "-=", "&=", "^=", "|=", "="];

    private long ReadAssignment()
    {
        int start = _at;
        if (TakeName() is { } name && !AtSign('[') && AssignmentOperator() is { } symbol)
        {
            if (++_depth > MaximumDepth)
            {
                return Fail();
            }

            long left = symbol == "=" ? 0 : ValueOf(name);
            long right = ReadAssignment();
            _depth--;
            return Assign(name, symbol == "=" ? right : Operate(symbol[..^1], left, right));
        }

        _at = start;
        return ReadConditional();
    }

    private string? AssignmentOperator()
    {
        SkipBlanks();
        if (_text.AsSpan(_at).StartsWith("=="))
        {
            return null;
        }

        return Array.Find(AssignmentOperators, Take);
    }

    private long Assign(string name, long value)
    {
        if (_skipping > 0)
        {
            return value;
        }

        if (_state.Find(name) is { Array: not null })
        {
            _failed = true;
        }

        if (!_failed)
        {
            _state.Set(name, new Variable(value.ToString(CultureInfo.InvariantCulture), Certain: true));
        }

        return value;
    }

    private long ReadConditional()
    {
        long condition = ReadBinary(0);
        if (!Take("?"))
        {
            return condition;
        }

        if (++_depth > MaximumDepth)
        {
            return Fail();
        }

        long then = Skipping(condition == 0, ReadList);
        if (!Take(":"))
        {
            return Fail();
        }

        long otherwise = Skipping(condition != 0, ReadConditional);
        _depth--;
        return condition != 0 ? then : otherwise;
    }

    private long Skipping(bool skip, Func<long> read)
    {
        _skipping += skip ? 1 : 0;
        long value = read();
        _skipping -= skip ? 1 : 0;
        return value;
    }

    /// <summary>Binary operators, the loosest first. Within a level the longer ones stand before those they begin
    /// with.</summary>
    private static readonly string[][] Levels =
        [["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<=", ">=", "<", ">"], ["<<", ">>"], ["+", "-"],
        ["*", "/", "%"]];

    private long ReadBinary(int level)
    {
        if (level == Levels.Length)
        {
            return ReadPower();
        }

        long left = ReadBinary(level + 1);
        while (!_failed && BinaryOperator(Levels[level]) is { } symbol)
        {
            bool decided = (symbol == "||" && left != 0) || (symbol == "&&" && left == 0);
            long right = Skipping(decided, () => ReadBinary(level + 1));
            left = Operate(symbol, left, right);
        }

        return left;
    }

    /// <summary>The operator of this level that stands here: not one of another level that begins alike, nor an
    /// assignment.</summary>
    private string? BinaryOperator(string[] level)
    {
        SkipBlanks();
        foreach (string symbol in level)
        {
            ReadOnlySpan<char> rest = _text.AsSpan(_at);
            if (!rest.StartsWith(symbol))
            {
                continue;
            }

            char next = rest.Length > symbol.Length ? rest[symbol.Length] : '\0';
            bool other = symbol is "|" or "&" or "<" or ">" or "*" or "+" or "-" && next == symbol[0];
            bool assigns = next == '=' && symbol is not ("==" or "!=" or "<=" or ">=" or "||" or "&&" or "<" or ">");
            if (other || assigns)
            {
                return null;
            }

            _at += symbol.Length;
            return symbol;
        }

        return null;
    }

    private long ReadPower()
    {
        long left = ReadUnary();
        if (_dialect == ShellDialect.Posix || !Take("**"))
        {
            return left;
        }

        // Even where it is skipped bash refuses a negative exponent.
        if (AtSign('=') || _skipping > 0)
        {
            return Fail();
        }

        return Operate("**", left, ReadPower());
    }

    private long ReadUnary()
    {
        if (++_depth > MaximumDepth)
        {
            return Fail();
        }

        long value = ReadUnaryHere();
        _depth--;
        return value;
    }

    private long ReadUnaryHere()
    {
        SkipBlanks();
        ReadOnlySpan<char> rest = _text.AsSpan(_at);
        if (rest.StartsWith("++") || rest.StartsWith("--"))
        {
            return ReadChanged();
        }

        if (Take("!"))
        {
            return ReadUnary() == 0 ? 1 : 0;
        }

        if (Take("~"))
        {
            return ~ReadUnary();
        }

        if (Take("-"))
        {
            return unchecked(-ReadUnary());
        }

        return Take("+") ? ReadUnary() : ReadPrimary();
    }

    /// <summary><c>++x</c>; before anything but a name the two signs are each a sign, which is more than anybody
    /// writes.</summary>
    private long ReadChanged()
    {
        int by = _text[_at] == '+' ? 1 : -1;
        _at += 2;
        return _dialect != ShellDialect.Posix && TakeName() is { } name && !AtSign('[')
            ? Assign(name, unchecked(ValueOf(name) + by))
            : Fail();
    }

    private long ReadPrimary()
    {
        if (Take("("))
        {
            long inner = ReadList();
            return Take(")") ? inner : Fail();
        }

        if (TakeName() is not { } name)
        {
            return ReadNumber();
        }

        if (AtSign('['))
        {
            return ReadElement(name);
        }

        long value = ValueOf(name);
        if (_dialect == ShellDialect.Posix)
        {
            return value;
        }

        if (Take("++"))
        {
            Assign(name, unchecked(value + 1));
        }
        else if (Take("--"))
        {
            Assign(name, unchecked(value - 1));
        }

        return value;
    }

    private long ReadElement(string name)
    {
        _at++;
        long index = ReadList();
        if (!Take("]") || AtChange()
            || _state.Find(name) is not { Certain: true, IsAttributed: false, Array: { } items })
        {
            return _skipping > 0 && !_failed ? 0 : Fail();
        }

        index = index < 0 ? items.Count + index : index;
        return index < 0 ? Fail() : index < items.Count ? Evaluated(items[(int)index]) : 0;
    }

    /// <summary>Elements are not changed here.</summary>
    private bool AtChange()
    {
        SkipBlanks();
        ReadOnlySpan<char> rest = _text.AsSpan(_at);
        return rest.StartsWith("++") || rest.StartsWith("--")
            || (!rest.StartsWith("==")
            && Array.Exists(AssignmentOperators, symbol => _text.AsSpan(_at).StartsWith(symbol)));
    }

    private long ReadNumber()
    {
        SkipBlanks();
        int start = _at;
        while (_at < _text.Length && (IsNamePart(_text[_at]) || _text[_at] is '#' or '@'))
        {
            _at++;
        }

        return ParseNumber(_text.AsSpan(start, _at - start), _dialect) ?? Fail();
    }

    /// <summary>A constant: decimal, octal after <c>0</c>, hexadecimal after <c>0x</c>, or after a base from 2 to 64
    /// and <c>#</c>.
    /// Null for what is none, and for one beyond 64 bits, which not all shells read alike.</summary>
    private static long? ParseNumber(ReadOnlySpan<char> digits, ShellDialect dialect)
    {
        int radix = 10;
        int hash = digits.IndexOf('#');
        if (hash >= 0)
        {
            if (dialect == ShellDialect.Posix || !int.TryParse(digits[..hash], NumberStyles.None,
                CultureInfo.InvariantCulture, out radix) || radix is < 2 or > 64 || digits[0] == '0')
            {
                return null;
            }

            digits = digits[(hash + 1)..];
        }
        else if (digits is ['0', 'x' or 'X', ..])
        {
            radix = 16;
            digits = digits[2..];
        }
        else if (digits is ['0', _, ..])
        {
            radix = 8;
        }

        if (digits.IsEmpty)
        {
            return null;
        }

        Int128 value = 0;
        foreach (char c in digits)
        {
            int digit = DigitOf(c, radix);
            value = (value * radix) + digit;
            if (digit < 0 || digit >= radix || value > long.MaxValue)
            {
                return null;
            }
        }

        return (long)value;
    }

    private static int DigitOf(char c, int radix) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'z' => c - 'a' + 10,
        >= 'A' and <= 'Z' => c - 'A' + (radix <= 36 ? 10 : 36),
        '@' => 62,
        '_' => 63,
        _ => -1,
    };

    private long ValueOf(string name)
    {
        if (_skipping > 0)
        {
            return 0;
        }

        return _state.Find(name) switch
        {
            { Certain: true, IsUnset: true } => 0,
            { Certain: true, Array: { } items } => items.Count > 0 ? Evaluated(items[0]) : 0,
            { Certain: true } variable => Evaluated(variable.Text),
            _ => Fail(),
        };
    }

    private long Evaluated(string value)
    {
        if (_skipping > 0)
        {
            return 0;
        }

        // Only bash goes on reading names in a value.
        if (_dialect == ShellDialect.Posix && value.Length > 0
            && ParseNumber(value.AsSpan(value[0] == '-' ? 1 : 0), _dialect) is null)
        {
            return Fail();
        }

        return Evaluate(value, _state, _dialect, _depth + 1) ?? Fail();
    }

    private long Operate(string symbol, long left, long right)
    {
        if (_skipping > 0 || _failed)
        {
            return 0;
        }

        return symbol switch
        {
            "||" => left != 0 || right != 0 ? 1 : 0,
            "&&" => left != 0 && right != 0 ? 1 : 0,
            "|" => left | right,
            "^" => left ^ right,
            "&" => left & right,
            "==" => left == right ? 1 : 0,
            "!=" => left != right ? 1 : 0,
            "<=" => left <= right ? 1 : 0,
            ">=" => left >= right ? 1 : 0,
            "<" => left < right ? 1 : 0,
            ">" => left > right ? 1 : 0,
            "<<" when right is >= 0 and < 64 => left << (int)right,
            ">>" when right is >= 0 and < 64 => left >> (int)right,
            "+" => unchecked(left + right),
            "-" => unchecked(left - right),
            "*" => unchecked(left * right),
            "/" when right != 0 && (left, right) is not (long.MinValue, -1) => left / right,
            "%" when right != 0 && (left, right) is not (long.MinValue, -1) => left % right,
            "**" when right >= 0 => Power(left, right),
            _ => Fail(),
        };
    }

    private static long Power(long number, long exponent)
    {
        long result = 1L;
        for (; exponent > 0; exponent >>= 1)
        {
            if ((exponent & 1) != 0)
            {
                result = unchecked(result * number);
            }

            number = unchecked(number * number);
        }

        return result;
    }

    private long Fail()
    {
        _failed = true;
        _at = _text.Length;
        return 0;
    }

    private bool AtEnd()
    {
        SkipBlanks();
        return _at == _text.Length;
    }

    private bool AtSign(char sign)
    {
        SkipBlanks();
        return _at < _text.Length && _text[_at] == sign;
    }

    private bool Take(string symbol)
    {
        SkipBlanks();
        if (!_text.AsSpan(_at).StartsWith(symbol))
        {
            return false;
        }

        _at += symbol.Length;
        return true;
    }

    private string? TakeName()
    {
        SkipBlanks();
        if (_at >= _text.Length || !(char.IsAsciiLetter(_text[_at]) || _text[_at] == '_'))
        {
            return null;
        }

        int start = _at;
        while (_at < _text.Length && IsNamePart(_text[_at]))
        {
            _at++;
        }

        return _text[start.._at];
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t' or '\n')
        {
            _at++;
        }
    }
}
