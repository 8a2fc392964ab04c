using System.Collections.Frozen;
using Bastion.Analysis.Programs;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>Simple commands: assignments, then the command word decides who reads the arguments.</summary>
internal sealed partial class Evaluator
{
    private string? EvaluateSimple(SimpleCommand command, ShellState state, StandardInput input)
    {
        if (!_session.TrySpendCommand())
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, _expander.SpanOf(command), Reasons.Budget);
            return null;
        }

        Value[] fields = _expander.ExpandAll(command.Words, state);
        ShellState environment = command.Words.Length > 0 && command.Assignments.Length > 0
            ? new ShellState(state)
            : state;
        foreach (Assignment assignment in command.Assignments)
        {
            Assign(assignment, environment);
        }

        foreach (Assignment assignment in command.ArrayArguments)
        {
            Assign(assignment, state);
        }

        if (command.Redirections.Length == 0)
        {
            return fields.Length > 0 ? RunFields(fields, command, state, environment, input) : NoCommand(command);
        }

        RedirectionPlan plan = ReadRedirections(command.Redirections, state, input);
        if (plan.RedirectsInput && fields is [{ IsKnown: true, Text: "exec" }])
        {
            Report(EffectKind.SessionEscape, RiskLevel.High, _expander.SpanOf(command), Reasons.StandardInput);
        }

        string? output = fields.Length > 0
            ? RunFields(fields, command, state, environment, plan.Input)
            : NoCommand(command);
        return Deliver(plan, output, state);
    }

    /// <summary>Assignments mixed with a builtin's own: the builtins change the shell's own state, a program's
    /// assignments are its own.</summary>
    private string? RunFields(Value[] fields, SimpleCommand command, ShellState state, ShellState environment,
        StandardInput input)
    {
        string? output = Run(fields, command.Assignments.Length == 0 ? state : environment, input);
        if (command.Assignments.Length > 0)
        {
            state.MergeDefinitions(environment);
            state.MergeVariables(environment, command.Assignments);
            // POSIX keeps the assignments before a special builtin.
            if (_dialect == ShellDialect.Posix && fields[0].Text is ":" or "." or "eval" or "exec" or "export"
                or "readonly" or "set" or "shift" or "unset" or "trap")
            {
                Array.ForEach(command.Assignments,
                    assignment => state.Set(assignment.Name, environment.Find(assignment.Name)! with
                    {
                        Certain = false,
                    }));
            }
        }

        return output;
    }

    private string? NoCommand(SimpleCommand command)
    {
        if (command.Words.Length > 0)
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, _expander.SpanOf(command), Reasons.ComputedCommand);
        }

        return "";
    }

    private void Assign(Assignment assignment, ShellState state)
    {
        Value? subscript = assignment.Subscript is null ? null : _expander.ExpandOne(assignment.Subscript, state);
        if (assignment.Array is not null)
        {
            AssignArray(assignment, state);
            return;
        }

        Value value = _expander.ExpandOne(assignment.Value, state);
        if (subscript is not null)
        {
            AssignElement(assignment, subscript, value, state);
        }
        else
        {
            (string? text, bool certain) = assignment.Append
                ? Appended(state.Find(assignment.Name), value)
                : (value.Text, value.IsKnown);
            state.Set(assignment.Name, new Variable(text, certain));
        }

        ReportVariable(assignment.Name, value, _expander.SpanOf(assignment), state);
    }

    /// <summary>What is appended to a variable that the text has not set may follow what the environment has.</summary>
    private (string Text, bool Certain) Appended(Variable? before, Value value)
    {
        if (before is null)
        {
            return (value.Text, false);
        }

        _session.Spend(before.Text.Length);
        return _session.IsExhausted ? ("", false) : (before.Text + value.Text, value.IsKnown && before.Certain);
    }

    private void AssignArray(Assignment assignment, ShellState state)
    {
        Value[] values = _expander.ExpandAll(assignment.Array!, state);
        string[] items = Array.ConvertAll(values, value => value.Text);
        // `[2]=x` elements are rare: then nothing is certain.
        bool certain = Array.TrueForAll(values, value => value is { IsKnown: true, HasGlob: false })
            && Array.TrueForAll(assignment.Array!, word => word.Parts is not [Literal { Text: ['[', ..] }, ..]);
        if (assignment.Append)
        {
            Variable? before = state.Find(assignment.Name);
            IReadOnlyList<string> kept =
                before switch { null or { IsUnset: true } => [], { Array: { } array } => array, _ => [before.Text] };
            _session.Spend(kept.Count);
            items = _session.IsExhausted ? [] : [.. kept, .. items];
            certain &= before is { Certain: true } && !_session.IsExhausted;
        }

        state.Set(assignment.Name, new Variable(items is [var first, ..] ? first : "", certain, items));
    }

    private void AssignElement(Assignment assignment, Value subscript, Value value, ShellState state)
    {
        Variable? before = state.Find(assignment.Name);
        List<string> items = _session.IsExhausted || before is null or { IsUnset: true }
            ? []
            : before.Array is { } array ? [.. array] : [before.Text];
        _session.Spend(items.Count);
        long? place = subscript.IsKnown ? Arithmetic.Evaluate(subscript.Text, state, _dialect) : null;
        bool certain = value.IsKnown && before is null or { Certain: true } && !_session.IsExhausted;
        if (place < 0)
        {
            place += items.Count;
        }

        if (place == items.Count && !assignment.Append)
        {
            items.Add(value.Text);
        }
        else if (place >= 0 && place < items.Count)
        {
            items[(int)place] = assignment.Append ? items[(int)place] + value.Text : value.Text;
        }
        else
        {
            items = [value.Text];
            certain = false;
        }

        state.Set(assignment.Name, new Variable(items[0], certain, items));
    }

    private static readonly System.Buffers.SearchValues<char> CommandSigns =
        System.Buffers.SearchValues.Create(" \t\n;|&$`/");

    /// <summary>What setting an environment variable does by itself.</summary>
    private void ReportVariable(string name, Value value, TextSpan span, ShellState state)
    {
        foreach (EnvironmentRule rule in _session.Catalogue.Environment.Find(name))
        {
            if (rule.Values.Length > 0 && !Array.Exists(rule.Values, pattern => IsValue(value, pattern)))
            {
                continue;
            }

            if (rule.Kind is { } kind)
            {
                Report(kind, rule.Level, span, rule.Reason ?? Reasons.Fill(Reasons.For(kind), [], name),
                    [new EffectObject(name, ObjectKind.Program)], EffectScope.Named);
            }

            // `EDITOR=vim` names a program; it does not start it.
            if (rule.Runs == InnerKind.Shell && value.Text.AsSpan().ContainsAny(CommandSigns))
            {
                _session.InOption++;
                EvaluateText(name is ['P', 'S', _]
                    ? InQuotes(value)
                    : value, state, StandardInput.Inherited, name + "=");
                _session.InOption--;
            }
            else if (rule.Runs == InnerKind.Code)
            {
                EvaluateCode(rule.Language, value, state, name + "=");
            }
        }
    }

    /// <summary>Of <c>/tmp:$PATH</c> the beginning is enough for a pattern that leaves the end open.</summary>
    private static bool IsValue(Value value, string pattern)
    {
        if (pattern.Length == 0)
        {
            return value is { IsKnown: true, Text: "" };
        }

        return (value.IsKnown || pattern is [_, .., '*']) && Glob.MatchesEscaped(pattern, value.KnownPrefix);
    }

    /// <summary><c>${name@P}</c>: the substitutions in the value run.</summary>
    public void EvaluatePrompt(Value value, ShellState state)
    {
        if (value.Text.AsSpan().ContainsAny(CommandSigns))
        {
            EvaluateText(InQuotes(value), state, StandardInput.Inherited, "@P");
        }
    }

    /// <summary>A prompt is expanded as between double quotes.</summary>
    private static Value InQuotes(Value value) =>
        Value.Known(": \"" + value.Text.Replace("\"", "", StringComparison.Ordinal) + "\"", value.Span);

    /// <summary>Runs a command whose fields are expanded: the first names it.</summary>
    internal string? Run(Value[] fields, ShellState state, StandardInput input)
    {
        TextSpan span = SpanOf(fields);
        _session.SpendFields(fields.Length);
        if (!_session.TrySpendCommand() || !_session.TryEnter())
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.Budget);
            return null;
        }

        string? output = RunHere(fields, span, state, input);
        _session.Leave();
        return output;
    }

    private string? RunHere(Value[] fields, TextSpan span, ShellState state, StandardInput input)
    {
        Value first = fields[0];
        string? name = first.ProgramName;
        if (name is null || first.HasGlob || name == "{}"
            || (first.IsKnown && first.Text.StartsWith('!') && first.Text.Length > 1))
        {
            return RunComputed(fields, state, input, span);
        }

        if (Disguise.Unmask(name) is { } plain)
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, first.Span, Reasons.Hidden,
                [new EffectObject(name, ObjectKind.Program)]);
            name = plain;
        }

        if (first.IsKnown && (state.Alias(first.Text) ?? OtherName(first.Text, state)) is { } alias
            && alias != first.Text)
        {
            return RunAlias(fields, alias, state, input);
        }

        if (state.Function(name) is { } function && first.IsKnown)
        {
            return RunFunction(name, function, fields, state, input, span);
        }

        if (RunBuiltin(name, fields, state, input, span, out string? output))
        {
            return output;
        }

        _session.Jumps += name is "break" or "continue" or "return" ? 1 : 0;
        output = RunProgram(name, fields, state, input, span);
        if (Producers.Contains(ProgramNames.WithoutVersion(name)))
        {
            foreach (Value field in fields)
            {
                Mention(field.Text);
            }
        }

        return output;
    }

    /// <summary>Programs that fetch, unpack or build files which the text may run afterwards.</summary>
    private static readonly FrozenSet<string> Producers = FrozenSet.ToFrozenSet(
    [
        "curl", "wget", "aria2c", "axel", "fetch", "http", "scp", "sftp", "rsync", "ftp", "tftp", "lftp", "nc", "ncat",
        "socat", "aws", "gsutil", "s3cmd", "rclone",
        "gcc", "cc", "g++", "c++", "clang", "tcc", "go", "rustc", "ld", "as", "base64", "base32", "xxd", "openssl",
        "gpg", "uudecode", "dd", "install", "python", "perl", "ruby",
    ]);

    /// <summary><c>./q</c> after <c>cp /bin/rm q</c>.</summary>
    private static string? OtherName(string path, ShellState state) =>
        path.Contains('/', StringComparison.Ordinal) ? state.Alias(FullPath(path, state)) : null;

    private void Mention(string text)
    {
        _session.Mentioned.Add(text);
        int equals = text.LastIndexOf('=');
        if (equals >= 0)
        {
            _session.Mentioned.Add(text[(equals + 1)..]);
        }

        if (text.Contains("://", StringComparison.Ordinal))
        {
            _session.Mentioned.Add(ProgramNames.BaseName(text));
        }
    }

    /// <summary>The command word is computed: opaque, and what it would be when the computed part is empty or keeps its
    /// last value counts as well.</summary>
    private string? RunComputed(Value[] fields, ShellState state, StandardInput input, TextSpan span)
    {
        Value first = fields[0];
        Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.ComputedCommand,
            [new EffectObject(first.Display, ObjectKind.Program, Known: false)]);
        if (first.HasGlob)
        {
            return null;
        }

        string assumed = ProgramNames.BaseName(first.Text.TrimStart('!', ' '));
        if (assumed.Length > 0 && assumed != "{}" && !first.IsKnown)
        {
            Run([Value.Known(first.Text, first.Span), .. fields.Skip(1)], state, input);
        }
        else if (first.Text.Length == 0 && fields.Length > 1)
        {
            Run([.. fields.Skip(1)], state, input);
        }

        return null;
    }

    private string? RunAlias(Value[] fields, string alias, ShellState state, StandardInput input)
    {
        if (_nesting >= MaximumNesting)
        {
            return null;
        }

        string text =
            alias + string.Concat(fields.Skip(1).Select(field => " " + Quoting.Quote(field.IsKnown ? field.Text : "")));
        var inner = new ShellState(state);
        // An alias is not expanded inside itself.
        inner.SetAlias(fields[0].Text, fields[0].Text);
        return EvaluateText(Value.Known(text, SpanOf(fields)), inner, input, fields[0].Text);
    }

    private string? RunFunction(string name, Command body, Value[] fields, ShellState state, StandardInput input,
        TextSpan span)
    {
        _session.Called.Add(body);
        if (_session.CallStack.Contains(name))
        {
            if (_session.Concurrency > 0)
            {
                Report(EffectKind.ProcessKill, RiskLevel.High, span, Reasons.ForkBomb, [], EffectScope.All);
            }

            return null;
        }

        if (_session.CallStack.Count >= MaximumNesting)
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.Budget);
            return null;
        }

        _session.CallStack.Add(name);
        var inner = new ShellState(state) { Positional = [.. fields.Skip(1)] };
        string? output = Evaluate(body, inner, input);
        int depth = _session.CallStack.Count;
        _session.CallStack.RemoveAt(depth - 1);
        Merge(inner, state, Merging.Certain, depth);
        return output;
    }

    private static TextSpan SpanOf(Value[] fields)
    {
        int start = fields[0].Span.Start, end = fields[0].Span.End;
        for (int i = 1; i < fields.Length; i++)
        {
            start = Math.Min(start, fields[i].Span.Start);
            end = Math.Max(end, fields[i].Span.End);
        }

        return TextSpan.FromBounds(start, end);
    }
}
