using Bastion.Analysis.Code;
using Bastion.Analysis.Programs;
using Bastion.Analysis.Sql;

namespace Bastion.Analysis.Evaluation;

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
            _session.Report(EffectKind.CodeOpaque, RiskLevel.High, code.Span, Reasons.Budget);
            return;
        }

        using WrapperChain.Link link = _session.Chain.Within(label);
        CodeReading reading = CodeReader.Read(language, code.Text);
        // A value put into a stream editor's program is everyday; a program that is nothing but a value is not.
        bool partly = language is "sed" or "awk" && !reading.IsOpaque && code.Text.Trim().Length > 0;
        if (!code.IsKnown || reading.IsOpaque)
        {
            _session.Report(EffectKind.CodeOpaque, partly ? RiskLevel.Low : RiskLevel.High, code.Span, Reasons.InlineCode);
        }

        foreach ((EffectKind kind, RiskLevel level, IReadOnlyList<EffectObject>? objects) in reading.Effects)
        {
            _session.Report(kind, level, code.Span, Reasons.Fill(Reasons.For(kind), objects, language), objects,
                EffectScope.Many);
        }

        foreach (string shell in reading.ShellTexts)
        {
            evaluator.EvaluateText(Value.Known(shell, code.Span), new ShellState(state), StandardInput.Inherited, language);
        }

        foreach (IReadOnlyList<string> argv in reading.Commands)
        {
            evaluator.Runner.Run([.. argv.Select(word => Value.Known(word, code.Span))], new ShellState(state), StandardInput.Inherited);
        }

        foreach (string file in reading.Writes)
        {
            evaluator.Places.Write(Value.Known(file, code.Span), append: false, code.Span, state);
        }
    }

    public void EvaluateSql(Value sql, SqlDialect sqlDialect, ShellState state)
    {
        if (!sql.IsKnown)
        {
            _session.Report(EffectKind.CodeOpaque, sql.Text.Trim().Length == 0
                ? RiskLevel.High
                : RiskLevel.Low, sql.Span, Reasons.ComputedText, [sql.AsObject(ObjectKind.Program)]);
        }

        _session.Budget.Spend(sql.Text.Length);
        if (_session.Budget.IsExhausted)
        {
            _session.Report(EffectKind.CodeOpaque, RiskLevel.High, sql.Span, Reasons.Budget);
            return;
        }

        SqlReading reading = SqlReader.Read(sql.Text, sqlDialect);
        foreach (Effect effect in reading.Effects)
        {
            AddSql(effect with { Span = Within(sql, effect.Span), Chain = [.. _session.Chain.Snapshot, .. effect.Chain] }, state);
        }

        foreach (EmbeddedShell shell in reading.ShellCommands)
        {
            evaluator.EvaluateText(Value.Known(shell.Text, Within(sql, shell.Span)), new ShellState(state),
                StandardInput.Inherited, "sql");
        }
    }

    private static TextSpan Within(Value value, TextSpan inner) =>
        value.Verbatim < 0 ? value.Span : new TextSpan(value.Verbatim + inner.Start, inner.Length);

    /// <summary>A file that an interpreter reads: written by this text, made by it, or unseen.</summary>
    public string? EvaluateFile(Value file, ShellState state, string? label, string language,
        SqlDialect sqlDialect = SqlDialect.Any, StandardInput? input = null)
    {
        if (file.IsKnown && (file.Text == "-" || StandardInput.IsName(file.Text)))
        {
            return EvaluateInput(input ?? StandardInput.Inherited, state, label, file.Span, KindOf(language), language,
                sqlDialect);
        }

        StandardInput content = RedirectionReader.OfFile(file, state);
        if (content.Kind is not InputKind.File)
        {
            return EvaluateInput(content, state, label ?? file.Display, file.Span, KindOf(language), language,
                sqlDialect);
        }

        if (file.IsKnown && evaluator.Programs.WasMade(file.Text))
        {
            _session.Report(EffectKind.CodeOpaque, RiskLevel.High, file.Span, Reasons.MadeScript,
                [file.AsObject(ObjectKind.Path)]);
        }
        else
        {
            _session.Report(EffectKind.CodeOpaque, RiskLevel.Low, file.Span, Reasons.UnseenScript,
                [file.AsObject(ObjectKind.Path)]);
        }

        return null;
    }

    private static InnerKind KindOf(string language) => language switch
    {
        "sh" or "shell" or "bash" => InnerKind.Shell,
        "sql" => InnerKind.Sql,
        _ => InnerKind.Code,
    };

    /// <summary>Standard input, or a file's content, read as a program.</summary>
    public string? EvaluateInput(
        StandardInput input, ShellState state, string? label, TextSpan span, InnerKind kind = InnerKind.Shell,
        string language = "sh", SqlDialect sqlDialect = SqlDialect.Any)
    {
        switch (input.Kind)
        {
            case InputKind.Known:
                var value = Value.Known(input.Text!, input.Span.Length > 0 ? input.Span : span, input.Verbatim);
                if (kind == InnerKind.Shell)
                {
                    return EvaluateProgramText(value, state, label);
                }

                if (kind == InnerKind.Sql)
                {
                    EvaluateSql(value, sqlDialect, state);
                }
                else if (value.Text.Trim().Length > 0)
                {
                    EvaluateCode(language, value, state, label);
                }

                return null;
            case InputKind.Inherited:
                _session.Report(EffectKind.SessionEscape, RiskLevel.High, span, Reasons.Session);
                return null;
            case InputKind.File:
                _session.Report(EffectKind.CodeOpaque, RiskLevel.Low, span, Reasons.UnseenScript, input.Path is null
                    ? []
                    : [new EffectObject(input.Path, ObjectKind.Path)]);
                return null;
            default:
                _session.Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.StandardInput);
                if (input.Text is { Length: > 0 } partial && kind == InnerKind.Shell)
                {
                    evaluator.EvaluateText(Value.Known(partial, span), state, StandardInput.Inherited, label);
                }
                else if (input.Text is { Length: > 0 } statement && kind == InnerKind.Sql)
                {
                    EvaluateSql(Value.Known(statement, span), sqlDialect, state);
                }

                return null;
        }
    }

    /// <summary>The text of a script: its first line may name another interpreter.</summary>
    private string? EvaluateProgramText(Value text, ShellState state, string? label)
    {
        string? language = ScriptLanguage.Of(text.Text);
        if (language is null or "sh")
        {
            return evaluator.EvaluateText(text, state, StandardInput.Inherited, label);
        }

        EvaluateCode(language, text, state, label);
        return null;
    }

    /// <summary>A file that a database, or its client, writes is judged by what it is like any other.</summary>
    private void AddSql(Effect effect, ShellState state)
    {
        _session.Sink.Add(effect);
        if (effect is { Kind: EffectKind.FileOverwrite, Objects: [{ Kind: ObjectKind.Path, Known: true } file] })
        {
            evaluator.Places.ReportClass(Value.Known(file.Text, effect.Span), FileAct.Overwrite, effect.Span, state);
        }
    }

    /// <summary>For SQL that is the whole text.</summary>
    public void AddSql(SqlReading reading)
    {
        foreach (Effect effect in reading.Effects)
        {
            AddSql(effect, new ShellState());
        }

        foreach (EmbeddedShell shell in reading.ShellCommands)
        {
            evaluator.EvaluateText(Value.Known(shell.Text, shell.Span), new ShellState(), StandardInput.Inherited, "sql");
        }
    }

    /// <summary>For a script of another language that is the whole text.</summary>
    public void AddProgramText(string text) =>
        EvaluateProgramText(Value.Known(text, new TextSpan(0, text.Length), 0), new ShellState(), null);
}
