using System.Buffers;

namespace Bastion.Analysis.Shell;

/// <summary>Compound commands (XCU 2.9.4) and function definitions (2.9.5).</summary>
internal sealed partial class Parser
{
    private Command? ParseCommand()
    {
        SkipBlanks();
        if (position >= limit || failure is not null)
        {
            if (failure is null)
                Unexpected();
            return null;
        }
        if (!Enter())
            return null;
        var command = ParseCommandHere();
        depth--;
        return command;
    }

    private Command? ParseCommandHere()
    {
        if (AtCompound())
        {
            var compound = ParseCompound();
            if (compound is null or FunctionDefinition or CoprocCommand)
                return compound;
            compound.Redirections = ReadRedirections();
            return compound;
        }
        var word = PeekReserved(out var end);
        if (word is not null && !(word == "time" && dialect == ShellDialect.Posix))
        {
            Unexpected();
            return null;
        }
        return TryParseFunction(out var function) ? function : ParseSimple();
    }

    private bool AtCompound() =>
        position < limit && (text[position] == '('
            || PeekReserved(out _) is "{" or "if" or "while" or "until" or "for" or "select" or "case" or "[[" or "function" or "coproc");

    private Command? ParseCompound()
    {
        var start = position;
        if (text[position] == '(')
            return ParseParenthesis();
        var word = PeekReserved(out var end);
        position = end;
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
        var start = position;
        if (Peek(1) == '(' && dialect != ShellDialect.Posix)
        {
            var close = FindArithmeticEnd(position + 2);
            if (close >= 0)
            {
                var expression = ReadArithmetic(position + 2, close);
                position = close + 2;
                return new ArithmeticCommand(Place(start), Place(position), expression);
            }
        }
        position++;
        var body = ParseList(Closers.Parenthesis, required: true);
        Expect(')');
        return new Group(Place(start), Place(position), body, subshell: true);
    }

    private Group ParseGroup(int start)
    {
        var body = ParseList(Closers.Brace, required: true);
        ExpectWord("}");
        return new Group(Place(start), Place(position), body, subshell: false);
    }

    private ScratchLists<(Script Condition, Script Body)> clauseLists;

    private IfCommand ParseIf(int start)
    {
        var clauses = clauseLists.Take();
        Script? otherwise = null;
        while (true)
        {
            var condition = ParseList(Closers.Then, required: true);
            ExpectWord("then");
            clauses.Add((condition, ParseList(Closers.Fi, required: true)));
            var next = failure is null ? PeekReserved(out _) : null;
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
            return new IfCommand(Place(start), Place(position), clauseLists.Finish(clauses), otherwise);
        }
    }

    private LoopCommand ParseLoop(int start, bool until)
    {
        var condition = ParseList(Closers.Do, required: true);
        ExpectWord("do");
        var body = ParseList(Closers.Done, required: true);
        ExpectWord("done");
        return new LoopCommand(Place(start), Place(position), condition, body, until);
    }

    private Command ParseFor(int start, bool select)
    {
        SkipBlanks();
        if (!select && position + 1 < limit && text[position] == '(' && text[position + 1] == '(')
            return ParseArithmeticFor(start);
        if (IsDelimiter(position))
        {
            Unexpected();
            return new ForCommand(Place(start), Place(position), "", null, NoScript(), select);
        }
        var name = ReadWord().BareText ?? "";
        SkipNewlines();
        Word[]? values = null;
        if (PeekIn(out var end))
        {
            position = end;
            values = ReadForValues();
        }
        else if (position < limit && text[position] == ';' && Peek(1) is not (';' or '&'))
        {
            position++;
            SkipNewlines();
        }
        var body = ReadLoopBody(out var bodyEnd);
        return new ForCommand(Place(start), Place(bodyEnd), name, values, body, select);
    }

    private Word[] ReadForValues()
    {
        var values = wordLists.Take();
        while (failure is null)
        {
            SkipBlanks();
            if (position >= limit)
                break;
            if (text[position] == '\n' || (text[position] == ';' && Peek(1) is not (';' or '&')))
            {
                position++;
                ReadHereDocuments();
                SkipNewlines();
                return wordLists.Finish(values);
            }
            if (IsDelimiter(position) && !AtProcessSubstitution())
                break;
            values.Add(ReadWord());
        }
        Unexpected();
        return wordLists.Finish(values);
    }

    private ArithmeticFor ParseArithmeticFor(int start)
    {
        var close = FindArithmeticEnd(position + 2);
        if (close < 0)
        {
            position = limit;
            Unexpected();
            return new ArithmeticFor(Place(start), Place(limit), EmptyWord(), NoScript());
        }
        if (text.AsSpan(position + 2, close - position - 2).Count(';') != 2)
            Fail("expected three expressions with `;` between them", incomplete: false);
        var header = failure is null ? ReadArithmetic(position + 2, close) : EmptyWord();
        position = failure is null ? close + 2 : limit;
        SkipBlanks();
        if (position < limit && text[position] == ';' && Peek(1) is not (';' or '&'))
            position++;
        SkipNewlines();
        var body = ReadLoopBody(out var end);
        return new ArithmeticFor(Place(start), Place(end), header, body);
    }

    /// <summary><c>do … done</c>, or <c>{ … }</c>, which bash takes as well.</summary>
    private Script ReadLoopBody(out int end)
    {
        Script body;
        if (failure is null && PeekReserved(out _) == "{")
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
        end = position;
        return body;
    }

    private CaseCommand ParseCase(int start)
    {
        SkipBlanks();
        var items = new List<CaseItem>();
        if (IsDelimiter(position) && !AtProcessSubstitution())
        {
            Unexpected();
            return new CaseCommand(Place(start), Place(position), EmptyWord(), []);
        }
        var subject = ReadWord();
        SkipNewlines();
        if (PeekIn(out var end))
            position = end;
        else
            Unexpected();
        while (failure is null)
        {
            SkipNewlines();
            if (position >= limit)
                Unexpected();
            else if (PeekReserved(out _) == "esac")
            {
                ExpectWord("esac");
                break;
            }
            else if (ReadCaseItem() is { } item)
                items.Add(item);
        }
        return new CaseCommand(Place(start), Place(position), subject, [.. items]);
    }

    private CaseItem? ReadCaseItem()
    {
        var start = position;
        if (text[position] == '(')
            position++;
        var patterns = new List<Word>();
        while (failure is null)
        {
            SkipBlanks();
            if (position >= limit || (IsDelimiter(position) && !AtProcessSubstitution()))
            {
                Unexpected();
                return null;
            }
            patterns.Add(ReadWord());
            SkipBlanks();
            if (position < limit && text[position] == '|' && Peek(1) != '|')
            {
                position++;
                continue;
            }
            Expect(')');
            break;
        }
        var body = ParseList(Closers.CaseItem);
        if (failure is null && PeekOperator(out var end) is ";;" or ";&" or ";;&")
            position = end;
        return new CaseItem(Place(start), Place(position), [.. patterns], body);
    }

    private static readonly SearchValues<char> FunctionNameEnd = SearchValues.Create(" \t\n;&|()<>`\\");

    /// <summary><c>name ( ) compound</c>.</summary>
    private bool TryParseFunction(out FunctionDefinition? function)
    {
        function = null;
        var start = position;
        var run = text.AsSpan(position, limit - position).IndexOfAny(FunctionNameEnd);
        var end = run < 0 ? limit : position + run;
        var nameEnd = end;
        while (end < limit && text[end] is ' ' or '\t')
            end++;
        if (nameEnd == start || end >= limit || text[end] != '(' || text[nameEnd - 1] == '$' || LooksAssigned(start, nameEnd))
            return false;
        // A parenthesis inside quotes begins no definition: `'f()' x`.
        var written = text.AsSpan(start, nameEnd - start);
        if (written.Count('\'') % 2 != 0 || written.Count('"') % 2 != 0)
            return false;
        end++;
        while (end < limit && text[end] is ' ' or '\t')
            end++;
        if (end >= limit || text[end] != ')')
            return false;
        var name = text[start..nameEnd].Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal);
        position = end + 1;
        function = ReadFunctionBody(start, name);
        return true;
    }

    private bool LooksAssigned(int start, int end)
    {
        var name = EndOfName(start);
        return name > start && name < end && text[name] is '=' or '+' or '[';
    }

    private FunctionDefinition? ParseFunctionKeyword(int start)
    {
        SkipBlanks();
        if (IsDelimiter(position))
        {
            Unexpected();
            return null;
        }
        var name = ReadWord().ConstantText ?? "";
        SkipBlanks();
        if (position < limit && text[position] == '(' && dialect != ShellDialect.Posix && ClosesAtOnce())
            position = text.IndexOf(')', position) + 1;
        return ReadFunctionBody(start, name);
    }

    private bool ClosesAtOnce()
    {
        var at = position + 1;
        while (at < limit && text[at] is ' ' or '\t')
            at++;
        return at < limit && text[at] == ')';
    }

    private FunctionDefinition? ReadFunctionBody(int start, string name)
    {
        SkipNewlines();
        Command? body = null;
        if (position >= limit)
            Unexpected();
        else if (AtCompound() || dialect == ShellDialect.Posix)
            body = ParseCommand();
        else
            Unexpected();
        return body is null ? null : new FunctionDefinition(Place(start), Place(position), name, body);
    }

    private CoprocCommand? ParseCoproc(int start)
    {
        SkipBlanks();
        string? name = null;
        if (position < limit && !AtCompound() && !IsDelimiter(position))
        {
            var before = position;
            var word = ReadWord();
            SkipBlanks();
            if (failure is null && position < limit && AtCompound())
                name = word.ConstantText ?? "";
            else if (failure is null)
                position = before;
        }
        var body = ParseCommand();
        return body is null ? null : new CoprocCommand(Place(start), Place(position), name, body);
    }

    private bool PeekIn(out int end)
    {
        end = position;
        if (failure is not null || position + 1 >= limit || text[position] != 'i')
            return false;
        var at = position + 1;
        while (at + 1 < limit && text[at] == '\\' && text[at + 1] == '\n')
            at += 2;
        if (at >= limit || text[at] != 'n' || !IsDelimiter(at + 1))
            return false;
        end = at + 1;
        return true;
    }

    private void Expect(char c)
    {
        if (failure is not null)
            return;
        SkipNewlines();
        if (position < limit && text[position] == c)
            position++;
        else
            Unexpected();
    }

    private void ExpectWord(string word)
    {
        if (failure is not null)
            return;
        SkipNewlines();
        if (PeekReserved(out var end) == word)
            position = end;
        else
            Unexpected();
    }

    private Script NoScript() => new(Place(position), Place(position), []);

    private Word EmptyWord() => new(Place(position), Place(position), new PartList([]));
}
