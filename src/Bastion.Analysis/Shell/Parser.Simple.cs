namespace Bastion.Analysis.Shell;

/// <summary>Simple commands (XCU 2.9.1), assignments, redirections (2.7).</summary>
internal sealed partial class Parser
{
    /// <summary>Builtins whose arguments may be assignments of arrays: `declare a=(1 2)`.</summary>
    private static readonly HashSet<string> AssignmentBuiltins =
        ["alias", "declare", "export", "local", "readonly", "typeset", "eval", "let"];

    private ScratchLists<Word> _wordLists;
    private ScratchLists<Assignment> _assignmentLists;
    private ScratchLists<Redirection> _redirectionLists;

    private SimpleCommand? ParseSimple()
    {
        int start = _position;
        List<Assignment>? assignments = null;
        List<Word> words = _wordLists.Take();
        List<Redirection>? redirections = null;
        List<Assignment>? arrays = null;
        bool takesArrays = false;
        while (_failure is null)
        {
            _steps++;
            SkipBlanks();
            if (_position >= _limit)
            {
                break;
            }

            if (TryReadRedirection(ref redirections))
            {
                continue;
            }

            if (IsDelimiter(_position) && !AtProcessSubstitution())
            {
                if (_text[_position] == '(' && words.Count == 1 && assignments is null && redirections is null)
                {
                    Unexpected();
                }

                break;
            }

            int before = _position;
            List<WordPart>? rest = null;
            if (words.Count == 0 && TryReadAssignment(out Assignment? assignment, out rest))
            {
                (assignments ??= _assignmentLists.Take()).Add(assignment);
            }
            else if (rest is not null)
            {
                words.Add(ReadWord(before, rest));
            }
            else if (takesArrays && TryReadArrayArgument(out Assignment? array))
            {
                (arrays ??= _assignmentLists.Take()).Add(array);
            }
            else
            {
                words.Add(ReadWord());
                takesArrays |= words.Count == 1 && words[0].BareText is { } name && AssignmentBuiltins.Contains(name);
            }
        }

        Word[] all = _wordLists.Finish(words);
        if (all.Length == 0 && assignments is null && redirections is null)
        {
            if (_failure is null)
            {
                Unexpected();
            }

            return null;
        }

        return new SimpleCommand(Place(start), Place(Math.Min(EndOfLast(start), _limit)), assignments is null
            ? []
            : _assignmentLists.Finish(assignments), all)
        {
            Redirections = redirections is null ? [] : _redirectionLists.Finish(redirections),
            ArrayArguments = arrays is null ? [] : _assignmentLists.Finish(arrays),
        };
    }

    /// <summary>Back over the blanks skipped while looking for another word.</summary>
    private int EndOfLast(int start)
    {
        int end = _position;
        while (end > start && _text[end - 1] is ' ' or '\t')
        {
            end--;
        }

        return end;
    }

    private bool AtProcessSubstitution() =>
        _dialect != ShellDialect.Posix && _position < _limit && _text[_position] is '<' or '>' && Peek(1) == '(';

    /// <summary><c>name=</c>, <c>name+=</c>, <c>name[…]=</c>. When a name and a subscript turn out to be no assignment,
    /// the parts read so far are the beginning of a word.</summary>
    private bool TryReadAssignment(out Assignment assignment, out List<WordPart>? rest)
    {
        assignment = null!;
        rest = null;
        int start = _position;
        int end = EndOfName(_position);
        if (end == _position || end >= _limit || _text[end] is not ('=' or '+' or '['))
        {
            return false;
        }

        string name = TextAt(_position, end);
        Word? subscript = null;
        if (_text[end] == '[' && _dialect != ShellDialect.Posix)
        {
            _position = end + 1;
            subscript = ReadSubscript();
            end = _position;
            if (_failure is not null || end >= _limit || !(_text[end] == '=' || (_text[end] == '+' && Peek(1) == '=')))
            {
                rest = _partLists.Take();
                rest.Add(new Literal(Place(start), Place(start + name.Length + 1), name + "["));
                rest.AddRange(subscript.Parts);
                rest.Add(new Literal(Place(end - 1), Place(end), "]"));
                return false;
            }
        }

        bool append = _text[end] == '+' && end + 1 < _limit && _text[end + 1] == '=';
        if (!append && _text[end] != '=')
        {
            return false;
        }

        _position = end + (append ? 2 : 1);
        assignment = ReadAssignmentValue(start, name, subscript, append);
        return true;
    }

    private Assignment ReadAssignmentValue(int start, string name, Word? subscript, bool append)
    {
        if (_position < _limit && _text[_position] == '(' && _dialect != ShellDialect.Posix)
        {
            Word[] array = ReadArray();
            return new Assignment(Place(start), Place(_position), name, subscript, append, null, array);
        }

        Word? value = _position >= _limit || (IsDelimiter(_position) && !AtProcessSubstitution()) ? null : ReadWord();
        return new Assignment(Place(start), Place(_position), name, subscript, append, value, null);
    }

    private bool TryReadArrayArgument(out Assignment array)
    {
        array = null!;
        int end = EndOfName(_position);
        bool append = end + 1 < _limit && _text[end] == '+' && _text[end + 1] == '=';
        int equals = append ? end + 1 : end;
        if (end == _position || equals + 1 >= _limit || _text[equals] != '=' || _text[equals + 1] != '(')
        {
            return false;
        }

        int start = _position;
        _position = equals + 1;
        Word[] values = ReadArray();
        array = new Assignment(Place(start), Place(_position), TextAt(start, end), null, append, null, values);
        return true;
    }

    private Word[] ReadArray()
    {
        List<Word> values = _wordLists.Take();
        _position++;
        while (_failure is null)
        {
            SkipNewlines();
            if (_position >= _limit)
            {
                Unexpected();
            }
            else if (_text[_position] == ')')
            {
                _position++;
                break;
            }
            else if (IsDelimiter(_position) && !AtProcessSubstitution())
            {
                Unexpected();
            }
            else if (_text[_position] == '[')
            {
                int start = _position++;
                Word subscript = ReadSubscript();
                List<WordPart> parts = _partLists.Take();
                parts.Add(new Literal(subscript.Start, subscript.Start, "["));
                parts.AddRange(subscript.Parts);
                parts.Add(new Literal(subscript.End, subscript.End, "]"));
                values.Add(ReadWord(start, parts));
            }
            else
            {
                values.Add(ReadWord());
            }
        }

        return _wordLists.Finish(values);
    }

    private int EndOfName(int at)
    {
        if (at >= _limit || !(char.IsAsciiLetter(_text[at]) || _text[at] == '_'))
        {
            return at;
        }

        while (at < _limit && (char.IsAsciiLetterOrDigit(_text[at]) || _text[at] == '_'))
        {
            at++;
        }

        return at;
    }

    private bool TryReadRedirection(ref List<Redirection>? into)
    {
        int start = _position;
        int at = _position;
        if (char.IsAsciiDigit(_text[at]))
        {
            while (at < _limit && char.IsAsciiDigit(_text[at]))
            {
                at++;
            }
        }
        else if (_text[at] == '{' && _dialect != ShellDialect.Posix)
        {
            int end = EndOfName(at + 1);
            if (end > at + 1 && end < _limit && _text[end] == '}')
            {
                at = end + 1;
            }
        }

        if (at >= _limit || !(_text[at] is '<' or '>' || (at == start && _text[at] == '&' && at + 1 < _limit
            && _text[at + 1] == '>' && _dialect != ShellDialect.Posix)))
        {
            return false;
        }

        // `<(` is a word; but `2<(` and `{x}<(` are a redirection from one.
        if (at == start && _dialect != ShellDialect.Posix && at + 1 < _limit && _text[at + 1] == '('
            && _text[at] != '&')
        {
            return false;
        }

        string? descriptor = at == start ? null : _text[start..at].Trim('{', '}');
        _position = at;
        RedirectionOperator kind = ReadRedirectionOperator(out bool stripTabs);
        SkipBlanks();
        if (_position >= _limit || (IsDelimiter(_position) && !AtProcessSubstitution()))
        {
            Unexpected();
            return true;
        }

        Word target = kind == RedirectionOperator.HereDocument ? ReadHereDocumentDelimiter() : ReadWord();
        var redirection = new Redirection(Place(start), Place(_position), kind, descriptor, target);
        (into ??= _redirectionLists.Take()).Add(redirection);
        if (kind == RedirectionOperator.HereDocument)
        {
            (_pendingHereDocuments ??= []).Enqueue(new PendingHereDocument(redirection, stripTabs));
        }

        return true;
    }

    private RedirectionOperator ReadRedirectionOperator(out bool stripTabs)
    {
        stripTabs = false;
        ReadOnlySpan<char> rest = _text.AsSpan(_position, Math.Min(3, _limit - _position));
        (int length, RedirectionOperator kind) = rest switch
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
        _position += length;
        return kind;
    }

    private Redirection[] ReadRedirections()
    {
        List<Redirection>? redirections = null;
        while (_failure is null)
        {
            SkipBlanks();
            if (_position >= _limit || !TryReadRedirection(ref redirections))
            {
                break;
            }
        }

        return redirections is null ? [] : _redirectionLists.Finish(redirections);
    }
}
