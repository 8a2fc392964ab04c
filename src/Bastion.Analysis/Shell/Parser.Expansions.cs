using System.Buffers;
using System.Text;

namespace Bastion.Analysis.Shell;

/// <summary>Expansions (XCU 2.6): parameters, commands, processes, arithmetic.</summary>
internal sealed partial class Parser
{
    private static readonly SearchValues<char> BraceSpecial = SearchValues.Create("}\\'\"$`/:<>");
    private static readonly SearchValues<char> SubscriptSpecial = SearchValues.Create("[]\\'\"$`");
    private static readonly SearchValues<char> ArithmeticSpecial = SearchValues.Create("()\\'\"`");

    private WordPart ReadDollar(bool inDoubleQuotes)
    {
        int start = _position;
        int at = _position + 1;
        while (at + 1 < _limit && _text[at] == '\\' && _text[at + 1] == '\n')
        {
            at += 2;
        }

        char c = at < _limit ? _text[at] : '\0';
        switch (c)
        {
            case '\'' when !inDoubleQuotes && _dialect != ShellDialect.Posix:
                return ReadAnsiC();
            case '"' when !inDoubleQuotes && _dialect != ShellDialect.Posix:
                _position = at;
                return ReadDoubleQuoted(localized: true);
            case '(':
                _position = at + 1;
                return ReadDollarParenthesis(start);
            case '{':
                _position = at + 1;
                return ReadBraced(start, inDoubleQuotes);
            case '[' when _dialect != ShellDialect.Posix:
                _position = at + 1;
                return new ArithmeticExpansion(Place(start), Place(_position), ReadSubscript().PartList);
            case '@' or '*' or '#' or '?' or '-' or '$' or '!' or (>= '0' and <= '9'):
                _position = at + 1;
                return new ParameterExpansion(Place(start), Place(_position), TextAt(at, at + 1));
        }

        int end = EndOfName(at);
        if (end > at)
        {
            _position = end;
            return new ParameterExpansion(Place(start), Place(end), TextAt(at, end));
        }

        _position = start + 1;
        return new Literal(Place(start), Place(_position), "$");
    }

    /// <summary><c>$((</c> is arithmetic when its parentheses close as <c>))</c>, else a command substitution with a
    /// subshell first.</summary>
    private WordPart ReadDollarParenthesis(int start)
    {
        if (!Enter())
        {
            return new Literal(Place(start), Place(_position), "");
        }

        WordPart part;
        int close = _position < _limit && _text[_position] == '(' ? FindArithmeticEnd(_position + 1) : -1;
        if (close >= 0)
        {
            Word expression = ReadArithmetic(_position + 1, close);
            _position = _failure is null ? close + 2 : _limit;
            part = new ArithmeticExpansion(Place(start), Place(_position), expression.PartList);
        }
        else
        {
            Script body = ReadSubstitutionBody();
            part = new CommandSubstitution(Place(start), Place(_position), body, backquoted: false);
        }

        _depth--;
        return part;
    }

    private ProcessSubstitution ReadProcessSubstitution()
    {
        int start = _position;
        bool output = _text[_position] == '>';
        _position += 2;
        if (!Enter())
        {
            return new ProcessSubstitution(Place(start), Place(start), NoScript(), output);
        }

        Script body = ReadSubstitutionBody();
        _depth--;
        return new ProcessSubstitution(Place(start), Place(_position), body, output);
    }

    /// <summary>The list up to <c>)</c>. Here-documents begun outside wait for a newline outside.</summary>
    private Script ReadSubstitutionBody()
    {
        Queue<PendingHereDocument>? waiting = _pendingHereDocuments;
        bool globs = _extendedGlobs;
        _pendingHereDocuments = null;
        _extendedGlobs = false;
        _substitutionDepth++;
        Script body = ParseList(Closers.Parenthesis);
        Expect(')');
        _substitutionDepth--;
        _extendedGlobs = globs;
        while (_pendingHereDocuments is not null && _pendingHereDocuments.TryDequeue(out PendingHereDocument? document))
        {
            (waiting ??= []).Enqueue(document);
        }

        _pendingHereDocuments = waiting;
        return body;
    }

    /// <summary>Backquotes: a backslash before <c>$</c>, <c>`</c>, <c>\</c> is taken away, and what remains is a script
    /// that the shell reads only when it runs it; its mistakes are therefore its own.</summary>
    private CommandSubstitution ReadBackquoted(bool inDoubleQuotes)
    {
        int start = _position;
        var inner = new StringBuilder();
        var map = new List<int>();
        int at = _position + 1;
        while (at < _limit && _text[at] != '`')
        {
            _steps++;
            map.Add(Place(at));
            if (_text[at] == '\\' && at + 1 < _limit
                && (_text[at + 1] is '$' or '`' or '\\' || (inDoubleQuotes && _text[at + 1] == '"')))
            {
                at++;
            }

            inner.Append(_text[at++]);
        }

        map.Add(Place(at));
        _position = Math.Min(at + 1, _limit);
        Script body = ParseInner(inner.ToString(), 0, [.. map]);
        var part = new CommandSubstitution(Place(start), Place(_position), body, backquoted: true);
        if (at >= _limit)
        {
            Unclosed('`');
        }

        return part;
    }

    private Script ParseInner(string inner, int innerOffset, int[]? map)
    {
        if (!Enter())
        {
            return NoScript();
        }

        var parser = new Parser(inner, _dialect, innerOffset, map, _depth);
        Script body = parser.ParseAll();
        _steps += parser.Steps;
        _depth--;
        return body;
    }

    private WordPart ReadBraced(int start, bool inDoubleQuotes)
    {
        if (!Enter())
        {
            return new Literal(Place(start), Place(_position), "");
        }

        WordPart part = _position < _limit && _text[_position] is ' ' or '\t' or '\n' or '|'
            && _dialect != ShellDialect.Posix
            ? ReadFunctionSubstitution(start)
            : ReadParameter(start, inDoubleQuotes);
        _depth--;
        return part;
    }

    /// <summary><c>${ command; }</c> and <c>${| command; }</c> of ksh and bash 5.3.</summary>
    private CommandSubstitution ReadFunctionSubstitution(int start)
    {
        int from = _position + (_text[_position] == '|' ? 1 : 0);
        ReadBraceArgument(inDoubleQuotes: false, quotes: true, '\0');
        int end = Math.Min(_position, _limit);
        CloseBrace();
        Script body = _places is null
            ? ParseInner(_text[Math.Min(from, end)..end], _offset + from, null)
            : ParseInner(_text[Math.Min(from, end)..end], 0,
            _places[Math.Min(from, end)..Math.Min(end + 1, _places.Length)]);
        return new CommandSubstitution(Place(start), Place(_position), body, backquoted: false);
    }

    private ParameterExpansion ReadParameter(int start, bool inDoubleQuotes)
    {
        bool length = Peek(0) == '#' && IsParameterStart(_position + 1) && !(Peek(1) is '-' or '?' && Peek(2) != '}');
        if (length)
        {
            _position++;
        }

        bool indirect = !length && Peek(0) == '!' && IsParameterStart(_position + 1) && Peek(1) is not ('-' or '?');
        if (indirect)
        {
            _position++;
        }

        string name = ReadParameterName();
        Word? subscript = null;
        if (name.Length > 0 && Peek(0) == '[' && _dialect != ShellDialect.Posix)
        {
            _position++;
            subscript = ReadSubscript();
        }

        string symbol = _position < _limit && Peek(0) != '}' ? ReadParameterOperator() : "";
        Word? argument = null, second = null;
        if (symbol.Length > 0 || Peek(0) != '}')
        {
            bool pattern = symbol is ['#' or '%' or '/' or '^' or ',', ..];
            char stop = symbol is ['/', ..] ? '/' : symbol == ":" ? ':' : '\0';
            argument =
                ReadBraceArgument(inDoubleQuotes, !inDoubleQuotes || pattern, stop, neverEmpty: symbol is "/" or "//");
            if (stop != '\0' && _position < _limit && _text[_position] == stop)
            {
                _position++;
                second = ReadBraceArgument(inDoubleQuotes, !inDoubleQuotes, '\0');
            }
        }

        CloseBrace();
        return new ParameterExpansion(Place(start), Place(_position), name)
        {
            Subscript = subscript,
            Length = length,
            Indirect = indirect,
            Operator = symbol,
            Argument = argument,
            Second = second,
        };
    }

    private void CloseBrace()
    {
        if (_failure is not null)
        {
            return;
        }

        if (_position < _limit && _text[_position] == '}')
        {
            _position++;
        }
        else
        {
            Unclosed('{');
        }
    }

    private bool IsParameterStart(int at) =>
        at < _limit
        && (char.IsAsciiLetterOrDigit(_text[at]) || _text[at] is '_' or '@' or '*' or '?' or '-' or '$' or '!' or '#');

    private string ReadParameterName()
    {
        int start = _position;
        int end = EndOfName(_position);
        if (end == start && end < _limit && char.IsAsciiDigit(_text[end]))
        {
            while (end < _limit && char.IsAsciiDigit(_text[end]))
            {
                end++;
            }
        }
        else if (end == start && end < _limit && _text[end] is '@' or '*' or '#' or '?' or '-' or '$' or '!')
        {
            end++;
        }

        _position = end;
        return TextAt(start, end);
    }

    private string ReadParameterOperator()
    {
        ReadOnlySpan<char> rest = _text.AsSpan(_position, Math.Min(2, _limit - _position));
        int length = rest switch
        {
            [':', '-' or '=' or '?' or '+'] => 2,
            ['#', '#'] or ['%', '%'] or ['/', '/' or '#' or '%'] or ['^', '^'] or [',', ','] or ['~', '~'] => 2,
            ['-' or '=' or '?' or '+' or '#' or '%' or '/' or '^' or ',' or '~' or ':' or '@' or '*', ..] => 1,
            _ => 0,
        };
        _position += length;
        return TextAt(_position - length, _position);
    }

    /// <summary>Up to an unquoted <c>}</c>, or to <paramref name="stop"/> when it is given.</summary>
    /// <param name="neverEmpty">Where it stands first, the stop is no stop: <c>${x///-}</c>.</param>
    private Word ReadBraceArgument(bool inDoubleQuotes, bool quotes, char stop, bool neverEmpty = false)
    {
        int start = _position;
        List<WordPart> parts = _partLists.Take();
        while (_position < _limit)
        {
            _steps++;
            int run = _text.AsSpan(_position, _limit - _position).IndexOfAny(BraceSpecial);
            if (run != 0)
            {
                AddLiteral(parts, run < 0 ? _limit : _position + run);
                continue;
            }

            char c = _text[_position];
            if (c == '}' || (c == stop && (parts.Count > 0 || !neverEmpty)))
            {
                break;
            }

            if (c is '\\' && inDoubleQuotes && _position + 1 < _limit && _text[_position + 1] is '}' or '\'')
            {
                parts.Add(new Quoted(Place(_position), Place(_position + 2), TextAt(_position + 1, _position + 2),
                    QuoteStyle.Backslash));
                _position += 2;
            }
            else if (c == '\'' && !quotes && _dialect != ShellDialect.Posix)
            {
                ReadApostrophes(parts);
            }
            else if (c == '\'' ? quotes : c is '\\' or '"' or '$' or '`')
            {
                ReadSpecial(parts, inDoubleQuotes);
            }
            else if (c is '<' or '>' && !inDoubleQuotes && AtProcessSubstitution())
            {
                parts.Add(ReadProcessSubstitution());
            }
            else
            {
                AddLiteral(parts, _position + 1);
            }
        }

        return new Word(Place(start), Place(_position), FinishParts(parts));
    }

    /// <summary>Between double quotes, bash pairs apostrophes in <c>${x-…}</c> when it looks for the closing brace, but
    /// what is between them is expanded and they themselves stay.</summary>
    private void ReadApostrophes(List<WordPart> parts)
    {
        int close = _text.IndexOf('\'', _position + 1, _limit - _position - 1);
        AddLiteral(parts, _position + 1);
        if (close < 0)
        {
            Unclosed('\'');
            return;
        }

        ReadBoundedParts(_position, close, parts);
        AddLiteral(parts, close + 1);
    }

    /// <summary>What stands in brackets; the position is after the opening one, and comes to stand after the closing
    /// one.</summary>
    private Word ReadSubscript()
    {
        int start = _position;
        List<WordPart> parts = _partLists.Take();
        int level = 1;
        while (_position < _limit)
        {
            _steps++;
            int run = _text.AsSpan(_position, _limit - _position).IndexOfAny(SubscriptSpecial);
            if (run != 0)
            {
                AddLiteral(parts, run < 0 ? _limit : _position + run);
                continue;
            }

            char c = _text[_position];
            if (c is '\\' or '\'' or '"' or '$' or '`')
            {
                ReadSpecial(parts, inDoubleQuotes: false);
                continue;
            }

            level += c == '[' ? 1 : -1;
            if (level == 0)
            {
                break;
            }

            AddLiteral(parts, _position + 1);
        }

        var word = new Word(Place(start), Place(_position), FinishParts(parts));
        if (_position < _limit)
        {
            _position++;
        }
        else if (_failure is null)
        {
            Unclosed('[');
        }

        return word;
    }

    /// <summary>The place of the first of the two parentheses that close arithmetic begun before <paramref name="at"/>;
    /// -1 when they do not come together.</summary>
    private int FindArithmeticEnd(int at)
    {
        int level = 0;
        while (at < _limit)
        {
            _steps++;
            int run = _text.AsSpan(at, _limit - at).IndexOfAny(ArithmeticSpecial);
            if (run < 0)
            {
                return -1;
            }

            at += run;
            switch (_text[at])
            {
                case '(':
                    level++;
                    break;
                case ')' when level-- == 0:
                    return at + 1 < _limit && _text[at + 1] == ')' ? at : -1;
                case ')':
                    break;
                case '\\':
                    at++;
                    break;
                default:
                    at = SkipQuoted(at);
                    break;
            }

            at++;
        }

        return -1;
    }

    /// <summary>From an opening quote or backquote to its closing one.</summary>
    private int SkipQuoted(int at)
    {
        char quote = _text[at++];
        while (at < _limit && _text[at] != quote)
        {
            _steps++;
            at += _text[at] == '\\' && quote != '\'' ? 2 : 1;
        }

        return at;
    }

    private Word ReadArithmetic(int start, int end)
    {
        int outer = _limit;
        _limit = end;
        _position = start;
        List<WordPart> parts = _partLists.Take();
        while (_position < _limit && _failure is null)
        {
            ReadQuotedParts(parts);
            if (_position < _limit && _text[_position] == '"')
            {
                _position++;
            }
        }

        _limit = outer;
        if (_failure is not null)
        {
            _position = _limit;
        }

        return new Word(Place(start), Place(end), FinishParts(parts));
    }
}
