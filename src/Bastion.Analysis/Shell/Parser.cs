namespace Bastion.Analysis.Shell;

/// <summary>
/// Reads shell text by recursive descent, straight from the characters: what a character means depends on where it
/// stands, so a separate lexer would only ask back. Each part of the grammar has a file of its own: lists and pipelines
/// here, simple commands and redirections, compound commands, <c>[[ ]]</c>, words, expansions, here-documents.
/// The first failure is kept and moves the position to the end, so no caller needs to check for it.
/// </summary>
internal sealed partial class Parser
{
    private readonly string _text;
    private readonly ShellDialect _dialect;

    /// <summary>Where each character stood in the outermost text; null when it is the same place plus <see
    /// cref="_offset"/>.</summary>
    private readonly int[]? _places;
    private readonly int _offset;
    private readonly TextPool _pool;

    private int _position;
    private int _limit;
    private int _depth;
    private int _substitutionDepth;
    private ParseFailure? _failure;
    private ParseFailure? _deviation;
    private long _steps;

    private Parser(string text, ShellDialect dialect, int offset = 0, int[]? places = null, int depth = 0)
    {
        this._text = text;
        this._dialect = dialect;
        this._offset = offset;
        this._places = places;
        this._depth = depth;
        _pool = new TextPool(text.Length);
        _limit = text.Length;
    }

    /// <summary>Steps taken so far: what the linear-time tests count.</summary>
    internal long Steps => _steps;

    /// <param name="offset">Where the text stands in the one that spans count in.</param>
    public static Script Parse(string text, ShellDialect dialect, int offset = 0) =>
        Parse(text, dialect, out _, offset);

    internal static Script Parse(string text, ShellDialect dialect, out long steps, int offset = 0)
    {
        if (text.Length > ShellLimits.MaximumLength)
        {
            steps = 0;
            return new Script(0, text.Length, []) { Failure = TooLong() };
        }

        var parser = new Parser(text, dialect, offset);
        Script script = parser.ParseAll();
        steps = parser.Steps;
        return script;
    }

    /// <summary>Gives each command of the outermost list away before it reads the next, so that a long script is never
    /// a tree as a whole.</summary>
    public static ParseFailure? ParseEach(string text, ShellDialect dialect, Action<Statement> each, int offset = 0)
    {
        if (text.Length > ShellLimits.MaximumLength)
        {
            return TooLong();
        }

        return new Parser(text, dialect, offset).ReadEach(each);
    }

    private static ParseFailure TooLong() =>
        new(0, $"longer than {ShellLimits.MaximumLength} characters", Incomplete: false);

    private ParseFailure? ReadEach(Action<Statement> each)
    {
        var waiting = new Queue<Statement>();
        Enter();
        for (bool more = true; more;)
        {
            SkipNewlines();
            // A command whose here-documents are still to come is not whole.
            while (_pendingHereDocuments is not { Count: > 0 } && waiting.TryDequeue(out Statement? whole))
            {
                each(whole);
            }

            if (ReadStatement(Closers.None, out more) is { } statement)
            {
                waiting.Enqueue(statement);
            }
        }

        _depth--;
        Finish();
        while (waiting.TryDequeue(out Statement? last))
        {
            each(last);
        }

        return _failure ?? _deviation;
    }

    private Script ParseAll()
    {
        Script list = ParseList(Closers.None);
        Finish();
        return new Script(Place(0), Place(_limit), list.Statements) { Failure = _failure ?? _deviation };
    }

    private void Finish()
    {
        if (_failure is null && _position < _limit)
        {
            Unexpected();
        }

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

    private ScratchLists<Statement> _statementLists;

    private Script ParseList(Closers closers, bool required = false)
    {
        int start = _position;
        if (!Enter())
        {
            return NoScript();
        }

        List<Statement> statements = _statementLists.Take();
        for (bool more = true; more;)
        {
            SkipNewlines();
            if (ReadStatement(closers, out more) is { } statement)
            {
                statements.Add(statement);
            }
        }

        _depth--;
        Statement[] all = _statementLists.Finish(statements);
        if (required && all.Length == 0 && _failure is null)
        {
            Unexpected();
        }

        return new Script(Place(start), Place(Math.Min(_position, _limit)), all);
    }

    /// <summary>A command with its separator; null where none begins.</summary>
    private Statement? ReadStatement(Closers closers, out bool more)
    {
        more = false;
        if (_position >= _limit || IsClosed(closers))
        {
            return null;
        }

        int start = _position;
        Command? command = ParseAndOr();
        if (command is null)
        {
            return null;
        }

        bool background = ReadSeparator(closers, EndsWithCompound(command), out more);
        return new Statement(Place(start), Place(_position), command, background);
    }

    /// <summary>After a command: <c>;</c>, <c>&amp;</c>, a newline, or what closes the list. Anything else is
    /// wrong.</summary>
    private bool ReadSeparator(Closers closers, bool afterCompound, out bool more)
    {
        SkipBlanks();
        more = true;
        if (_position >= _limit)
        {
            more = false;
            return false;
        }

        switch (PeekOperator(out int end))
        {
            case "\n":
                return false;
            case ";":
                _position = end;
                return false;
            case "&":
                _position = end;
                return true;
            case ";;" or ";&" or ";;&" when (closers & Closers.CaseItem) != 0:
            case ")" when (closers & Closers.Parenthesis) != 0:
                more = false;
                return false;
            default:
                // `(a) fi`, `{ a; } done`: after a compound command a closing word needs no separator.
                more = false;
                if (!afterCompound || !IsClosed(closers))
                {
                    Unexpected();
                }

                return false;
        }
    }

    /// <summary>The control operator at the position, and where it ends; null when there is none. Line continuations
    /// inside it do not matter.</summary>
    private string? PeekOperator(out int end)
    {
        end = _position + 1;
        if (_position >= _limit)
        {
            return null;
        }

        char first = _text[_position];
        if (first is '\n' or '(' or ')')
        {
            return first == '\n' ? "\n" : first == '(' ? "(" : ")";
        }

        if (first is not (';' or '&' or '|'))
        {
            return null;
        }

        char second = OperatorCharacter(end, out int afterSecond);
        string? two = (first, second) switch
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
        {
            return first == ';' ? ";" : first == '&' ? "&" : "|";
        }

        end = afterSecond;
        if (two == ";;" && OperatorCharacter(end, out int afterThird) == '&')
        {
            end = afterThird;
            return ";;&";
        }

        return two;
    }

    private char OperatorCharacter(int at, out int end)
    {
        while (at + 1 < _limit && _text[at] == '\\' && _text[at + 1] == '\n')
        {
            at += 2;
        }

        end = at + 1;
        return at < _limit ? _text[at] : '\0';
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
        if (_text[_position] == ')')
        {
            return (closers & Closers.Parenthesis) != 0;
        }

        if (_text[_position] == ';')
        {
            return (closers & Closers.CaseItem) != 0 && PeekOperator(out _) is ";;" or ";&" or ";;&";
        }

        string? word = PeekReserved(out _);
        Closers closes = word switch
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

    private ScratchLists<(AndOr Operator, Command Command)> _rests;
    private ScratchLists<Command> _commandLists;

    private Command? ParseAndOr()
    {
        int start = _position;
        Command? first = ParsePipeline();
        if (first is null)
        {
            return null;
        }

        List<(AndOr Operator, Command Command)>? rest = null;
        while (true)
        {
            SkipBlanks();
            string? symbol = PeekOperator(out int end);
            if (symbol is not ("&&" or "||"))
            {
                break;
            }

            AndOr kind = symbol == "&&" ? AndOr.And : AndOr.Or;
            _position = end;
            SkipNewlines();
            Command? next = ParsePipeline();
            if (next is null)
            {
                break;
            }

            (rest ??= _rests.Take()).Add((kind, next));
        }

        return rest is null ? first : new AndOrList(Place(start), Place(_position), first, _rests.Finish(rest));
    }

    /// <summary>pipeline_command: any of <c>!</c> and <c>time [-p] [--]</c>, then a pipeline, which after them may be
    /// missing.</summary>
    private Command? ParsePipeline()
    {
        int start = _position;
        bool negated = false, timed = false;
        while (PeekReserved(out int end) is "!" or "time")
        {
            bool isTime = _text[_position] == 't';
            if (isTime && _dialect == ShellDialect.Posix)
            {
                break;
            }

            _position = end;
            SkipBlanks();
            negated |= !isTime;
            timed |= isTime;
            if (isTime)
            {
                SkipTimeOptions();
            }
        }

        if ((negated || timed) && AtListTerminator())
        {
            return new Pipeline(Place(start), Place(_position), [], negated, timed);
        }

        Command? first = ParseCommand();
        if (first is null)
        {
            return negated || timed ? new Pipeline(Place(start), Place(_position), [], negated, timed) : null;
        }

        List<Command>? commands = null;
        while (true)
        {
            SkipBlanks();
            if (PeekOperator(out int end) is not ("|" or "|&"))
            {
                break;
            }

            _position = end;
            SkipNewlines();
            Command? next = ParseCommand();
            if (next is null)
            {
                if (commands is not null)
                {
                    break;
                }

                return first;
            }

            if (commands is null)
            {
                commands = _commandLists.Take();
                commands.Add(first);
            }

            commands.Add(next);
        }

        return commands is null && !negated && !timed
            ? first
            : new Pipeline(Place(start), Place(_position), commands is null
            ? [first]
            : _commandLists.Finish(commands), negated, timed);
    }

    private void SkipTimeOptions()
    {
        while (_position + 1 < _limit && _text[_position] == '-' && _text[_position + 1] is 'p' or '-'
            && IsDelimiter(_position + 2))
        {
            _position += 2;
            SkipBlanks();
        }
    }

    private bool AtListTerminator() => _position >= _limit || _text[_position] is '\n' or ';';

    /// <summary>A word the grammar knows at the beginning of a command; null when there is none. Line continuations
    /// inside it do not matter.</summary>
    private string? PeekReserved(out int end)
    {
        end = _position;
        if (_position >= _limit || _text[_position] is not ((>= 'a' and <= 'w') or '{' or '}' or '!' or '[' or '\\'))
        {
            return null;
        }

        if (_peeked.Position != _position || _peeked.Limit != _limit)
        {
            _peeked = (_position, _limit, ReadReserved(out int after), after);
        }

        end = _peeked.End;
        return _peeked.Word;
    }

    /// <summary>A list, a pipeline and a command each ask for the word at the same place.</summary>
    private (int Position, int Limit, string? Word, int End) _peeked = (-1, -1, null, -1);

    private string? ReadReserved(out int end)
    {
        end = _position;
        Span<char> word = stackalloc char[8];
        int length = 0;
        int i = _position;
        while (i < _limit && !IsDelimiter(i))
        {
            if (_text[i] == '\\' && i + 1 < _limit && _text[i + 1] == '\n')
            {
                i += 2;
                continue;
            }

            if (length == word.Length)
            {
                return null;
            }

            word[length++] = _text[i++];
        }

        end = i;
        return ReservedWords.Find(word[..length], _dialect);
    }

    /// <summary>The end of a token: end of text, blank, newline or an operator's character.</summary>
    private bool IsDelimiter(int at) =>
        at >= _limit || _text[at] is ' ' or '\t' or '\n' or ';' or '&' or '|' or '(' or ')' or '<' or '>';

    private char Peek(int ahead) => _position + ahead < _limit ? _text[_position + ahead] : '\0';

    /// <summary>Blanks, line continuations and a comment.</summary>
    private void SkipBlanks()
    {
        while (_position < _limit)
        {
            _steps++;
            char c = _text[_position];
            if (c is ' ' or '\t')
            {
                _position++;
            }
            else if (c == '\\' && Peek(1) == '\n')
            {
                _position += 2;
            }
            else if (c == '#')
            {
                int end = _text.IndexOf('\n', _position, _limit - _position);
                _position = end < 0 ? _limit : end;
                return;
            }
            else
            {
                return;
            }
        }
    }

    private void SkipNewlines()
    {
        while (true)
        {
            SkipBlanks();
            if (_position >= _limit || _text[_position] != '\n')
            {
                return;
            }

            _position++;
            ReadHereDocuments();
        }
    }

    private bool Enter()
    {
        if (++_depth <= ShellLimits.MaximumDepth)
        {
            return true;
        }

        _depth--;
        Fail($"nested deeper than {ShellLimits.MaximumDepth} levels", incomplete: false);
        return false;
    }

    private int Place(int at) => _places is null ? at + _offset : _places[Math.Min(at, _places.Length - 1)];

    private void Unexpected()
    {
        if (_position >= _limit)
        {
            Fail("the text ends in the middle of a construct", incomplete: true);
        }
        else
        {
            Fail($"`{(_text[_position] == '\n' ? "newline" : _text[_position].ToString())}` is not expected here",
                incomplete: false);
        }
    }

    private void Fail(string message, bool incomplete)
    {
        _failure ??= new ParseFailure(Place(_position), message, incomplete, Recovered: incomplete);
        _position = _limit;
    }
}
