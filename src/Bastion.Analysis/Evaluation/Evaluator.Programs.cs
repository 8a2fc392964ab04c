using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>Programs: the catalogue says what their arguments do.</summary>
internal sealed partial class Evaluator
{
    private string? RunProgram(string name, IReadOnlyList<Value> fields, ShellState state, StandardInput input, TextSpan span)
    {
        var entry = session.Catalogue.Find(name);
        session.NoteProgram(name, entry is not null);
        FollowCopies(name, fields, state);
        if (fields[0] is { IsKnown: true } first && first.Text.Contains('/', StringComparison.Ordinal) && RunOwnFile(first, fields, state, span))
            return null;
        if (entry is null)
            return RunUnknown(name, fields, state, span);
        var output = ConstantOutput.Of(name, fields, input, state);
        if (entry.IsHarmless)
            return output;
        var invocation = Invocation.Read(entry.Root, [.. fields.Skip(1)]);
        if (IsDryRun(invocation))
            return output;
        if (invocation.ComputedCommand is { } computed && invocation.Levels[^1].Node.HasCommands)
            Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.ComputedCommand, [Object(computed, ObjectKind.Program)]);
        var before = session.Sink.Count;
        foreach (var level in invocation.Levels)
            ApplyRules(name, invocation, level, state, input, span);
        var inner = RunInside(name, invocation, state, input, span);
        _ = before;
        return output ?? inner;
    }

    private static bool IsDryRun(Invocation invocation)
    {
        foreach (var level in invocation.Levels)
        {
            foreach (var test in level.Node.DryRun)
            {
                if (invocation.Has(test))
                    return true;
            }
        }
        var style = invocation.Levels[^1].Node.Options.Style;
        return style is OptionStyle.Gnu or OptionStyle.Cluster or OptionStyle.KeyValue
            && (invocation.Has("--help") || invocation.Has("--version") || invocation.Arguments is [{ IsKnown: true, Text: "--help" or "--version" }]);
    }

    private void ApplyRules(string name, Invocation invocation, CommandLevel level, ShellState state, StandardInput input, TextSpan span)
    {
        foreach (var rule in level.Node.Effects)
        {
            var objects = rule.Objects.IsNone ? [] : invocation.Select(rule.Objects, level);
            if (!rule.Condition.Holds(invocation, level, input.IsGiven, wanted => objects.Exists(value => ClassOf(value, state)?.Name == wanted)))
                continue;
            var shown = objects.ConvertAll(value => Object(value, rule.ObjectKind));
            var reason = Reasons.Fill(rule.Reason ?? Reasons.For(rule.Kind), shown, name);
            Report(rule.Kind, rule.Level, span, reason, shown, objects.Exists(value => !value.IsKnown) ? EffectScope.Unknown : rule.Scope);
            if (rule.ObjectKind != ObjectKind.Path || rule.Kind is not (EffectKind.FileDelete or EffectKind.FileOverwrite))
                continue;
            foreach (var value in objects)
            {
                ReportClass(value, rule.Kind == EffectKind.FileDelete ? FileAct.Delete : FileAct.Overwrite, span, state);
                if (rule.Kind == EffectKind.FileOverwrite && value.IsKnown)
                    RememberWritten(name, value, state, input);
            }
        }
    }

    /// <summary>What a program wrote may be run later in the same text.</summary>
    private static void RememberWritten(string name, Value file, ShellState state, StandardInput input)
    {
        var path = FullPath(file.Text, state);
        state.Write(path, name == "tee" && input.Kind == InputKind.Known ? input.Text : null);
    }

    /// <summary>`cp /bin/rm /tmp/x`, `ln -s`: the new name is the old program.</summary>
    private void FollowCopies(string name, IReadOnlyList<Value> fields, ShellState state)
    {
        if (name is not ("cp" or "mv" or "ln" or "install"))
            return;
        var operands = fields.Skip(1).Where(field => field.IsKnown && !field.Text.StartsWith('-')).ToList();
        if (operands.Count != 2)
            return;
        var (from, to) = (operands[0].Text, operands[1].Text);
        if (state.TryGetFile(FullPath(from, state), out var content))
            state.Write(FullPath(to, state), content);
        else if (ProgramNames.BaseName(from) is var program && session.Catalogue.Find(program) is { IsHarmless: false } && !to.EndsWith('/'))
        {
            state.SetAlias(to, from);
            state.SetAlias(ProgramNames.BaseName(to), from);
        }
    }

    /// <summary>A path that the same text wrote, or fetched: its content decides.</summary>
    private bool RunOwnFile(Value first, IReadOnlyList<Value> fields, ShellState state, TextSpan span)
    {
        var path = FullPath(first.Text, state);
        if (state.TryGetFile(path, out _))
        {
            EvaluateFile(first, new ShellState(state) { Positional = [.. fields.Skip(1)] }, first.Text, "sh");
            return true;
        }
        if (!WasMade(first.Text))
            return false;
        Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.MadeScript, [Object(first, ObjectKind.Path)]);
        return true;
    }

    /// <summary>An earlier command had this file's name among its arguments: it may have made or fetched it.</summary>
    private bool WasMade(string path)
    {
        var name = ProgramNames.BaseName(path);
        return session.Mentioned.Count > 0 && (session.Mentioned.Contains(path) || session.Mentioned.Contains(name) || session.Mentioned.Contains("./" + name));
    }

    private string? RunUnknown(string name, IReadOnlyList<Value> fields, ShellState state, TextSpan span)
    {
        _ = state;
        var isScript = fields[0].Text.Contains('/', StringComparison.Ordinal) || name.EndsWith(".sh", StringComparison.Ordinal);
        if (isScript)
            Report(EffectKind.CodeOpaque, RiskLevel.Low, span, Reasons.UnseenScript, [Object(fields[0], ObjectKind.Path)]);
        return null;
    }
}
