namespace Bastion.Analysis.Shell;

/// <summary>Simple commands (XCU 2.9.1), assignments, redirections (2.7).</summary>
internal sealed partial class Parser
{
    /// <summary>Builtins whose arguments may be assignments of arrays: `declare a=(1 2)`.</summary>
    private static readonly HashSet<string> AssignmentBuiltins =
        ["alias", "declare", "export", "local", "readonly", "typeset", "eval", "let"];

    private ScratchLists<Word> wordLists;
    private ScratchLists<Assignment> assignmentLists;
    private ScratchLists<Redirection> redirectionLists;

    private SimpleCommand? ParseSimple()
    {
        var start = position;
        List<Assignment>? assignments = null;
        var words = wordLists.Take();
        List<Redirection>? redirections = null;
        List<Assignment>? arrays = null;
        var takesArrays = false;
        while (failure is null)
        {
            steps++;
            SkipBlanks();
            if (position >= limit)
                break;
            if (TryReadRedirection(ref redirections))
                continue;
            if (IsDelimiter(position) && !AtProcessSubstitution())
            {
                if (text[position] == '(' && words.Count == 1 && assignments is null && redirections is null)
                    Unexpected();
                break;
            }
            var before = position;
            List<WordPart>? rest = null;
            if (words.Count == 0 && TryReadAssignment(out var assignment, out rest))
                (assignments ??= assignmentLists.Take()).Add(assignment);
            else if (rest is not null)
                words.Add(ReadWord(before, rest));
            else if (takesArrays && TryReadArrayArgument(out var array))
                (arrays ??= assignmentLists.Take()).Add(array);
            else
            {
                words.Add(ReadWord());
                takesArrays |= words.Count == 1 && words[0].BareText is { } name && AssignmentBuiltins.Contains(name);
            }
        }
        var all = wordLists.Finish(words);
        if (all.Length == 0 && assignments is null && redirections is null)
        {
            if (failure is null)
                Unexpected();
            return null;
        }
        return new SimpleCommand(Place(start), Place(Math.Min(EndOfLast(start), limit)), assignments is null ? [] : assignmentLists.Finish(assignments), all)
        {
            Redirections = redirections is null ? [] : redirectionLists.Finish(redirections),
            ArrayArguments = arrays is null ? [] : assignmentLists.Finish(arrays),
        };
    }

    /// <summary>Back over the blanks skipped while looking for another word.</summary>
    private int EndOfLast(int start)
    {
        var end = position;
        while (end > start && text[end - 1] is ' ' or '\t')
            end--;
        return end;
    }

    private bool AtProcessSubstitution() =>
        dialect != ShellDialect.Posix && position < limit && text[position] is '<' or '>' && Peek(1) == '(';

    /// <summary><c>name=</c>, <c>name+=</c>, <c>name[…]=</c>. When a name and a subscript turn out to be no assignment, the parts read
    /// so far are the beginning of a word.</summary>
    private bool TryReadAssignment(out Assignment assignment, out List<WordPart>? rest)
    {
        assignment = null!;
        rest = null;
        var start = position;
        var end = EndOfName(position);
        if (end == position || end >= limit || text[end] is not ('=' or '+' or '['))
            return false;
        var name = TextAt(position, end);
        Word? subscript = null;
        if (text[end] == '[' && dialect != ShellDialect.Posix)
        {
            position = end + 1;
            subscript = ReadSubscript();
            end = position;
            if (failure is not null || end >= limit || !(text[end] == '=' || (text[end] == '+' && Peek(1) == '=')))
            {
                rest = partLists.Take();
                rest.Add(new Literal(Place(start), Place(start + name.Length + 1), name + "["));
                rest.AddRange(subscript.Parts);
                rest.Add(new Literal(Place(end - 1), Place(end), "]"));
                return false;
            }
        }
        var append = text[end] == '+' && end + 1 < limit && text[end + 1] == '=';
        if (!append && text[end] != '=')
            return false;
        position = end + (append ? 2 : 1);
        assignment = ReadAssignmentValue(start, name, subscript, append);
        return true;
    }

    private Assignment ReadAssignmentValue(int start, string name, Word? subscript, bool append)
    {
        if (position < limit && text[position] == '(' && dialect != ShellDialect.Posix)
        {
            var array = ReadArray();
            return new Assignment(Place(start), Place(position), name, subscript, append, null, array);
        }
        var value = position >= limit || (IsDelimiter(position) && !AtProcessSubstitution()) ? null : ReadWord();
        return new Assignment(Place(start), Place(position), name, subscript, append, value, null);
    }

    private bool TryReadArrayArgument(out Assignment array)
    {
        array = null!;
        var end = EndOfName(position);
        var append = end + 1 < limit && text[end] == '+' && text[end + 1] == '=';
        var equals = append ? end + 1 : end;
        if (end == position || equals + 1 >= limit || text[equals] != '=' || text[equals + 1] != '(')
            return false;
        var start = position;
        position = equals + 1;
        var values = ReadArray();
        array = new Assignment(Place(start), Place(position), TextAt(start, end), null, append, null, values);
        return true;
    }

    private Word[] ReadArray()
    {
        var values = wordLists.Take();
        position++;
        while (failure is null)
        {
            SkipNewlines();
            if (position >= limit)
                Unexpected();
            else if (text[position] == ')')
            {
                position++;
                break;
            }
            else if (IsDelimiter(position) && !AtProcessSubstitution())
                Unexpected();
            else if (text[position] == '[')
            {
                var start = position++;
                var subscript = ReadSubscript();
                var parts = partLists.Take();
                parts.Add(new Literal(subscript.Start, subscript.Start, "["));
                parts.AddRange(subscript.Parts);
                parts.Add(new Literal(subscript.End, subscript.End, "]"));
                values.Add(ReadWord(start, parts));
            }
            else
                values.Add(ReadWord());
        }
        return wordLists.Finish(values);
    }

    private int EndOfName(int at)
    {
        if (at >= limit || !(char.IsAsciiLetter(text[at]) || text[at] == '_'))
            return at;
        while (at < limit && (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_'))
            at++;
        return at;
    }

    private bool TryReadRedirection(ref List<Redirection>? into)
    {
        var start = position;
        var at = position;
        if (char.IsAsciiDigit(text[at]))
        {
            while (at < limit && char.IsAsciiDigit(text[at]))
                at++;
        }
        else if (text[at] == '{' && dialect != ShellDialect.Posix)
        {
            var end = EndOfName(at + 1);
            if (end > at + 1 && end < limit && text[end] == '}')
                at = end + 1;
        }
        if (at >= limit || !(text[at] is '<' or '>' || (at == start && text[at] == '&' && at + 1 < limit && text[at + 1] == '>' && dialect != ShellDialect.Posix)))
            return false;
        // `<(` is a word; but `2<(` and `{x}<(` are a redirection from one.
        if (at == start && dialect != ShellDialect.Posix && at + 1 < limit && text[at + 1] == '(' && text[at] != '&')
            return false;
        var descriptor = at == start ? null : text[start..at].Trim('{', '}');
        position = at;
        var kind = ReadRedirectionOperator(out var stripTabs);
        SkipBlanks();
        if (position >= limit || (IsDelimiter(position) && !AtProcessSubstitution()))
        {
            Unexpected();
            return true;
        }
        var target = kind == RedirectionOperator.HereDocument ? ReadHereDocumentDelimiter() : ReadWord();
        var redirection = new Redirection(Place(start), Place(position), kind, descriptor, target);
        (into ??= redirectionLists.Take()).Add(redirection);
        if (kind == RedirectionOperator.HereDocument)
            (pendingHereDocuments ??= []).Enqueue(new PendingHereDocument(redirection, stripTabs));
        return true;
    }

    private RedirectionOperator ReadRedirectionOperator(out bool stripTabs)
    {
        stripTabs = false;
        var rest = text.AsSpan(position, Math.Min(3, limit - position));
        var (length, kind) = rest switch
        {
            ['<', '<', '<', ..] => (3, RedirectionOperator.HereString),
            ['<', '<', '-', ..] => (3, RedirectionOperator.HereDocument),
            ['<', '<', ..] => (2, RedirectionOperator.HereDocument),
            ['<', '>', ..] => (2, RedirectionOperator.ReadWrite),
            ['<', '&', ..] => (2, RedirectionOperator.DuplicateInput),
            ['<', ..] => (1, RedirectionOperator.Input),
            ['&', '>', '>', ..] => (3, RedirectionOperator.AppendOutputAndError),
            ['&', '>', ..] => (2, RedirectionOperator.OutputAndError),
            ['>', '>', ..] => (2, RedirectionOperator.Append),
            ['>', '|', ..] => (2, RedirectionOperator.Clobber),
            ['>', '&', ..] => (2, RedirectionOperator.DuplicateOutput),
            _ => (1, RedirectionOperator.Output),
        };
        stripTabs = kind == RedirectionOperator.HereDocument && length == 3;
        position += length;
        return kind;
    }

    private Redirection[] ReadRedirections()
    {
        List<Redirection>? redirections = null;
        while (failure is null)
        {
            SkipBlanks();
            if (position >= limit || !TryReadRedirection(ref redirections))
                break;
        }
        return redirections is null ? [] : redirectionLists.Finish(redirections);
    }
}
