namespace Bastion.Analysis.Sql;

/// <summary>Says what each statement of one reading of a text would do. The parts of this class are by kind of
/// statement.</summary>
internal sealed partial class StatementReader
{
    // Code in strings in code in strings: people write two levels, generators three.
    private const int MaximumNesting = 8;

    // EXPLAIN ANALYZE PREPARE x AS …: statements that contain one another.
    private const int MaximumVerbs = 16;

    private readonly TokenList _tokens;
    private readonly SqlDialect _dialect;
    private readonly LexicalRules _rules;
    private readonly SqlSession _session;
    private readonly int _depth;
    private readonly Predicate _predicate;
    private readonly TextExpression _text;
    private readonly List<Effect> _effects = [];
    private readonly List<EmbeddedShell> _shell = [];
    private IReadOnlyList<string> _chain;
    private int _verbDepth;

    public StatementReader(TokenList tokens, SqlDialect dialect, LexicalRules rules, SqlSession session, int depth,
        IReadOnlyList<string>? chain = null)
    {
        this._tokens = tokens;
        this._dialect = dialect;
        this._rules = rules;
        this._session = session;
        this._depth = depth;
        this._chain = chain ?? [];
        _predicate = new Predicate(tokens);
        _text = new TextExpression(tokens, session);
    }

    public SqlReading ReadAll(bool terminated)
    {
        var statements = new List<SqlStatement>();
        int start = 0;
        for (int i = 0; i <= _tokens.Count; i++)
        {
            if (_tokens.KindAt(i) == SqlTokenKind.ClientCommand)
            {
                int before = _effects.Count;
                ReadClientCommand(i);
                statements.Add(
                    new SqlStatement(_tokens.Span(i, i + 1), _tokens[i].Value ?? string.Empty, _effects[before..]));
                if (start == i)
                {
                    start = i + 1;
                }
            }
            else if (_tokens.KindAt(i) == SqlTokenKind.Terminator)
            {
                if (i > start)
                {
                    int before = _effects.Count;
                    ReadTopLevel(start, i);
                    statements.Add(new SqlStatement(_tokens.Span(start, i), _tokens.Word(start), _effects[before..]));
                }

                start = i + 1;
            }
        }

        return new SqlReading(_effects, _shell, terminated
            ? Completeness.Complete
            : Completeness.Incomplete, statements);
    }

    private void ReadTopLevel(int start, int end)
    {
        if (ExpandVariables(start, end))
        {
            return;
        }

        ReadStatement(start, end);
        string verb = _tokens.Word(start);
        // With another DELIMITER in force a client that does not know the command still splits at the semicolons.
        if (_depth == 0 && !IsBlockWord(verb) && verb != "CREATE" && HasSemicolon(start, end))
        {
            ReadBlock(start, end);
        }

        if (verb is "CREATE" or "ALTER" or "DROP" or "COMMENT" or "GRANT" or "REVOKE" or "SECURITY")
        {
            return;
        }

        ReadNestedChanges(start, end);
        ReadFunctions(start, end);
    }

    private bool HasSemicolon(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (_tokens.IsSymbol(i, ';'))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>One statement, or several that follow one another with nothing between; what stands in parentheses is
    /// not looked at here.</summary>
    private void ReadStatement(int start, int end)
    {
        while (start < end)
        {
            while (_tokens.IsSymbol(start, '(') && start < end)
            {
                start++;
            }

            start = SkipLabel(start, end);
            string verb = _tokens.Word(start);
            if (IsBlock(verb, start))
            {
                ReadBlock(start, end);
                return;
            }

            int next = _rules.NoSeparators && MayBeFollowed(verb) ? FindUnseparated(start, end) : end;
            ReadVerb(verb, start, next);
            start = next;
        }
    }

    private void ReadVerb(string verb, int start, int end)
    {
        if (_verbDepth >= MaximumVerbs)
        {
            Opaque(start, end, SqlReasons.NestedTooDeep);
            return;
        }

        _verbDepth++;
        ReadVerbUnguarded(verb, start, end);
        _verbDepth--;
    }

    private void ReadVerbUnguarded(string verb, int start, int end)
    {
        switch (verb)
        {
            case "DROP": ReadDrop(start, end); break;
            case "TRUNCATE": ReadTruncate(start, end); break;
            case "DELETE": ReadDelete(start, end); break;
            case "UPDATE": ReadUpdate(start, end); break;
            case "MERGE": ReadMerge(start, end); break;
            case "INSERT" or "REPLACE": ReadInsert(start, end); break;
            case "WITH": ReadWith(start, end); break;
            case "SELECT" or "VALUES" or "TABLE" or "FROM": ReadSelect(start, end); break;
            case "ALTER": ReadAlter(start, end); break;
            case "CREATE": ReadCreate(start, end); break;
            case "GRANT" or "REVOKE" or "DENY": ReadGrant(start, end); break;
            case "EXPLAIN" or "DESCRIBE" or "DESC" or "ANALYZE" or "ANALYSE": ReadExplain(start, end); break;
            case "DO": ReadDo(start, end); break;
            case "CALL" or "EXEC" or "EXECUTE" or "PERFORM": ReadExecute(start, end); break;
            case "PREPARE": ReadPrepare(start, end); break;
            case "SET" or "DECLARE" or "LET": ReadSet(start, end); break;
            case "COPY" or "UNLOAD" or "EXPORT" or "LOAD" or "IMPORT" or "BACKUP" or "RESTORE"
                or "FLASHBACK":
                ReadTransfer(verb, start, end); break;
            default: ReadAdministration(verb, start, end); break;
        }
    }

    /// <summary><c>label:</c> or <c>&lt;&lt;label&gt;&gt;</c> before a block.</summary>
    private int SkipLabel(int start, int end)
    {
        if (_tokens.IsSymbol(start, '<') && _tokens.IsSymbol(start + 1, '<') && _tokens.IsSymbol(start + 3, '>')
            && start + 5 <= end)
        {
            return start + 5;
        }

        return _tokens.IsName(start) && _tokens.IsSymbol(start + 1, ':')
            && _tokens.IsAny(start + 2, "BEGIN", "LOOP", "WHILE", "REPEAT", "FOR") ? start + 2 : start;
    }

    /// <summary>Statements inside parentheses: common table expressions that change data, <c>COPY (DELETE … RETURNING
    /// …)</c>.</summary>
    private void ReadNestedChanges(int start, int end)
    {
        bool copies = _tokens.Is(start, "COPY");
        for (int i = start + 1; i < end; i++)
        {
            if (!_tokens.IsSymbol(i - 1, '(') || !_tokens.IsAny(i, "DELETE", "UPDATE", "MERGE", "WITH"))
            {
                continue;
            }

            int close = _tokens.Close(i - 1);
            bool calls = _tokens.Is(i - 2, "UPDATE") || _tokens.Is(i - 2, "DELETE");
            // A query that COPY takes must return rows; without RETURNING the server refuses it.
            if (!calls && !(copies && i == start + 2 && _tokens.Find(i, close, "RETURNING") < 0))
            {
                ReadVerb(_tokens.Word(i), i, Math.Min(close, end));
            }
        }
    }

    /// <summary>A text inside the text: the body of a function, a prepared statement, a string that is
    /// executed.</summary>
    private void ReadNested(string sql, int token, string wrapper, SqlDialect? inner = null)
    {
        if (_depth >= MaximumNesting)
        {
            Opaque(token, token + 1, SqlReasons.NestedTooDeep);
            return;
        }

        LexicalRules nestedRules = _rules with { Client = SqlClient.None };
        (SqlToken[]? nested, bool _) = SqlLexer.Split(sql, nestedRules);
        var reader = new StatementReader(new TokenList(sql, nested), inner ?? _dialect, nestedRules, _session,
            _depth + 1, [.. _chain, wrapper]);
        reader.ReadAll(terminated: true);
        TextSpan outer = _tokens.Span(token, token + 1);
        // A dollar-quoted body stands in the outer text as it is, so its spans can be told; an escaped one is marked as
        // a whole.
        int offset = _tokens.Text.AsSpan(outer.Start, outer.Length).IndexOf(sql, StringComparison.Ordinal);
        foreach (Effect effect in reader._effects)
        {
            _effects.Add(effect with
            {
                Span = offset < 0 || sql.Length == 0
                    ? outer
                    : new TextSpan(outer.Start + offset + effect.Span.Start, effect.Span.Length),
            });
        }

        foreach (EmbeddedShell command in reader._shell)
        {
            _shell.Add(command with { Span = outer });
        }
    }

    private void Add(EffectKind kind, RiskLevel level, int start, int end, Reason reason,
        IReadOnlyList<EffectObject>? objects = null, EffectScope scope = EffectScope.Named) =>
        _effects.Add(new Effect(kind, level, objects ?? [], scope, _tokens.Span(start, end), reason, _chain));

    private void Opaque(int start, int end, Reason reason) =>
        Add(EffectKind.CodeOpaque, RiskLevel.High, start, end, reason, scope: EffectScope.Unknown);

    /// <summary>A shell command that the database server or the client would run.</summary>
    private void AddShell(TextValue command, int start, int end, Reason reason)
    {
        Add(EffectKind.SessionEscape, RiskLevel.High, start, end, reason,
            [new EffectObject(command.Text, ObjectKind.Program, command.Known)]);
        if (command.Text.Length > 0)
        {
            _shell.Add(new EmbeddedShell(command.Text, _tokens.Span(start, end)));
        }
    }

    /// <summary>A name with its schema, without quotes; <paramref name="next"/> is the token after it.</summary>
    private string NameAt(int i, out int next)
    {
        if (!_tokens.IsName(i) && _tokens.KindAt(i) is not (SqlTokenKind.Parameter or SqlTokenKind.Text))
        {
            next = i;
            return string.Empty;
        }

        string name = Plain(i);
        next = i + 1;
        while (_tokens.IsSymbol(next, '.'))
        {
            // `database..object` leaves the schema out.
            string part = _tokens.IsSymbol(next + 1, '.') ? string.Empty : Plain(next + 1);
            name += "." + part;
            next += part.Length == 0 ? 1 : 2;
            if (name.Length > 512)
            {
                break;
            }
        }

        return name;
    }

    private string Plain(int i) => _tokens.KindAt(i) is SqlTokenKind.QuotedName or SqlTokenKind.Text
        ? _tokens[i].Value ?? string.Empty
        : _tokens.Slice(i).ToString();

    /// <summary>The names of a list <c>a, b.c, "d"</c> that begins at <paramref name="i"/>.</summary>
    private List<EffectObject> Names(int i, int end, ObjectKind kind)
    {
        var found = new List<EffectObject>();
        while (i < end)
        {
            if (_tokens.Is(i, "ONLY"))
            {
                i++;
            }

            if (_tokens.IsSymbol(i, '('))
            {
                i++;
            }

            string name = NameAt(i, out int next);
            if (name.Length == 0)
            {
                break;
            }

            found.Add(new EffectObject(name, kind, _tokens.KindAt(i) != SqlTokenKind.Parameter
                && !name.Contains(TextValue.Unknown, StringComparison.Ordinal)));
            i = next;
            if (_tokens.IsSymbol(i, ')'))
            {
                i++;
            }

            if (_tokens.IsSymbol(i, '*'))
            {
                i++;
            }

            if (!_tokens.IsSymbol(i, ','))
            {
                break;
            }

            i++;
        }

        return found;
    }

    private int SkipWords(int i, params ReadOnlySpan<string> words)
    {
        while (_tokens.IsAny(i, words))
        {
            i++;
        }

        return i;
    }

    private int SkipIfExists(int i)
    {
        if (_tokens.Are(i, "IF", "EXISTS"))
        {
            return i + 2;
        }

        return _tokens.Are(i, "IF", "NOT", "EXISTS") ? i + 3 : i;
    }
}
