using System.Buffers;
using System.Text;

namespace Bastion.Analysis.Shell;

/// <summary>Words and quoting (XCU 2.2).</summary>
internal sealed partial class Parser
{
    private static readonly SearchValues<char> UnquotedSpecial = SearchValues.Create(" \t\n;&|()<>\\'\"$`");
    private static readonly SearchValues<char> DoubleQuotedSpecial = SearchValues.Create("\"\\$`");

    private ScratchLists<WordPart> partLists;

    /// <summary>Patterns such as <c>@(a|b)</c> are read: always inside <c>[[ ]]</c>, elsewhere only after <c>shopt -s extglob</c>, which a parser cannot know.</summary>
    private bool extendedGlobs;

    /// <summary>Reads up to the next blank or operator; at least one character is taken, or the reading has failed.</summary>
    private Word ReadWord() => ReadPlainWord() ?? ReadWord(position, partLists.Take());

    /// <summary>From where the parts already read end.</summary>
    private Word ReadWord(int start, List<WordPart> parts)
    {
        while (position < limit)
        {
            steps++;
            var run = text.AsSpan(position, limit - position).IndexOfAny(UnquotedSpecial);
            if (run != 0)
            {
                AddLiteral(parts, run < 0 ? limit : position + run);
                continue;
            }
            var c = text[position];
            if (c is '\\' or '\'' or '"' or '$' or '`')
                ReadSpecial(parts, inDoubleQuotes: false);
            else if (c is '<' or '>' && AtProcessSubstitution())
                parts.Add(ReadProcessSubstitution());
            else if (c != '(' || !TryReadExtendedGlob(parts))
                break;
        }
        return new Word(Place(start), Place(position), FinishParts(parts));
    }

    /// <summary>Most words are a run of plain characters.</summary>
    private Word? ReadPlainWord()
    {
        var run = text.AsSpan(position, limit - position).IndexOfAny(UnquotedSpecial);
        var end = run < 0 ? limit : position + run;
        if (run == 0 || (run > 0 && text[end] is not (' ' or '\t' or '\n' or ';' or '&' or '|' or ')')))
            return null;
        steps++;
        var literal = new Literal(Place(position), Place(end), TextAt(position, end));
        position = end;
        return new Word(literal.Start, literal.End, new PartList(literal));
    }

    private string TextAt(int start, int end) => pool.Get(text.AsSpan(start, end - start));

    private PartList FinishParts(List<WordPart> parts)
    {
        if (parts is not [var only])
            return new PartList(partLists.Finish(parts));
        partLists.Return(parts);
        return new PartList(only);
    }

    private void AddLiteral(List<WordPart> parts, int end)
    {
        parts.Add(new Literal(Place(position), Place(end), TextAt(position, end)));
        position = end;
    }

    /// <summary>A backslash, a quote, a dollar sign or a backquote.</summary>
    private void ReadSpecial(List<WordPart> parts, bool inDoubleQuotes)
    {
        switch (text[position])
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
        var start = position;
        if (position + 1 >= limit)
        {
            AddLiteral(parts, limit);
            return;
        }
        var next = text[position + 1];
        position += 2;
        if (next == '\n')
            return;
        if (inDoubleQuotes && next is not ('$' or '`' or '"' or '\\'))
            parts.Add(new Quoted(Place(start), Place(position), "\\" + next, QuoteStyle.Backslash));
        else
            parts.Add(new Quoted(Place(start), Place(position), TextAt(position - 1, position), QuoteStyle.Backslash));
    }

    private Quoted ReadSingleQuoted()
    {
        var start = position;
        var end = text.IndexOf('\'', position + 1, limit - position - 1);
        var close = end < 0 ? limit : end;
        var part = new Quoted(Place(start), Place(Math.Min(close + 1, limit)), TextAt(start + 1, close), QuoteStyle.Single);
        position = close + 1;
        if (end < 0)
            Unclosed('\'');
        return part;
    }

    private DoubleQuoted ReadDoubleQuoted(bool localized)
    {
        var start = position - (localized ? 1 : 0);
        var parts = partLists.Take();
        position++;
        if (Enter())
        {
            ReadQuotedParts(parts);
            depth--;
        }
        if (position < limit)
            position++;
        else if (failure is null)
            Unclosed('"');
        return new DoubleQuoted(Place(start), Place(position), FinishParts(parts), localized);
    }

    /// <summary>Parts as between double quotes, up to a double quote or the limit.</summary>
    private void ReadQuotedParts(List<WordPart> parts)
    {
        while (position < limit)
        {
            steps++;
            var run = text.AsSpan(position, limit - position).IndexOfAny(DoubleQuotedSpecial);
            if (run != 0)
                AddLiteral(parts, run < 0 ? limit : position + run);
            else if (text[position] == '"')
                return;
            else
                ReadSpecial(parts, inDoubleQuotes: true);
        }
    }

    private void Unclosed(char quote)
    {
        position = limit;
        Fail($"`{quote}` is not closed", incomplete: true);
    }

    /// <summary><c>$'…'</c> (XCU 2.2.4, and bash's further escapes).</summary>
    private Quoted ReadAnsiC()
    {
        var start = position;
        var value = new StringBuilder();
        var at = position + 2;
        while (at < limit && text[at] != '\'')
        {
            steps++;
            if (text[at] == '\\' && at + 1 < limit)
                at = AnsiEscapes.Decode(text.AsSpan(0, limit), at, value);
            else
                value.Append(text[at++]);
        }
        position = Math.Min(at + 1, limit);
        var part = new Quoted(Place(start), Place(position), value.ToString(), QuoteStyle.AnsiC);
        if (at >= limit)
            Unclosed('\'');
        return part;
    }

    private bool TryReadExtendedGlob(List<WordPart> before)
    {
        var start = position;
        if (dialect == ShellDialect.Posix || before is not [.., Literal] || start == 0)
            return false;
        var kind = text[start - 1];
        if (dialect != ShellDialect.Zsh && kind is not ('?' or '*' or '+' or '@' or '!'))
            return false;
        if (!extendedGlobs && dialect == ShellDialect.Bash)
        {
            if (ClosesAtOnce())
                return false;
            deviation ??= new ParseFailure(Place(start), "bash reads this pattern only after `shopt -s extglob`", Incomplete: false, Recovered: true);
        }
        if (!Enter())
            return true;
        var parts = partLists.Take();
        position++;
        var level = 1;
        while (position < limit)
        {
            steps++;
            var run = text.AsSpan(position, limit - position).IndexOfAny(UnquotedSpecial);
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
            level += c == '(' ? 1 : c == ')' ? -1 : 0;
            if (level == 0)
                break;
            AddLiteral(parts, position + 1);
        }
        depth--;
        if (position < limit)
            position++;
        else if (failure is null)
            Unclosed('(');
        before.Add(new ExtendedGlob(Place(start), Place(position), kind, FinishParts(parts)));
        return true;
    }

    /// <summary>The right side of <c>=~</c>: blanks end it outside parentheses, and operators are its own.</summary>
    private Word ReadRegex()
    {
        var start = position;
        var parts = partLists.Take();
        var level = 0;
        while (position < limit)
        {
            steps++;
            var run = text.AsSpan(position, limit - position).IndexOfAny(UnquotedSpecial);
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
            if (level == 0 && c is ' ' or '\t' or '\n')
                break;
            if (level == 0 && c is ')' or ';' || (level == 0 && c == '&'))
                break;
            level += c == '(' ? 1 : c == ')' ? -1 : 0;
            AddLiteral(parts, position + 1);
        }
        if (level > 0 && failure is null)
            Unclosed('(');
        return new Word(Place(start), Place(position), FinishParts(parts));
    }
}
