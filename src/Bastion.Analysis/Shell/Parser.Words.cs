using System.Buffers;
using System.Text;

namespace Bastion.Analysis.Shell;

/// <summary>Words and quoting (XCU 2.2).</summary>
internal sealed partial class Parser
{
    private static readonly SearchValues<char> UnquotedSpecial = SearchValues.Create(" \t\n;&|()<>\\'\"$`");
    private static readonly SearchValues<char> DoubleQuotedSpecial = SearchValues.Create("\"\\$`");

    private ScratchLists<WordPart> _partLists;

    /// <summary>Patterns such as <c>@(a|b)</c> are read: always inside <c>[[ ]]</c>, elsewhere only after <c>shopt -s
    /// extglob</c>, which a parser cannot know.</summary>
    private bool _extendedGlobs;

    /// <summary>Reads up to the next blank or operator; at least one character is taken, or the reading has
    /// failed.</summary>
    private Word ReadWord() => ReadPlainWord() ?? ReadWord(_position, _partLists.Take());

    /// <summary>From where the parts already read end.</summary>
    private Word ReadWord(int start, List<WordPart> parts)
    {
        while (_position < _limit)
        {
            _steps++;
            int run = _text.AsSpan(_position, _limit - _position).IndexOfAny(UnquotedSpecial);
            if (run != 0)
            {
                AddLiteral(parts, run < 0 ? _limit : _position + run);
                continue;
            }

            char c = _text[_position];
            if (c is '\\' or '\'' or '"' or '$' or '`')
            {
                ReadSpecial(parts, inDoubleQuotes: false);
            }
            else if (c is '<' or '>' && AtProcessSubstitution())
            {
                parts.Add(ReadProcessSubstitution());
            }
            else if (c != '(' || !TryReadExtendedGlob(parts))
            {
                break;
            }
        }

        return new Word(Place(start), Place(_position), FinishParts(parts));
    }

    /// <summary>Most words are a run of plain characters.</summary>
    private Word? ReadPlainWord()
    {
        int run = _text.AsSpan(_position, _limit - _position).IndexOfAny(UnquotedSpecial);
        int end = run < 0 ? _limit : _position + run;
        if (run == 0 || (run > 0 && _text[end] is not (' ' or '\t' or '\n' or ';' or '&' or '|' or ')')))
        {
            return null;
        }

        _steps++;
        var literal = new Literal(Place(_position), Place(end), TextAt(_position, end));
        _position = end;
        return new Word(literal.Start, literal.End, new PartList(literal));
    }

    private string TextAt(int start, int end) => _pool.Get(_text.AsSpan(start, end - start));

    private PartList FinishParts(List<WordPart> parts)
    {
        if (parts is not [var only])
        {
            return new PartList(_partLists.Finish(parts));
        }

        _partLists.Return(parts);
        return new PartList(only);
    }

    private void AddLiteral(List<WordPart> parts, int end)
    {
        parts.Add(new Literal(Place(_position), Place(end), TextAt(_position, end)));
        _position = end;
    }

    /// <summary>A backslash, a quote, a dollar sign or a backquote.</summary>
    private void ReadSpecial(List<WordPart> parts, bool inDoubleQuotes)
    {
        switch (_text[_position])
        {
            case '\\':
                ReadBackslash(parts, inDoubleQuotes);
                break;
            case '\'':
                parts.Add(ReadSingleQuoted());
                break;
            case '"':
                parts.Add(ReadDoubleQuoted(localized: false));
                break;
            case '$':
                parts.Add(ReadDollar(inDoubleQuotes));
                break;
            default:
                parts.Add(ReadBackquoted(inDoubleQuotes));
                break;
        }
    }

    private void ReadBackslash(List<WordPart> parts, bool inDoubleQuotes)
    {
        int start = _position;
        if (_position + 1 >= _limit)
        {
            AddLiteral(parts, _limit);
            return;
        }

        char next = _text[_position + 1];
        _position += 2;
        if (next == '\n')
        {
            return;
        }

        if (inDoubleQuotes && next is not ('$' or '`' or '"' or '\\'))
        {
            parts.Add(new Quoted(Place(start), Place(_position), "\\" + next, QuoteStyle.Backslash));
        }
        else
        {
            parts.Add(
                new Quoted(Place(start), Place(_position), TextAt(_position - 1, _position), QuoteStyle.Backslash));
        }
    }

    private Quoted ReadSingleQuoted()
    {
        int start = _position;
        int end = _text.IndexOf('\'', _position + 1, _limit - _position - 1);
        int close = end < 0 ? _limit : end;
        var part =
            new Quoted(Place(start), Place(Math.Min(close + 1, _limit)), TextAt(start + 1, close), QuoteStyle.Single);
        _position = close + 1;
        if (end < 0)
        {
            Unclosed('\'');
        }

        return part;
    }

    private DoubleQuoted ReadDoubleQuoted(bool localized)
    {
        int start = _position - (localized ? 1 : 0);
        List<WordPart> parts = _partLists.Take();
        _position++;
        if (Enter())
        {
            ReadQuotedParts(parts);
            _depth--;
        }

        if (_position < _limit)
        {
            _position++;
        }
        else if (_failure is null)
        {
            Unclosed('"');
        }

        return new DoubleQuoted(Place(start), Place(_position), FinishParts(parts), localized);
    }

    /// <summary>Parts as between double quotes, up to a double quote or the limit.</summary>
    private void ReadQuotedParts(List<WordPart> parts)
    {
        while (_position < _limit)
        {
            _steps++;
            int run = _text.AsSpan(_position, _limit - _position).IndexOfAny(DoubleQuotedSpecial);
            if (run != 0)
            {
                AddLiteral(parts, run < 0 ? _limit : _position + run);
            }
            else if (_text[_position] == '"')
            {
                return;
            }
            else
            {
                ReadSpecial(parts, inDoubleQuotes: true);
            }
        }
    }

    private void Unclosed(char quote)
    {
        _position = _limit;
        Fail($"`{quote}` is not closed", incomplete: true);
    }

    /// <summary><c>$'…'</c> (XCU 2.2.4, and bash's further escapes).</summary>
    private Quoted ReadAnsiC()
    {
        int start = _position;
        var value = new StringBuilder();
        int at = _position + 2;
        while (at < _limit && _text[at] != '\'')
        {
            _steps++;
            if (_text[at] == '\\' && at + 1 < _limit)
            {
                at = AnsiEscapes.Decode(_text.AsSpan(0, _limit), at, value);
            }
            else
            {
                value.Append(_text[at++]);
            }
        }

        _position = Math.Min(at + 1, _limit);
        var part = new Quoted(Place(start), Place(_position), value.ToString(), QuoteStyle.AnsiC);
        if (at >= _limit)
        {
            Unclosed('\'');
        }

        return part;
    }

    private bool TryReadExtendedGlob(List<WordPart> before)
    {
        int start = _position;
        if (_dialect == ShellDialect.Posix || before is not [.., Literal] || start == 0)
        {
            return false;
        }

        char kind = _text[start - 1];
        if (_dialect != ShellDialect.Zsh && kind is not ('?' or '*' or '+' or '@' or '!'))
        {
            return false;
        }

        if (!_extendedGlobs && _dialect == ShellDialect.Bash)
        {
            if (ClosesAtOnce())
            {
                return false;
            }

            _deviation ??= new ParseFailure(Place(start), "bash reads this pattern only after `shopt -s extglob`",
                Incomplete: false, Recovered: true);
        }

        if (!Enter())
        {
            return true;
        }

        List<WordPart> parts = _partLists.Take();
        _position++;
        int level = 1;
        while (_position < _limit)
        {
            _steps++;
            int run = _text.AsSpan(_position, _limit - _position).IndexOfAny(UnquotedSpecial);
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

            level += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (level == 0)
            {
                break;
            }

            AddLiteral(parts, _position + 1);
        }

        _depth--;
        if (_position < _limit)
        {
            _position++;
        }
        else if (_failure is null)
        {
            Unclosed('(');
        }

        before.Add(new ExtendedGlob(Place(start), Place(_position), kind, FinishParts(parts)));
        return true;
    }

    /// <summary>The right side of <c>=~</c>: blanks end it outside parentheses, and operators are its own.</summary>
    private Word ReadRegex()
    {
        int start = _position;
        List<WordPart> parts = _partLists.Take();
        int level = 0;
        while (_position < _limit)
        {
            _steps++;
            int run = _text.AsSpan(_position, _limit - _position).IndexOfAny(UnquotedSpecial);
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

            if (level == 0 && c is ' ' or '\t' or '\n')
            {
                break;
            }

            if (level == 0 && c is ')' or ';' || (level == 0 && c == '&'))
            {
                break;
            }

            level += c == '(' ? 1 : c == ')' ? -1 : 0;
            AddLiteral(parts, _position + 1);
        }

        if (level > 0 && _failure is null)
        {
            Unclosed('(');
        }

        return new Word(Place(start), Place(_position), FinishParts(parts));
    }
}
