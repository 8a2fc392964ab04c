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
        var start = position;
        var at = position + 1;
        while (at + 1 < limit && text[at] == '\\' && text[at + 1] == '\n')
            at += 2;
        var c = at < limit ? text[at] : '\0';
        switch (c)
        {
            case '\'' when !inDoubleQuotes && dialect != ShellDialect.Posix:
                return ReadAnsiC();
            case '"' when !inDoubleQuotes && dialect != ShellDialect.Posix:
                position = at;
                return ReadDoubleQuoted(localized: true);
            case '(':
                position = at + 1;
                return ReadDollarParenthesis(start);
            case '{':
                position = at + 1;
                return ReadBraced(start, inDoubleQuotes);
            case '[' when dialect != ShellDialect.Posix:
                position = at + 1;
                return new ArithmeticExpansion(Place(start), Place(position), ReadSubscript().PartList);
            case '@' or '*' or '#' or '?' or '-' or '$' or '!' or (>= '0' and <= '9'):
                position = at + 1;
                return new ParameterExpansion(Place(start), Place(position), TextAt(at, at + 1));
        }
        var end = EndOfName(at);
        if (end > at)
        {
            position = end;
            return new ParameterExpansion(Place(start), Place(end), TextAt(at, end));
        }
        position = start + 1;
        return new Literal(Place(start), Place(position), "$");
    }

    /// <summary><c>$((</c> is arithmetic when its parentheses close as <c>))</c>, else a command substitution with a subshell first.</summary>
    private WordPart ReadDollarParenthesis(int start)
    {
        if (!Enter())
            return new Literal(Place(start), Place(position), "");
        WordPart part;
        var close = position < limit && text[position] == '(' ? FindArithmeticEnd(position + 1) : -1;
        if (close >= 0)
        {
            var expression = ReadArithmetic(position + 1, close);
            position = failure is null ? close + 2 : limit;
            part = new ArithmeticExpansion(Place(start), Place(position), expression.PartList);
        }
        else
        {
            var body = ReadSubstitutionBody();
            part = new CommandSubstitution(Place(start), Place(position), body, backquoted: false);
        }
        depth--;
        return part;
    }

    private ProcessSubstitution ReadProcessSubstitution()
    {
        var start = position;
        var output = text[position] == '>';
        position += 2;
        if (!Enter())
            return new ProcessSubstitution(Place(start), Place(start), NoScript(), output);
        var body = ReadSubstitutionBody();
        depth--;
        return new ProcessSubstitution(Place(start), Place(position), body, output);
    }

    /// <summary>The list up to <c>)</c>. Here-documents begun outside wait for a newline outside.</summary>
    private Script ReadSubstitutionBody()
    {
        var waiting = pendingHereDocuments;
        var globs = extendedGlobs;
        pendingHereDocuments = null;
        extendedGlobs = false;
        substitutionDepth++;
        var body = ParseList(Closers.Parenthesis);
        Expect(')');
        substitutionDepth--;
        extendedGlobs = globs;
        while (pendingHereDocuments is not null && pendingHereDocuments.TryDequeue(out var document))
            (waiting ??= []).Enqueue(document);
        pendingHereDocuments = waiting;
        return body;
    }

    /// <summary>Backquotes: a backslash before <c>$</c>, <c>`</c>, <c>\</c> is taken away, and what remains is a script that the shell
    /// reads only when it runs it; its mistakes are therefore its own.</summary>
    private CommandSubstitution ReadBackquoted(bool inDoubleQuotes)
    {
        var start = position;
        var inner = new StringBuilder();
        var map = new List<int>();
        var at = position + 1;
        while (at < limit && text[at] != '`')
        {
            steps++;
            map.Add(Place(at));
            if (text[at] == '\\' && at + 1 < limit && (text[at + 1] is '$' or '`' or '\\' || (inDoubleQuotes && text[at + 1] == '"')))
                at++;
            inner.Append(text[at++]);
        }
        map.Add(Place(at));
        position = Math.Min(at + 1, limit);
        var body = ParseInner(inner.ToString(), 0, [.. map]);
        var part = new CommandSubstitution(Place(start), Place(position), body, backquoted: true);
        if (at >= limit)
            Unclosed('`');
        return part;
    }

    private Script ParseInner(string inner, int innerOffset, int[]? map)
    {
        if (!Enter())
            return NoScript();
        var parser = new Parser(inner, dialect, innerOffset, map, depth);
        var body = parser.ParseAll();
        steps += parser.Steps;
        depth--;
        return body;
    }

    private WordPart ReadBraced(int start, bool inDoubleQuotes)
    {
        if (!Enter())
            return new Literal(Place(start), Place(position), "");
        WordPart part = position < limit && text[position] is ' ' or '\t' or '\n' or '|' && dialect != ShellDialect.Posix
            ? ReadFunctionSubstitution(start)
            : ReadParameter(start, inDoubleQuotes);
        depth--;
        return part;
    }

    /// <summary><c>${ command; }</c> and <c>${| command; }</c> of ksh and bash 5.3.</summary>
    private CommandSubstitution ReadFunctionSubstitution(int start)
    {
        var from = position + (text[position] == '|' ? 1 : 0);
        ReadBraceArgument(inDoubleQuotes: false, quotes: true, '\0');
        var end = Math.Min(position, limit);
        CloseBrace();
        var body = places is null
            ? ParseInner(text[Math.Min(from, end)..end], offset + from, null)
            : ParseInner(text[Math.Min(from, end)..end], 0, places[Math.Min(from, end)..Math.Min(end + 1, places.Length)]);
        return new CommandSubstitution(Place(start), Place(position), body, backquoted: false);
    }

    private ParameterExpansion ReadParameter(int start, bool inDoubleQuotes)
    {
        var length = Peek(0) == '#' && IsParameterStart(position + 1) && !(Peek(1) is '-' or '?' && Peek(2) != '}');
        if (length)
            position++;
        var indirect = !length && Peek(0) == '!' && IsParameterStart(position + 1) && Peek(1) is not ('-' or '?');
        if (indirect)
            position++;
        var name = ReadParameterName();
        Word? subscript = null;
        if (name.Length > 0 && Peek(0) == '[' && dialect != ShellDialect.Posix)
        {
            position++;
            subscript = ReadSubscript();
        }
        var symbol = position < limit && Peek(0) != '}' ? ReadParameterOperator() : "";
        Word? argument = null, second = null;
        if (symbol.Length > 0 || Peek(0) != '}')
        {
            var pattern = symbol is ['#' or '%' or '/' or '^' or ',', ..];
            var stop = symbol is ['/', ..] ? '/' : symbol == ":" ? ':' : '\0';
            argument = ReadBraceArgument(inDoubleQuotes, !inDoubleQuotes || pattern, stop, neverEmpty: symbol is "/" or "//");
            if (stop != '\0' && position < limit && text[position] == stop)
            {
                position++;
                second = ReadBraceArgument(inDoubleQuotes, !inDoubleQuotes, '\0');
            }
        }
        CloseBrace();
        return new ParameterExpansion(Place(start), Place(position), name)
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
        if (failure is not null)
            return;
        if (position < limit && text[position] == '}')
            position++;
        else
            Unclosed('{');
    }

    private bool IsParameterStart(int at) =>
        at < limit && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '@' or '*' or '?' or '-' or '$' or '!' or '#');

    private string ReadParameterName()
    {
        var start = position;
        var end = EndOfName(position);
        if (end == start && end < limit && char.IsAsciiDigit(text[end]))
        {
            while (end < limit && char.IsAsciiDigit(text[end]))
                end++;
        }
        else if (end == start && end < limit && text[end] is '@' or '*' or '#' or '?' or '-' or '$' or '!')
            end++;
        position = end;
        return TextAt(start, end);
    }

    private string ReadParameterOperator()
    {
        var rest = text.AsSpan(position, Math.Min(2, limit - position));
        var length = rest switch
        {
            [':', '-' or '=' or '?' or '+'] => 2,
            ['#', '#'] or ['%', '%'] or ['/', '/' or '#' or '%'] or ['^', '^'] or [',', ','] or ['~', '~'] => 2,
            ['-' or '=' or '?' or '+' or '#' or '%' or '/' or '^' or ',' or '~' or ':' or '@' or '*', ..] => 1,
            _ => 0,
        };
        position += length;
        return TextAt(position - length, position);
    }

    /// <summary>Up to an unquoted <c>}</c>, or to <paramref name="stop"/> when it is given.</summary>
    /// <param name="neverEmpty">Where it stands first, the stop is no stop: <c>${x///-}</c>.</param>
    private Word ReadBraceArgument(bool inDoubleQuotes, bool quotes, char stop, bool neverEmpty = false)
    {
        var start = position;
        var parts = partLists.Take();
        while (position < limit)
        {
            steps++;
            var run = text.AsSpan(position, limit - position).IndexOfAny(BraceSpecial);
            if (run != 0)
            {
                AddLiteral(parts, run < 0 ? limit : position + run);
                continue;
            }
            var c = text[position];
            if (c == '}' || (c == stop && (parts.Count > 0 || !neverEmpty)))
                break;
            if (c is '\\' && inDoubleQuotes && position + 1 < limit && text[position + 1] is '}' or '\'')
            {
                parts.Add(new Quoted(Place(position), Place(position + 2), TextAt(position + 1, position + 2), QuoteStyle.Backslash));
                position += 2;
            }
            else if (c == '\'' && !quotes && dialect != ShellDialect.Posix)
                ReadApostrophes(parts);
            else if (c == '\'' ? quotes : c is '\\' or '"' or '$' or '`')
                ReadSpecial(parts, inDoubleQuotes);
            else if (c is '<' or '>' && !inDoubleQuotes && AtProcessSubstitution())
                parts.Add(ReadProcessSubstitution());
            else
                AddLiteral(parts, position + 1);
        }
        return new Word(Place(start), Place(position), FinishParts(parts));
    }

    /// <summary>Between double quotes, bash pairs apostrophes in <c>${x-…}</c> when it looks for the closing brace, but what is
    /// between them is expanded and they themselves stay.</summary>
    private void ReadApostrophes(List<WordPart> parts)
    {
        var close = text.IndexOf('\'', position + 1, limit - position - 1);
        AddLiteral(parts, position + 1);
        if (close < 0)
        {
            Unclosed('\'');
            return;
        }
        ReadBoundedParts(position, close, parts);
        AddLiteral(parts, close + 1);
    }

    /// <summary>What stands in brackets; the position is after the opening one, and comes to stand after the closing one.</summary>
    private Word ReadSubscript()
    {
        var start = position;
        var parts = partLists.Take();
        var level = 1;
        while (position < limit)
        {
            steps++;
            var run = text.AsSpan(position, limit - position).IndexOfAny(SubscriptSpecial);
            if (run != 0)
            {
                AddLiteral(parts, run < 0 ? limit : position + run);
                continue;
            }
            var c = text[position];
            if (c is '\\' or '\'' or '"' or '$' or '`')
            {
                ReadSpecial(parts, inDoubleQuotes: false);
                continue;
            }
            level += c == '[' ? 1 : -1;
            if (level == 0)
                break;
            AddLiteral(parts, position + 1);
        }
        var word = new Word(Place(start), Place(position), FinishParts(parts));
        if (position < limit)
            position++;
        else if (failure is null)
            Unclosed('[');
        return word;
    }

    /// <summary>The place of the first of the two parentheses that close arithmetic begun before <paramref name="at"/>; -1 when they do not come together.</summary>
    private int FindArithmeticEnd(int at)
    {
        var level = 0;
        while (at < limit)
        {
            steps++;
            var run = text.AsSpan(at, limit - at).IndexOfAny(ArithmeticSpecial);
            if (run < 0)
                return -1;
            at += run;
            switch (text[at])
            {
                case '(':
                    level++;
                    break;
                case ')' when level-- == 0:
                    return at + 1 < limit && text[at + 1] == ')' ? at : -1;
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
        var quote = text[at++];
        while (at < limit && text[at] != quote)
        {
            steps++;
            at += text[at] == '\\' && quote != '\'' ? 2 : 1;
        }
        return at;
    }

    private Word ReadArithmetic(int start, int end)
    {
        var outer = limit;
        limit = end;
        position = start;
        var parts = partLists.Take();
        while (position < limit && failure is null)
        {
            ReadQuotedParts(parts);
            if (position < limit && text[position] == '"')
                position++;
        }
        limit = outer;
        if (failure is not null)
            position = limit;
        return new Word(Place(start), Place(end), FinishParts(parts));
    }
}
