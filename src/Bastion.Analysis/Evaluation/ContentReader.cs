using Bastion.Analysis.Code;
using Bastion.Analysis.Programs;
using Bastion.Analysis.Sql;

namespace Bastion.Analysis.Evaluation;

/// <summary>Who reads a text: a shell, another language, a database.</summary>
internal readonly record struct ContentLanguage(InnerKind Kind, string Name, SqlDialect Dialect)
{
    public static ContentLanguage Shell { get; } = new(InnerKind.Shell, "sh", SqlDialect.Any);

    /// <param name="name">Empty for a shell.</param>
    public static ContentLanguage Of(string name, SqlDialect dialect = SqlDialect.Any) => name switch
    {
        "" => Shell,
        "sh" or "shell" or "bash" or "zsh" or "ksh" => new(InnerKind.Shell, name, dialect),
        "sql" => new(InnerKind.Sql, name, dialect),
        _ => new(InnerKind.Code, name, dialect),
    };
}

/// <summary>Texts that interpreters and database clients are given: in files, on standard input, as
/// arguments.</summary>
internal sealed class ContentReader(Evaluator evaluator)
{
    private readonly EvaluationSession _session = evaluator.Session;

    public void EvaluateCode(string language, Value code, ShellState state, string? label)
    {
        _session.Budget.Spend(code.Text.Length);
        if (_session.Budget.IsExhausted)
        {
            _session.ReportExhausted(code.Span);
            return;
        }

        using WrapperChain.Link link = _session.Chain.Within(label);
        CodeReading reading = CodeReader.Read(language, code.Text);
        // A value put into a stream editor's program is everyday; a program that is nothing but a value is not.
        bool partly = language is "sed" or "awk" && !reading.IsOpaque && code.Text.Trim().Length > 0;
        if (!code.IsKnown || reading.IsOpaque)
        {
            _session.Report(EffectKind.CodeOpaque, partly ? RiskLevel.Low : RiskLevel.High, code.Span,
                Reasons.InlineCode);
        }

        foreach ((EffectKind kind, RiskLevel level, IReadOnlyList<EffectObject>? objects) in reading.Effects)
        {
            _session.Report(kind, level, code.Span, Reasons.Fill(Reasons.For(kind), objects, language), objects,
                EffectScope.Many);
        }

        foreach (string shell in reading.ShellTexts)
        {
            evaluator.EvaluateText(Value.Known(shell, code.Span), new ShellState(state), StandardInput.Inherited,
                language);
        }

        foreach (IReadOnlyList<string> argv in reading.Commands)
        {
            evaluator.Runner.Run([.. argv.Select(word => Value.Known(word, code.Span))], new ShellState(state),
                StandardInput.Inherited);
        }

        foreach (string file in reading.Writes)
        {
            evaluator.Places.Act(FileAct.Overwrite, Value.Known(file, code.Span), code.Span, state);
        }
    }

    public void EvaluateSql(Value sql, SqlDialect dialect, ShellState state)
    {
        if (!sql.IsKnown)
        {
            _session.Report(EffectKind.CodeOpaque, sql.Text.Trim().Length == 0 ? RiskLevel.High : RiskLevel.Low,
                sql.Span, Reasons.ComputedText, [sql.AsObject(ObjectKind.Program)]);
        }

        _session.Budget.Spend(sql.Text.Length);
        if (_session.Budget.IsExhausted)
        {
            _session.ReportExhausted(sql.Span);
            return;
        }

        Add(SqlReader.Read(sql.Text, dialect), sql, state);
    }

    /// <summary>A file that an interpreter reads: written by this text, made by it, given, or unseen.</summary>
    public string? EvaluateFile(Value file, ShellState state, string? label, ContentLanguage language,
        StandardInput? input = null)
    {
        int? number = file is { IsKnown: true, Content: null } ? Descriptor.NumberOf(file.Text) : null;
        if (number == 0 || file is { IsKnown: true, Text: "-" })
        {
            return EvaluateInput(input ?? StandardInput.Inherited, state, label, file.Span, language);
        }

        if (number is { } opened)
        {
            StandardInput open = state.Descriptor(opened)?.Input ?? new StandardInput(InputKind.Computed);
            return EvaluateInput(open, state, label ?? file.Text, file.Span, language);
        }

        StandardInput content = evaluator.Redirections.OfFile(file, state);
        if (content.Kind is not InputKind.File)
        {
            return EvaluateInput(content, state, label ?? file.Display, file.Span, language);
        }

        if (file.IsKnown && evaluator.Programs.WasMade(file.Text))
        {
            _session.Report(EffectKind.CodeOpaque, RiskLevel.High, file.Span, Reasons.MadeScript,
                [file.AsObject(ObjectKind.Path)]);
            return null;
        }

        return EvaluateUnseen(file, state, language, file.Span);
    }

    /// <summary>A file that lies on the target. Whoever hands over its content has it read.</summary>
    public string? EvaluateUnseen(Value file, ShellState state, ContentLanguage language, TextSpan span)
    {
        string path = file.IsKnown ? TargetPath.Full(file.Text, state) : "";
        TargetScript? found = file.IsKnown ? _session.FindScript(path, language.Name) : null;
        if (found?.Content is { } text)
        {
            using EvaluationSession.FileScope scope = _session.InFile(path, text, span);
            if (scope.IsEntered)
            {
                var whole = Value.Known(text, new TextSpan(0, text.Length), 0);
                return Evaluator.Create(_session, text, evaluator.Dialect).Content
                    .EvaluateKnown(whole, state, path, language);
            }
        }

        // Words from a search or a substitution may be any number, options among them.
        bool isAny = !file.IsKnown && (file.IsAppended || file.IsList);
        _session.Report(EffectKind.CodeOpaque, isAny || _session.IsInOption ? RiskLevel.High : RiskLevel.Low, span,
            found?.Unread ?? Reasons.UnseenScript, [file.AsObject(ObjectKind.Path)]);
        return null;
    }

    /// <summary>Standard input, or a file's content, read as a program.</summary>
    public string? EvaluateInput(StandardInput input, ShellState state, string? label, TextSpan span,
        ContentLanguage language)
    {
        switch (input.Kind)
        {
            case InputKind.Known:
                return EvaluateKnown(
                    Value.Known(input.Text!, input.Span.Length > 0 ? input.Span : span, input.Verbatim), state, label,
                    language);
            case InputKind.Inherited:
                _session.Report(EffectKind.SessionEscape, RiskLevel.High, span, Reasons.Session);
                return null;
            case InputKind.File:
                return EvaluateUnseen(input.Path is null
                    ? Value.Computed("", span)
                    : Value.Known(input.Path, span), state, language, span);
            default:
                _session.Report(EffectKind.CodeOpaque, RiskLevel.High, span, input.Source is null
                    ? Reasons.StandardInput
                    : Reasons.MadeScript);
                foreach (string possible in input.Source?.Contents ?? (input.Text is { } text ? [text] : []))
                {
                    EvaluateKnown(Value.Known(possible, span), state, label, language);
                }

                return null;
        }
    }

    private string? EvaluateKnown(Value text, ShellState state, string? label, ContentLanguage language)
    {
        if (language.Kind == InnerKind.Sql)
        {
            EvaluateSql(text, language.Dialect, state);
            return null;
        }

        // The first line may name another interpreter.
        string? named = ScriptLanguage.Of(text.Text);
        if (language.Kind == InnerKind.Shell && named is null or "sh")
        {
            return evaluator.EvaluateText(text, state, StandardInput.Inherited, label);
        }

        if (text.Text.Trim().Length > 0)
        {
            EvaluateCode(language.Kind == InnerKind.Shell ? named! : language.Name, text, state, label);
        }

        return null;
    }

    private void Add(SqlReading reading, Value sql, ShellState state)
    {
        foreach (Effect effect in reading.Effects)
        {
            TextSpan span = Within(sql, effect.Span);
            _session.Report(effect.Kind, effect.Level, span, effect.Reason, effect.Objects, effect.Scope,
                effect.Chain);
            // A file that a database, or its client, writes is judged by its place like any other.
            if (effect is { Kind: EffectKind.FileOverwrite, Objects: [{ Kind: ObjectKind.Path, Known: true } file] })
            {
                evaluator.Places.ReportPlace(Value.Known(file.Text, span), FileAct.Overwrite, span, state);
            }
        }

        foreach (EmbeddedShell shell in reading.ShellCommands)
        {
            evaluator.EvaluateText(Value.Known(shell.Text, Within(sql, shell.Span)), new ShellState(state),
                StandardInput.Inherited, "sql");
        }
    }

    private static TextSpan Within(Value value, TextSpan inner) =>
        value.Verbatim < 0 ? value.Span : new TextSpan(value.Verbatim + inner.Start, inner.Length);

    /// <summary>For SQL that is the whole text.</summary>
    public void AddSql(SqlReading reading, string text) =>
        Add(reading, Value.Known(text, new TextSpan(0, text.Length), 0), new ShellState());

    /// <summary>For a script of another language that is the whole text.</summary>
    public void AddProgramText(string text) =>
        EvaluateKnown(Value.Known(text, new TextSpan(0, text.Length), 0), new ShellState(), null,
            ContentLanguage.Shell);
}
