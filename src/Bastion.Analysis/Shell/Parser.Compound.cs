using System.Buffers;

namespace Bastion.Analysis.Shell;

/// <summary>Compound commands (XCU 2.9.4) and function definitions (2.9.5).</summary>
internal sealed partial class Parser
{
    private Command? ParseCommand()
    {
        SkipBlanks();
        if (_position >= _limit || _failure is not null)
        {
            if (_failure is null)
            {
                Unexpected();
            }

            return null;
        }

        if (!Enter())
        {
            return null;
        }

        Command? command = ParseCommandHere();
        _depth--;
        return command;
    }

    private Command? ParseCommandHere()
    {
        if (AtCompound())
        {
            Command? compound = ParseCompound();
            if (compound is null or FunctionDefinition or CoprocCommand)
            {
                return compound;
            }

            compound.Redirections = ReadRedirections();
            return compound;
        }

        string? word = PeekReserved(out int end);
        if (word is not null && !(word == "time" && _dialect == ShellDialect.Posix))
        {
            Unexpected();
            return null;
        }

        return TryParseFunction(out FunctionDefinition? function) ? function : ParseSimple();
    }

    private bool AtCompound() =>
        _position < _limit && (_text[_position] == '('
            || PeekReserved(out _) is "{" or "if" or "while" or "until" or "for" or "select" or "case" or "[["
            or "function" or "coproc");

    private Command? ParseCompound()
    {
        int start = _position;
        if (_text[_position] == '(')
        {
            return ParseParenthesis();
        }

        string? word = PeekReserved(out int end);
        _position = end;
        return word switch
        {
            "{" => ParseGroup(start),
            "if" => ParseIf(start),
            "while" or "until" => ParseLoop(start, word == "until"),
            "for" or "select" => ParseFor(start, word == "select"),
            "case" => ParseCase(start),
            "[[" => ParseConditional(start),
            "function" => ParseFunctionKeyword(start),
            _ => ParseCoproc(start),
        };
    }

    private Command? ParseParenthesis()
    {
        int start = _position;
        if (Peek(1) == '(' && _dialect != ShellDialect.Posix)
        {
            int close = FindArithmeticEnd(_position + 2);
            if (close >= 0)
            {
                Word expression = ReadArithmetic(_position + 2, close);
                _position = close + 2;
                return new ArithmeticCommand(Place(start), Place(_position), expression);
            }
        }

        _position++;
        Script body = ParseList(Closers.Parenthesis, required: true);
        Expect(')');
        return new Group(Place(start), Place(_position), body, subshell: true);
    }

    private Group ParseGroup(int start)
    {
        Script body = ParseList(Closers.Brace, required: true);
        ExpectWord("}");
        return new Group(Place(start), Place(_position), body, subshell: false);
    }

    private ScratchLists<(Script Condition, Script Body)> _clauseLists;

    private IfCommand ParseIf(int start)
    {
        List<(Script Condition, Script Body)> clauses = _clauseLists.Take();
        Script? otherwise = null;
        while (true)
        {
            Script condition = ParseList(Closers.Then, required: true);
            ExpectWord("then");
            clauses.Add((condition, ParseList(Closers.Fi, required: true)));
            string? next = _failure is null ? PeekReserved(out _) : null;
            if (next == "elif")
            {
                ExpectWord("elif");
                continue;
            }

            if (next == "else")
            {
                ExpectWord("else");
                otherwise = ParseList(Closers.Fi, required: true);
            }

            ExpectWord("fi");
            return new IfCommand(Place(start), Place(_position), _clauseLists.Finish(clauses), otherwise);
        }
    }

    private LoopCommand ParseLoop(int start, bool until)
    {
        Script condition = ParseList(Closers.Do, required: true);
        ExpectWord("do");
        Script body = ParseList(Closers.Done, required: true);
        ExpectWord("done");
        return new LoopCommand(Place(start), Place(_position), condition, body, until);
    }

    private Command ParseFor(int start, bool select)
    {
        SkipBlanks();
        if (!select && _position + 1 < _limit && _text[_position] == '(' && _text[_position + 1] == '(')
        {
            return ParseArithmeticFor(start);
        }

        if (IsDelimiter(_position))
        {
            Unexpected();
            return new ForCommand(Place(start), Place(_position), "", null, NoScript(), select);
        }

        string name = ReadWord().BareText ?? "";
        SkipNewlines();
        Word[]? values = null;
        if (PeekIn(out int end))
        {
            _position = end;
            values = ReadForValues();
        }
        else if (_position < _limit && _text[_position] == ';' && Peek(1) is not (';' or '&'))
        {
            _position++;
            SkipNewlines();
        }

        Script body = ReadLoopBody(out int bodyEnd);
        return new ForCommand(Place(start), Place(bodyEnd), name, values, body, select);
    }

    private Word[] ReadForValues()
    {
        List<Word> values = _wordLists.Take();
        while (_failure is null)
        {
            SkipBlanks();
            if (_position >= _limit)
            {
                break;
            }

            if (_text[_position] == '\n' || (_text[_position] == ';' && Peek(1) is not (';' or '&')))
            {
                _position++;
                ReadHereDocuments();
                SkipNewlines();
                return _wordLists.Finish(values);
            }

            if (IsDelimiter(_position) && !AtProcessSubstitution())
            {
                break;
            }

            values.Add(ReadWord());
        }

        Unexpected();
        return _wordLists.Finish(values);
    }

    private ArithmeticFor ParseArithmeticFor(int start)
    {
        int close = FindArithmeticEnd(_position + 2);
        if (close < 0)
        {
            _position = _limit;
            Unexpected();
            return new ArithmeticFor(Place(start), Place(_limit), EmptyWord(), NoScript());
        }

        if (_text.AsSpan(_position + 2, close - _position - 2).Count(';') != 2)
        {
            Fail("expected three expressions with `;` between them", incomplete: false);
        }

        Word header = _failure is null ? ReadArithmetic(_position + 2, close) : EmptyWord();
        _position = _failure is null ? close + 2 : _limit;
        SkipBlanks();
        if (_position < _limit && _text[_position] == ';' && Peek(1) is not (';' or '&'))
        {
            _position++;
        }

        SkipNewlines();
        Script body = ReadLoopBody(out int end);
        return new ArithmeticFor(Place(start), Place(end), header, body);
    }

    /// <summary><c>do … done</c>, or <c>{ … }</c>, which bash takes as well.</summary>
    private Script ReadLoopBody(out int end)
    {
        Script body;
        if (_failure is null && PeekReserved(out _) == "{")
        {
            ExpectWord("{");
            body = ParseList(Closers.Brace, required: true);
            ExpectWord("}");
        }
        else
        {
            ExpectWord("do");
            body = ParseList(Closers.Done, required: true);
            ExpectWord("done");
        }

        end = _position;
        return body;
    }

    private CaseCommand ParseCase(int start)
    {
        SkipBlanks();
        var items = new List<CaseItem>();
        if (IsDelimiter(_position) && !AtProcessSubstitution())
        {
            Unexpected();
            return new CaseCommand(Place(start), Place(_position), EmptyWord(), []);
        }

        Word subject = ReadWord();
        SkipNewlines();
        if (PeekIn(out int end))
        {
            _position = end;
        }
        else
        {
            Unexpected();
        }

        while (_failure is null)
        {
            SkipNewlines();
            if (_position >= _limit)
            {
                Unexpected();
            }
            else if (PeekReserved(out _) == "esac")
            {
                ExpectWord("esac");
                break;
            }
            else if (ReadCaseItem() is { } item)
            {
                items.Add(item);
            }
        }

        return new CaseCommand(Place(start), Place(_position), subject, [.. items]);
    }

    private CaseItem? ReadCaseItem()
    {
        int start = _position;
        if (_text[_position] == '(')
        {
            _position++;
        }

        var patterns = new List<Word>();
        while (_failure is null)
        {
            SkipBlanks();
            if (_position >= _limit || (IsDelimiter(_position) && !AtProcessSubstitution()))
            {
                Unexpected();
                return null;
            }

            patterns.Add(ReadWord());
            SkipBlanks();
            if (_position < _limit && _text[_position] == '|' && Peek(1) != '|')
            {
                _position++;
                continue;
            }

            Expect(')');
            break;
        }

        Script body = ParseList(Closers.CaseItem);
        if (_failure is null && PeekOperator(out int end) is ";;" or ";&" or ";;&")
        {
            _position = end;
        }

        return new CaseItem(Place(start), Place(_position), [.. patterns], body);
    }

    private static readonly SearchValues<char> FunctionNameEnd = SearchValues.Create(" \t\n;&|()<>`\\");

    /// <summary><c>name ( ) compound</c>.</summary>
    private bool TryParseFunction(out FunctionDefinition? function)
    {
        function = null;
        int start = _position;
        int run = _text.AsSpan(_position, _limit - _position).IndexOfAny(FunctionNameEnd);
        int end = run < 0 ? _limit : _position + run;
        int nameEnd = end;
        while (end < _limit && _text[end] is ' ' or '\t')
        {
            end++;
        }

        if (nameEnd == start || end >= _limit || _text[end] != '(' || _text[nameEnd - 1] == '$'
            || LooksAssigned(start, nameEnd))
        {
            return false;
        }

        // A parenthesis inside quotes begins no definition: `'f()' x`.
        ReadOnlySpan<char> written = _text.AsSpan(start, nameEnd - start);
        if (written.Count('\'') % 2 != 0 || written.Count('"') % 2 != 0)
        {
            return false;
        }

        end++;
        while (end < _limit && _text[end] is ' ' or '\t')
        {
            end++;
        }

        if (end >= _limit || _text[end] != ')')
        {
            return false;
        }

        string name = _text[start..nameEnd].Replace("\"", "", StringComparison.Ordinal)
            .Replace("'", "", StringComparison.Ordinal);
        _position = end + 1;
        function = ReadFunctionBody(start, name);
        return true;
    }

    private bool LooksAssigned(int start, int end)
    {
        int name = EndOfName(start);
        return name > start && name < end && _text[name] is '=' or '+' or '[';
    }

    private FunctionDefinition? ParseFunctionKeyword(int start)
    {
        SkipBlanks();
        if (IsDelimiter(_position))
        {
            Unexpected();
            return null;
        }

        string name = ReadWord().ConstantText ?? "";
        SkipBlanks();
        if (_position < _limit && _text[_position] == '(' && _dialect != ShellDialect.Posix && ClosesAtOnce())
        {
            _position = _text.IndexOf(')', _position) + 1;
        }

        return ReadFunctionBody(start, name);
    }

    private bool ClosesAtOnce()
    {
        int at = _position + 1;
        while (at < _limit && _text[at] is ' ' or '\t')
        {
            at++;
        }

        return at < _limit && _text[at] == ')';
    }

    private FunctionDefinition? ReadFunctionBody(int start, string name)
    {
        SkipNewlines();
        Command? body = null;
        if (_position >= _limit)
        {
            Unexpected();
        }
        else if (AtCompound() || _dialect == ShellDialect.Posix)
        {
            body = ParseCommand();
        }
        else
        {
            Unexpected();
        }

        return body is null ? null : new FunctionDefinition(Place(start), Place(_position), name, body);
    }

    private CoprocCommand? ParseCoproc(int start)
    {
        SkipBlanks();
        string? name = null;
        if (_position < _limit && !AtCompound() && !IsDelimiter(_position))
        {
            int before = _position;
            Word word = ReadWord();
            SkipBlanks();
            if (_failure is null && _position < _limit && AtCompound())
            {
                name = word.ConstantText ?? "";
            }
            else if (_failure is null)
            {
                _position = before;
            }
        }

        Command? body = ParseCommand();
        return body is null ? null : new CoprocCommand(Place(start), Place(_position), name, body);
    }

    private bool PeekIn(out int end)
    {
        end = _position;
        if (_failure is not null || _position + 1 >= _limit || _text[_position] != 'i')
        {
            return false;
        }

        int at = _position + 1;
        while (at + 1 < _limit && _text[at] == '\\' && _text[at + 1] == '\n')
        {
            at += 2;
        }

        if (at >= _limit || _text[at] != 'n' || !IsDelimiter(at + 1))
        {
            return false;
        }

        end = at + 1;
        return true;
    }

    private void Expect(char c)
    {
        if (_failure is not null)
        {
            return;
        }

        SkipNewlines();
        if (_position < _limit && _text[_position] == c)
        {
            _position++;
        }
        else
        {
            Unexpected();
        }
    }

    private void ExpectWord(string word)
    {
        if (_failure is not null)
        {
            return;
        }

        SkipNewlines();
        if (PeekReserved(out int end) == word)
        {
            _position = end;
        }
        else
        {
            Unexpected();
        }
    }

    private Script NoScript() => new(Place(_position), Place(_position), []);

    private Word EmptyWord() => new(Place(_position), Place(_position), new PartList([]));
}
