using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>Programs: the catalogue says what their arguments do.</summary>
internal sealed class ProgramRunner(Evaluator evaluator)
{
    private readonly EvaluationSession _session = evaluator.Session;
    private readonly FileRunner _files = new(evaluator);
    private readonly UnknownPrograms _unknown = new(evaluator);

    public string? Run(string name, Value[] fields, ShellState state, StandardInput input, TextSpan span)
    {
        _session.OnCommand?.Invoke(fields);
        ProgramEntry? entry = _session.Catalogue.Find(name);
        _session.NoteProgram(name, entry is not null);
        bool isOwn = RunOwnFiles(name, fields, state, span);
        _session.Budget.Spend(input.Text?.Length ?? 0);
        string? output = _session.Budget.IsExhausted
            ? null
            : ConstantOutput.Of(name, fields, input, state, _session.Files, evaluator.Dialect);
        if (name == "printf" && output is null && fields is [_, { Text: "-v" }, var variable, ..])
        {
            InputBuiltins.Forget(state, variable.Text);
        }

        input.IsTouched |= input.Kind == InputKind.Known && !ConstantOutput.LeavesInput(name);
        _session.Budget.Spend(output?.Length ?? 0);
        evaluator.Builtins.EvaluateSubscripts(name, fields, state);
        if (entry is null)
        {
            if (!isOwn)
            {
                _unknown.Run(name, fields, state, input, span);
            }

            return output;
        }

        ProjectFiles.Read(name, state, span, evaluator);
        string? inner = entry.IsHarmless ? null : RunListed(name, entry, fields, state, input, span);
        return output ?? inner;
    }

    /// <summary>A command of which the catalogue has an entry, read in every way that it may be read.</summary>
    private string? RunListed(string name, ProgramEntry entry, Value[] fields, ShellState state, StandardInput input,
        TextSpan span)
    {
        Invocation invocation = _session.TakeInvocation();
        var arguments = new ArraySegment<Value>(fields, 1, fields.Length - 1);
        invocation.Read(entry.Root, arguments);
        ReadOnlySpan<Unlisted> further = invocation.FurtherReadings;
        string? output = IsRehearsal(invocation, state)
            ? null
            : Apply(name, invocation, fields[0], state, input, span);
        foreach (Unlisted unlisted in further)
        {
            _session.Budget.SpendFields(fields.Length);
            invocation.Read(entry.Root, arguments, unlisted);
            if (!IsRehearsal(invocation, state))
            {
                Apply(name, invocation, fields[0], state, input, span);
            }
        }

        _session.Return(invocation);
        return output;
    }

    private static bool IsRehearsal(Invocation invocation, ShellState state) =>
        Rehearsal.Holds(invocation, isStrict: state.Find("POSIXLY_CORRECT") is not null);

    /// <summary>What the command does by its entry; the result is what it prints if that is constant.</summary>
    private string? Apply(string name, Invocation invocation, Value program, ShellState state, StandardInput input,
        TextSpan span)
    {
        if (invocation.ComputedCommand is { } computed && invocation.Levels[^1].Node.HasDangerousCommand)
        {
            _session.Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.ComputedCommand,
                [computed.AsObject(ObjectKind.Program)]);
        }

        foreach (CommandLevel level in invocation.Levels)
        {
            ApplyRules(name, invocation, level, state, input, span);
            _files.Apply(name, invocation, level, state, input, span);
        }

        if (invocation.Levels is [{ Node.HasCommands: true }])
        {
            _unknown.Apply(name, [program, .. invocation.Operands], state, input, span);
        }

        _unknown.ApplyUnlisted(name, invocation, state, input, span);
        return evaluator.Inner.Run(name, invocation, state, input, span);
    }

    public void ApplyRules(string name, Invocation invocation, CommandLevel level, ShellState state,
        StandardInput input, TextSpan span)
    {
        foreach (EffectRule rule in level.Node.Effects)
        {
            if (!rule.Condition.Holds(invocation, level, input.IsGiven))
            {
                continue;
            }

            List<Value> objects = rule.Objects.IsNone ? NoValues : invocation.Select(rule.Objects, level);
            // An output file that is not given is not written.
            if (objects.Count == 0
                && rule is { Kind: EffectKind.FileOverwrite, Objects.Parts: [{ Kind: SelectorKind.OptionValue }, ..] })
            {
                continue;
            }

            if (rule.Condition.Classes.Length > 0 && !IsAnyOfClass(objects, rule.Condition.Classes, state))
            {
                continue;
            }

            ReportRule(name, rule, objects, span);
            if (rule.ObjectKind == ObjectKind.Path && rule.Kind is EffectKind.FileDelete or EffectKind.FileOverwrite)
            {
                ApplyPlaces(rule.Kind, objects, state, span);
            }
        }
    }

    /// <summary>Shared and never added to.</summary>
    private static readonly List<Value> NoValues = [];

    private bool IsAnyOfClass(List<Value> values, string[] classes, ShellState state)
    {
        foreach (Value value in values)
        {
            if (evaluator.Places.ClassOf(value, state) is { } found && classes.Contains(found.Name))
            {
                return true;
            }
        }

        return false;
    }

    private void ReportRule(string name, EffectRule rule, List<Value> objects, TextSpan span)
    {
        Multiplicity multiplicity = Multiplicity.One;
        bool computed = false;
        foreach (Value value in objects)
        {
            Multiplicity one = MultiplicityOf(value, rule.Kind);
            multiplicity = one > multiplicity ? one : multiplicity;
            computed |= !value.IsKnown;
        }

        RiskLevel level = rule.LowInBulk ? rule.Level : BulkLevel.Of(rule.Kind, rule.Level, multiplicity);
        if (!_session.Sink.Wants(rule.Kind, level))
        {
            return;
        }

        EffectObject[] shown = objects.Count == 0 ? [] : [.. objects.Select(value => value.AsObject(rule.ObjectKind))];
        _session.Report(rule.Kind, level, span, Reasons.Fill(rule.Reason ?? Reasons.For(rule.Kind), shown, name), shown,
            computed ? EffectScope.Unknown : rule.Scope);
    }

    /// <summary><c>systemctl stop '*'</c>: the program itself looks for what matches.</summary>
    private Multiplicity MultiplicityOf(Value value, EffectKind kind) =>
        kind is EffectKind.ServiceStop or EffectKind.ServiceRestart or EffectKind.ProcessKill && value.IsKnown
            && value.Text.Contains('*', StringComparison.Ordinal)
            ? Multiplicity.Any
            : _session.MultiplicityOf(value);

    private void ApplyPlaces(EffectKind kind, List<Value> files, ShellState state, TextSpan span)
    {
        foreach (Value value in files)
        {
            FileAct act = kind == EffectKind.FileDelete ? FileAct.Delete : FileAct.Overwrite;
            evaluator.Places.ReportPlace(value, act, span, state);
            if (kind == EffectKind.FileOverwrite && value is { IsKnown: true, Text.Length: > 0 })
            {
                _session.Files.Write(TargetPath.Full(value.Text, state), null);
            }
        }
    }

    /// <summary>Files that the text itself has written, or may have fetched, under this name: what is in them
    /// runs.</summary>
    private bool RunOwnFiles(string name, Value[] fields, ShellState state, TextSpan span)
    {
        if (fields[0] is not { IsKnown: true } first)
        {
            return false;
        }

        if (!first.Text.Contains('/', StringComparison.Ordinal))
        {
            return RunFromPath(name, fields, state, span);
        }

        string path = TargetPath.Full(first.Text, state);
        if (_session.Files.Find(path) is not null)
        {
            evaluator.Content.EvaluateFile(first, WithArguments(fields, state), first.Text, ContentLanguage.Shell);
            return true;
        }

        if (!WasMade(first.Text))
        {
            return false;
        }

        _session.Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.MadeScript,
            [first.AsObject(ObjectKind.Path)]);
        return true;
    }

    /// <summary><c>PATH=$PWD/b:$PATH ps</c>: the file that was written there may be the one that is found.</summary>
    private bool RunFromPath(string name, Value[] fields, ShellState state, TextSpan span)
    {
        bool isOwn = false;
        foreach (string path in _session.Files.IsEmpty ? [] : _session.Files.Named(name))
        {
            WrittenFile file = _session.Files.Find(path)!;
            if (file.Contents.Length > 0 || state.Find("PATH") is not null
                || path.Contains("/bin/", StringComparison.Ordinal)
                || path.Contains("/sbin/", StringComparison.Ordinal))
            {
                isOwn = true;
                evaluator.Content.EvaluateFile(Value.Known(path, span), WithArguments(fields, state), path,
                    ContentLanguage.Shell);
            }
        }

        return isOwn;
    }

    private static ShellState WithArguments(Value[] fields, ShellState state)
    {
        var inner = new ShellState(state) { Positional = fields[1..] };
        inner.Set("0", new Variable(fields[0].Text, Certain: true));
        return inner;
    }

    /// <summary>An earlier command had this file's name among its arguments: it may have made or fetched it.</summary>
    public bool WasMade(string path)
    {
        string name = ProgramNames.BaseName(path);
        return _session.Mentioned.Count > 0 && (_session.Mentioned.Contains(path) || _session.Mentioned.Contains(name)
            || _session.Mentioned.Contains("./" + name));
    }
}
