namespace Bastion.Analysis.Shell;

/// <summary>
/// Reads shell text by recursive descent, straight from the characters: what a character means depends on where it stands, so a
/// separate lexer would only ask back. Each part of the grammar has a file of its own:
/// lists and pipelines here, simple commands and redirections, compound commands, <c>[[ ]]</c>, words, expansions, here-documents.
/// The first failure is kept and moves the position to the end, so no caller needs to check for it.
/// </summary>
internal sealed partial class Parser
{
    private readonly string text;
    private readonly ShellDialect dialect;

    /// <summary>Where each character stood in the outermost text; null when it is the same place plus <see cref="offset"/>.</summary>
    private readonly int[]? places;
    private readonly int offset;
    private readonly TextPool pool;

    private int position;
    private int limit;
    private int depth;
    private int substitutionDepth;
    private ParseFailure? failure;
    private ParseFailure? deviation;
    private long steps;

    private Parser(string text, ShellDialect dialect, int offset = 0, int[]? places = null, int depth = 0)
    {
        this.text = text;
        this.dialect = dialect;
        this.offset = offset;
        this.places = places;
        this.depth = depth;
        pool = new TextPool(text.Length);
        limit = text.Length;
    }

    /// <summary>Steps taken so far: what the linear-time tests count.</summary>
    internal long Steps => steps;

    /// <param name="offset">Where the text stands in the one that spans count in.</param>
    public static Script Parse(string text, ShellDialect dialect, int offset = 0) => Parse(text, dialect, out _, offset);

    internal static Script Parse(string text, ShellDialect dialect, out long steps, int offset = 0)
    {
        if (text.Length > ShellLimits.MaxLength)
        {
            steps = 0;
            return new Script(0, text.Length, []) { Failure = TooLong() };
        }
        var parser = new Parser(text, dialect, offset);
        var script = parser.ParseAll();
        steps = parser.Steps;
        return script;
    }

    /// <summary>Gives each command of the outermost list away before it reads the next, so that a long script is never a tree as a whole.</summary>
    public static ParseFailure? ParseEach(string text, ShellDialect dialect, Action<Statement> each, int offset = 0)
    {
        if (text.Length > ShellLimits.MaxLength)
            return TooLong();
        return new Parser(text, dialect, offset).ReadEach(each);
    }

    private static ParseFailure TooLong() => new(0, $"longer than {ShellLimits.MaxLength} characters", Incomplete: false);

    private ParseFailure? ReadEach(Action<Statement> each)
    {
        var waiting = new Queue<Statement>();
        Enter();
        for (var more = true; more;)
        {
            SkipNewlines();
            // A command whose here-documents are still to come is not whole.
            while (pendingHereDocuments is not { Count: > 0 } && waiting.TryDequeue(out var whole))
                each(whole);
            if (ReadStatement(Closers.None, out more) is { } statement)
                waiting.Enqueue(statement);
        }
        depth--;
        Finish();
        while (waiting.TryDequeue(out var last))
            each(last);
        return failure ?? deviation;
    }

    private Script ParseAll()
    {
        var list = ParseList(Closers.None);
        Finish();
        return new Script(Place(0), Place(limit), list.Statements) { Failure = failure ?? deviation };
    }

    private void Finish()
    {
        if (failure is null && position < limit)
            Unexpected();
        ReadHereDocuments();
    }

    /// <summary>The words and operators that may end a list.</summary>
    [Flags]
    private enum Closers
    {
        None = 0,
        Parenthesis = 1,
        Then = 2,
        Do = 4,
        Done = 8,
        Fi = 16,
        Brace = 32,
        CaseItem = 64,
    }

    private ScratchLists<Statement> statementLists;

    private Script ParseList(Closers closers, bool required = false)
    {
        var start = position;
        if (!Enter())
            return NoScript();
        var statements = statementLists.Take();
        for (var more = true; more;)
        {
            SkipNewlines();
            if (ReadStatement(closers, out more) is { } statement)
                statements.Add(statement);
        }
        depth--;
        var all = statementLists.Finish(statements);
        if (required && all.Length == 0 && failure is null)
            Unexpected();
        return new Script(Place(start), Place(Math.Min(position, limit)), all);
    }

    /// <summary>A command with its separator; null where none begins.</summary>
    private Statement? ReadStatement(Closers closers, out bool more)
    {
        more = false;
        if (position >= limit || IsClosed(closers))
            return null;
        var start = position;
        var command = ParseAndOr();
        if (command is null)
            return null;
        var background = ReadSeparator(closers, EndsWithCompound(command), out more);
        return new Statement(Place(start), Place(position), command, background);
    }

    /// <summary>After a command: <c>;</c>, <c>&amp;</c>, a newline, or what closes the list. Anything else is wrong.</summary>
    private bool ReadSeparator(Closers closers, bool afterCompound, out bool more)
    {
        SkipBlanks();
        more = true;
        if (position >= limit)
        {
            more = false;
            return false;
        }
        switch (PeekOperator(out var end))
        {
            case "\n":
                return false;
            case ";":
                position = end;
                return false;
            case "&":
                position = end;
                return true;
            case ";;" or ";&" or ";;&" when (closers & Closers.CaseItem) != 0:
            case ")" when (closers & Closers.Parenthesis) != 0:
                more = false;
                return false;
            default:
                // `(a) fi`, `{ a; } done`: after a compound command a closing word needs no separator.
                more = false;
                if (!afterCompound || !IsClosed(closers))
                    Unexpected();
                return false;
        }
    }

    /// <summary>The control operator at the position, and where it ends; null when there is none. Line continuations inside it do not matter.</summary>
    private string? PeekOperator(out int end)
    {
        end = position + 1;
        if (position >= limit)
            return null;
        var first = text[position];
        if (first is '\n' or '(' or ')')
            return first == '\n' ? "\n" : first == '(' ? "(" : ")";
        if (first is not (';' or '&' or '|'))
            return null;
        var second = OperatorCharacter(end, out var afterSecond);
        var two = (first, second) switch
        {
            (';', ';') => ";;",
            (';', '&') => ";&",
            ('&', '&') => "&&",
            ('&', '>') => "&>",
            ('|', '|') => "||",
            ('|', '&') => "|&",
            _ => null,
        };
        if (two is null)
            return first == ';' ? ";" : first == '&' ? "&" : "|";
        end = afterSecond;
        if (two == ";;" && OperatorCharacter(end, out var afterThird) == '&')
        {
            end = afterThird;
            return ";;&";
        }
        return two;
    }

    private char OperatorCharacter(int at, out int end)
    {
        while (at + 1 < limit && text[at] == '\\' && text[at + 1] == '\n')
            at += 2;
        end = at + 1;
        return at < limit ? text[at] : '\0';
    }

    private static bool EndsWithCompound(Command command) => command switch
    {
        SimpleCommand => false,
        Pipeline pipeline => pipeline.Commands.Length > 0 && EndsWithCompound(pipeline.Commands[^1]),
        AndOrList list => EndsWithCompound(list.Rest[^1].Command),
        FunctionDefinition function => EndsWithCompound(function.Body),
        CoprocCommand coproc => EndsWithCompound(coproc.Body),
        _ => command.Redirections.Length == 0,
    };

    private bool IsClosed(Closers closers)
    {
        if (text[position] == ')')
            return (closers & Closers.Parenthesis) != 0;
        if (text[position] == ';')
            return (closers & Closers.CaseItem) != 0 && PeekOperator(out _) is ";;" or ";&" or ";;&";
        var word = PeekReserved(out _);
        var closes = word switch
        {
            "then" => Closers.Then,
            "do" => Closers.Do,
            "done" => Closers.Done,
            "fi" or "else" or "elif" => Closers.Fi,
            "}" => Closers.Brace,
            "esac" => Closers.CaseItem,
            _ => Closers.None,
        };
        return (closes & closers) != 0;
    }

    private ScratchLists<(AndOr Operator, Command Command)> rests;
    private ScratchLists<Command> commandLists;

    private Command? ParseAndOr()
    {
        var start = position;
        var first = ParsePipeline();
        if (first is null)
            return null;
        List<(AndOr Operator, Command Command)>? rest = null;
        while (true)
        {
            SkipBlanks();
            var symbol = PeekOperator(out var end);
            if (symbol is not ("&&" or "||"))
                break;
            var kind = symbol == "&&" ? AndOr.And : AndOr.Or;
            position = end;
            SkipNewlines();
            var next = ParsePipeline();
            if (next is null)
                break;
            (rest ??= rests.Take()).Add((kind, next));
        }
        return rest is null ? first : new AndOrList(Place(start), Place(position), first, rests.Finish(rest));
    }

    /// <summary>pipeline_command: any of <c>!</c> and <c>time [-p] [--]</c>, then a pipeline, which after them may be missing.</summary>
    private Command? ParsePipeline()
    {
        var start = position;
        bool negated = false, timed = false;
        while (PeekReserved(out var end) is "!" or "time")
        {
            var isTime = text[position] == 't';
            if (isTime && dialect == ShellDialect.Posix)
                break;
            position = end;
            SkipBlanks();
            negated |= !isTime;
            timed |= isTime;
            if (isTime)
                SkipTimeOptions();
        }
        if ((negated || timed) && AtListTerminator())
            return new Pipeline(Place(start), Place(position), [], negated, timed);
        var first = ParseCommand();
        if (first is null)
            return negated || timed ? new Pipeline(Place(start), Place(position), [], negated, timed) : null;
        List<Command>? commands = null;
        while (true)
        {
            SkipBlanks();
            if (PeekOperator(out var end) is not ("|" or "|&"))
                break;
            position = end;
            SkipNewlines();
            var next = ParseCommand();
            if (next is null)
            {
                if (commands is not null)
                    break;
                return first;
            }
            if (commands is null)
            {
                commands = commandLists.Take();
                commands.Add(first);
            }
            commands.Add(next);
        }
        return commands is null && !negated && !timed
            ? first
            : new Pipeline(Place(start), Place(position), commands is null ? [first] : commandLists.Finish(commands), negated, timed);
    }

    private void SkipTimeOptions()
    {
        while (position + 1 < limit && text[position] == '-' && text[position + 1] is 'p' or '-' && IsDelimiter(position + 2))
        {
            position += 2;
            SkipBlanks();
        }
    }

    private bool AtListTerminator() => position >= limit || text[position] is '\n' or ';';

    /// <summary>A word the grammar knows at the beginning of a command; null when there is none. Line continuations inside it do not matter.</summary>
    private string? PeekReserved(out int end)
    {
        end = position;
        if (position >= limit || text[position] is not ((>= 'a' and <= 'w') or '{' or '}' or '!' or '[' or '\\'))
            return null;
        if (peeked.Position != position || peeked.Limit != limit)
            peeked = (position, limit, ReadReserved(out var after), after);
        end = peeked.End;
        return peeked.Word;
    }

    /// <summary>A list, a pipeline and a command each ask for the word at the same place.</summary>
    private (int Position, int Limit, string? Word, int End) peeked = (-1, -1, null, -1);

    private string? ReadReserved(out int end)
    {
        end = position;
        Span<char> word = stackalloc char[8];
        var length = 0;
        var i = position;
        while (i < limit && !IsDelimiter(i))
        {
            if (text[i] == '\\' && i + 1 < limit && text[i + 1] == '\n')
            {
                i += 2;
                continue;
            }
            if (length == word.Length)
                return null;
            word[length++] = text[i++];
        }
        end = i;
        return ReservedWords.Find(word[..length], dialect);
    }

    /// <summary>The end of a token: end of text, blank, newline or an operator's character.</summary>
    private bool IsDelimiter(int at) => at >= limit || text[at] is ' ' or '\t' or '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>';

    private char Peek(int ahead) => position + ahead < limit ? text[position + ahead] : '\0';

    /// <summary>Blanks, line continuations and a comment.</summary>
    private void SkipBlanks()
    {
        while (position < limit)
        {
            steps++;
            var c = text[position];
            if (c is ' ' or '\t')
                position++;
            else if (c == '\\' && Peek(1) == '\n')
                position += 2;
            else if (c == '#')
            {
                var end = text.IndexOf('\n', position, limit - position);
                position = end < 0 ? limit : end;
                return;
            }
            else
                return;
        }
    }

    private void SkipNewlines()
    {
        while (true)
        {
            SkipBlanks();
            if (position >= limit || text[position] != '\n')
                return;
            position++;
            ReadHereDocuments();
        }
    }

    private bool Enter()
    {
        if (++depth <= ShellLimits.MaxDepth)
            return true;
        depth--;
        Fail($"nested deeper than {ShellLimits.MaxDepth} levels", incomplete: false);
        return false;
    }

    private int Place(int at) => places is null ? at + offset : places[Math.Min(at, places.Length - 1)];

    private void Unexpected()
    {
        if (position >= limit)
            Fail("the text ends in the middle of a construct", incomplete: true);
        else
            Fail($"`{(text[position] == '\n' ? "newline" : text[position].ToString())}` is not expected here", incomplete: false);
    }

    private void Fail(string message, bool incomplete)
    {
        failure ??= new ParseFailure(Place(position), message, incomplete, Recovered: incomplete);
        position = limit;
    }
}
