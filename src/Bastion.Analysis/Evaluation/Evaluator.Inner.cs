using Bastion.Analysis.Code;
using Bastion.Analysis.Programs;
using Bastion.Analysis.Shell;
using Bastion.Analysis.Sql;

namespace Bastion.Analysis.Evaluation;

/// <summary>What programs run inside: a wrapper's command, shell text, code, SQL, a script, standard input, a
/// session.</summary>
internal sealed partial class Evaluator
{
    private string? RunInside(string name, Invocation invocation, ShellState state, StandardInput input, TextSpan span)
    {
        string? output = null;
        foreach (CommandLevel level in invocation.Levels)
        {
            foreach (InnerCommand inner in level.Node.Runs)
            {
                if (!inner.Condition.Holds(invocation, level, input.IsGiven))
                {
                    continue;
                }

                IReadOnlyList<string> before = _chain;
                _chain = [.. before, Label(name, invocation, level, inner)];
                output = RunInside(inner, invocation, level, state, input, span) ?? output;
                _chain = before;
            }
        }

        return output;
    }

    private static string Label(string name, Invocation invocation, CommandLevel level, InnerCommand inner)
    {
        Selector place = inner.Remote.IsNone ? inner.Container : inner.Remote;
        List<Value> where = place.IsNone ? [] : invocation.Select(place, level);
        return where is [var only, ..]
            ? $"{name} {only.Display}"
            : inner.Kind is InnerKind.Shell or InnerKind.Code && inner.Condition.With is [var option, ..]
            ? $"{name} {option.Ids[0]}"
            : name;
    }

    private string? RunInside(InnerCommand inner, Invocation invocation, CommandLevel level, ShellState state,
        StandardInput input, TextSpan span)
    {
        switch (inner.Kind)
        {
            case InnerKind.Argv:
                return RunArgv(inner, invocation, level, state, input);
            case InnerKind.Shell:
                return RunShellText(inner, invocation, level, state, input);
            case InnerKind.Code:
                foreach (Value code in invocation.Select(inner.What, level))
                {
                    EvaluateCode(inner.Language, code, state, null);
                }

                return null;
            case InnerKind.Sql:
                foreach (Value sql in invocation.Select(inner.What, level))
                {
                    EvaluateSql(sql, inner.Dialect, state);
                }

                return null;
            case InnerKind.Script:
                foreach (Value file in invocation.Select(inner.What, level))
                {
                    EvaluateFile(file, state, null, inner.Language.Length == 0
                        ? "sh"
                        : inner.Language, inner.Dialect, input);
                }

                return null;
            case InnerKind.Stdin when inner.Language is "wire" && input.Kind != InputKind.Known:
                // Anything at all may be sent through a connection; only what is seen can be read as commands.
                return null;
            case InnerKind.Stdin:
                return EvaluateInput(input, state, null, span, inner.StdinKind, inner.Language, inner.Dialect);
            default:
                Report(EffectKind.SessionEscape, RiskLevel.High, span, Reasons.Session);
                return null;
        }
    }

    private string? RunArgv(InnerCommand inner, Invocation invocation, CommandLevel level, ShellState state,
        StandardInput input)
    {
        string? output = null;
        foreach (List<Value> group in invocation.SelectGroups(inner.What, level))
        {
            List<Value> words = group;
            ShellState environment = state;
            if (inner.Assignments)
            {
                words = TakeAssignments(group, ref environment, state);
            }

            // `kubectl exec pod -- command`: the dashes end the options of the wrapper.
            if (words is [{ IsKnown: true, Text: "--" }, ..])
            {
                words = words[1..];
            }

            if (inner.Appends)
            {
                words = Append(words, invocation, input);
            }

            if (words.Count > 0)
            {
                bool bulk = inner.Appends || inner.What.Parts is [{ Until.Length: > 0 }];
                _session.Bulk += bulk ? 1 : 0;
                output = Run([.. words], environment, inner.Appends && !invocation.Has("-a")
                    ? StandardInput.OfOutput("")
                    : input);
                _session.Bulk -= bulk ? 1 : 0;
            }
        }

        return output;
    }

    /// <summary>Leading <c>NAME=value</c> words, which `env` and `sudo` put into the environment.</summary>
    private List<Value> TakeAssignments(List<Value> words, ref ShellState environment, ShellState state)
    {
        int at = 0;
        while (at < words.Count && words[at].KnownPrefix.IndexOf('=') is var equals && equals > 0
            && !words[at].Text[..equals].Contains('/', StringComparison.Ordinal))
        {
            if (at == 0)
            {
                environment = new ShellState(state);
            }

            Value value = words[at].Tail(equals + 1);
            environment.Set(words[at].Text[..equals], new Variable(value.Text, value.IsKnown));
            ReportVariable(words[at].Text[..equals], value, words[at].Span, environment);
            at++;
        }

        return words[at..];
    }

    /// <summary>xargs: words of standard input at the end, or in place of a marker.</summary>
    private static List<Value> Append(List<Value> words, Invocation invocation, StandardInput input)
    {
        string[]? given = input is { Kind: InputKind.Known, Text: { } text }
            ? text.Split([' ', '\t', '\n', '\0'], StringSplitOptions.RemoveEmptyEntries)
            : null;
        OptionUse? marker = invocation.Options.FirstOrDefault(use => use.Id is "-I" or "-i");
        if (marker is not null)
        {
            string sign = marker.Argument?.Text is { Length: > 0 } own ? own : "{}";
            return words.ConvertAll(word => word.IsKnown && word.Text.Contains(sign, StringComparison.Ordinal)
                ? Replace(word, sign, given is null ? null : input.Text!.TrimEnd('\n'))
                : word);
        }

        TextSpan span = words.Count > 0 ? words[^1].Span : default;
        if (given is null or [])
        {
            return [.. words, Value.Computed("…", span)];
        }

        if (invocation.Has("-0") && given.Length > 0)
        {
            given = input.Text!.Split('\0', StringSplitOptions.RemoveEmptyEntries);
        }
        else if (invocation.Options.FirstOrDefault(use => use.Id == "-d")?.Argument?.Text is { Length: > 0 } delimiter)
        {
            given = input.Text!.Split(delimiter switch { "\\n" => "\n", "\\0" => "\0", _ => delimiter },
                StringSplitOptions.RemoveEmptyEntries);
        }

        return [.. words, .. given.Select(word => Value.Known(word.Trim('\'', '"'), span))];
    }

    private static Value Replace(Value word, string sign, string? with)
    {
        if (with is not null)
        {
            return Value.Known(word.Text.Replace(sign, with, StringComparison.Ordinal), word.Span);
        }

        int at = word.Text.IndexOf(sign, StringComparison.Ordinal);
        return Value.Computed(word.Text.Replace(sign, "", StringComparison.Ordinal), [(at, 0)], word.Text, word.Span);
    }

    private string? RunShellText(InnerCommand inner, Invocation invocation, CommandLevel level, ShellState state,
        StandardInput input)
    {
        List<Value> words = invocation.Select(inner.What, level);
        if (words.Count == 0)
        {
            return null;
        }

        if (inner.Appends && !words.Exists(word => word.Text.Contains("{}", StringComparison.Ordinal)))
        {
            words.Add(Value.Known("{}", words[^1].Span));
        }

        var inside = new ShellState(state);
        if (inner.What.Parts is [{ Kind: SelectorKind.Operands } part] && part.First == part.Last)
        {
            // sh -c text name a b: the words after the name are its positional parameters.
            inside.Positional = [.. invocation.Operands.Skip(level.FirstOperand + part.First + 1)];
            if (invocation.Operands.Count > level.FirstOperand + part.First)
            {
                inside.Set("0", new Variable(invocation.Operands[level.FirstOperand + part.First].Text, Certain: true));
            }
        }

        if (inner.What.Parts is [{ Kind: SelectorKind.OptionValue }, ..])
        {
            // `sh -c` and its kin take their own text from an option; others do not run things in their ordinary
            // course.
            bool unexpected = inner.Remote.IsNone && !inner.Root && !inner.What.Parts[0].Names.Contains("-c");
            _session.InOption += unexpected ? 1 : 0;
            foreach (Value word in words)
            {
                EvaluateText(word, inside, input, null);
            }

            _session.InOption -= unexpected ? 1 : 0;
            return null;
        }

        _session.Bulk += inner.Appends ? 1 : 0;
        string? output = EvaluateText(JoinWords(words), inside, input, null);
        _session.Bulk -= inner.Appends ? 1 : 0;
        return output;
    }

    /// <summary>A text given to a shell.</summary>
    private string? EvaluateText(Value text, ShellState state, StandardInput input, string? label)
    {
        if (!text.IsKnown)
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, text.Span, Reasons.ComputedText,
                [Object(text, ObjectKind.Program)]);
        }

        _session.Spend(text.Text.Length);
        if (_nesting >= MaximumNesting || _session.IsExhausted)
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, text.Span, Reasons.Budget);
            return null;
        }

        if (text.Text.Length == 0)
        {
            return text.IsKnown ? "" : null;
        }

        string content = text.WithVariables();
        var inner = new Evaluator(_session, text.Verbatim >= 0 ? _source : content, text.Verbatim >= 0
            ? null
            : text.Span, _dialect, label is null ? _chain : [.. _chain, label], _nesting + 1);
        string? output = "";
        ParseFailure? failure = Parser.ParseEach(
            content, _dialect, statement => output = Join(output, inner.EvaluateStatement(statement, state, input)),
            Math.Max(0, text.Verbatim));
        inner.ReportUnread(failure);
        return text.IsKnown ? output : null;
    }

    private void EvaluateCode(string language, Value code, ShellState state, string? label)
    {
        _session.Spend(code.Text.Length);
        if (_session.IsExhausted)
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, code.Span, Reasons.Budget);
            return;
        }

        IReadOnlyList<string> before = _chain;
        if (label is not null)
        {
            _chain = [.. before, label];
        }

        CodeReading reading = CodeReader.Read(language, code.Text);
        // A value put into a stream editor's program is everyday; a program that is nothing but a value is not.
        bool partly = language is "sed" or "awk" && !reading.IsOpaque && code.Text.Trim().Length > 0;
        if (!code.IsKnown || reading.IsOpaque)
        {
            Report(EffectKind.CodeOpaque, partly ? RiskLevel.Low : RiskLevel.High, code.Span, Reasons.InlineCode);
        }

        foreach ((EffectKind kind, RiskLevel level, IReadOnlyList<EffectObject>? objects) in reading.Effects)
        {
            Report(kind, level, code.Span, Reasons.Fill(Reasons.For(kind), objects, language), objects,
                EffectScope.Many);
        }

        foreach (string shell in reading.ShellTexts)
        {
            EvaluateText(Value.Known(shell, code.Span), new ShellState(state), StandardInput.Inherited, language);
        }

        foreach (IReadOnlyList<string> argv in reading.Commands)
        {
            Run([.. argv.Select(word => Value.Known(word, code.Span))], new ShellState(state), StandardInput.Inherited);
        }

        foreach (string file in reading.Writes)
        {
            WriteFile(Value.Known(file, code.Span), append: false, code.Span, state);
        }

        _chain = before;
    }

    private void EvaluateSql(Value sql, SqlDialect sqlDialect, ShellState state)
    {
        if (!sql.IsKnown)
        {
            Report(EffectKind.CodeOpaque, sql.Text.Trim().Length == 0
                ? RiskLevel.High
                : RiskLevel.Low, sql.Span, Reasons.ComputedText, [Object(sql, ObjectKind.Program)]);
        }

        _session.Spend(sql.Text.Length);
        if (_session.IsExhausted)
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, sql.Span, Reasons.Budget);
            return;
        }

        SqlReading reading = SqlReader.Read(sql.Text, sqlDialect);
        foreach (Effect effect in reading.Effects)
        {
            AddSql(effect with { Span = Within(sql, effect.Span), Chain = [.. _chain, .. effect.Chain] }, state);
        }

        foreach (EmbeddedShell shell in reading.ShellCommands)
        {
            EvaluateText(Value.Known(shell.Text, Within(sql, shell.Span)), new ShellState(state),
                StandardInput.Inherited, "sql");
        }
    }

    private static TextSpan Within(Value value, TextSpan inner) =>
        value.Verbatim < 0 ? value.Span : new TextSpan(value.Verbatim + inner.Start, inner.Length);

    /// <summary>A file that an interpreter reads: written by this text, made by it, or unseen.</summary>
    private string? EvaluateFile(Value file, ShellState state, string? label, string language,
        SqlDialect sqlDialect = SqlDialect.Any, StandardInput? input = null)
    {
        if (file.IsKnown && (file.Text == "-" || StandardInput.IsName(file.Text)))
        {
            return EvaluateInput(input ?? StandardInput.Inherited, state, label, file.Span, KindOf(language), language,
                sqlDialect);
        }

        StandardInput content = OfFile(file, state);
        if (content.Kind is not InputKind.File)
        {
            return EvaluateInput(content, state, label ?? file.Display, file.Span, KindOf(language), language,
                sqlDialect);
        }

        if (file.IsKnown && WasMade(file.Text))
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, file.Span, Reasons.MadeScript,
                [Object(file, ObjectKind.Path)]);
        }
        else
        {
            Report(EffectKind.CodeOpaque, RiskLevel.Low, file.Span, Reasons.UnseenScript,
                [Object(file, ObjectKind.Path)]);
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
    private string? EvaluateInput(
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
                Report(EffectKind.SessionEscape, RiskLevel.High, span, Reasons.Session);
                return null;
            case InputKind.File:
                Report(EffectKind.CodeOpaque, RiskLevel.Low, span, Reasons.UnseenScript, input.Path is null
                    ? []
                    : [new EffectObject(input.Path, ObjectKind.Path)]);
                return null;
            default:
                Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.StandardInput);
                if (input.Text is { Length: > 0 } partial && kind == InnerKind.Shell)
                {
                    EvaluateText(Value.Known(partial, span), state, StandardInput.Inherited, label);
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
            return EvaluateText(text, state, StandardInput.Inherited, label);
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
            ReportClass(Value.Known(file.Text, effect.Span), FileAct.Overwrite, effect.Span, state);
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
            EvaluateText(Value.Known(shell.Text, shell.Span), new ShellState(), StandardInput.Inherited, "sql");
        }
    }

    /// <summary>For a script of another language that is the whole text.</summary>
    public void AddProgramText(string text) =>
        EvaluateProgramText(Value.Known(text, new TextSpan(0, text.Length), 0), new ShellState(), null);
}
