using System.Collections.Frozen;
using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>Programs: the catalogue says what their arguments do.</summary>
internal sealed class ProgramRunner(Evaluator evaluator)
{
    private readonly EvaluationSession _session = evaluator.Session;

    public string? Run(string name, Value[] fields, ShellState state, StandardInput input, TextSpan span)
    {
        _session.OnCommand?.Invoke(fields);
        ProgramEntry? entry = _session.Catalogue.Find(name);
        _session.NoteProgram(name, entry is not null);
        FollowCopies(name, fields, state);
        if (fields[0] is { IsKnown: true } first && first.Text.Contains('/', StringComparison.Ordinal)
            && RunOwnFile(first, fields, state, span))
        {
            return null;
        }

        _session.Budget.Spend(input.Text?.Length ?? 0);
        string? output = _session.Budget.IsExhausted ? null : ConstantOutput.Of(name, fields, input, state, evaluator.Dialect);
        if (name == "printf" && output is null && fields is [_, { Text: "-v" }, var variable, ..])
        {
            InputBuiltins.Forget(state, variable.Text);
        }

        input.IsTouched |= input.Kind == InputKind.Known && !ConstantOutput.LeavesInput(name);
        _session.Budget.Spend(output?.Length ?? 0);
        EvaluateSubscripts(name, fields, state);
        if (entry is null)
        {
            return RunUnknown(name, fields, state, input, span) ?? output;
        }

        ReadProjectFile(name, state, span);
        if (entry.IsHarmless)
        {
            return output;
        }

        Invocation invocation = _session.TakeInvocation();
        invocation.Read(entry.Root, new ArraySegment<Value>(fields, 1, fields.Length - 1));
        string? inner = IsDryRun(invocation) ? null : Apply(name, invocation, fields[0], state, input, span);
        _session.Return(invocation);
        return output ?? inner;
    }

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
        }

        if (invocation.Levels is [{ Node.HasCommands: true }])
        {
            ApplyUnknown(name, [program, .. invocation.Operands], state, input, span);
        }

        return evaluator.Inner.Run(name, invocation, state, input, span);
    }

    /// <summary>For a program, or a subcommand, that the catalogue does not know: what its words suggest.</summary>
    private void ApplyUnknown(string name, Value[] fields, ShellState state, StandardInput input, TextSpan span)
    {
        if (_session.Catalogue.Unknown is not { } unknown)
        {
            return;
        }

        Invocation invocation = _session.TakeInvocation();
        invocation.Read(unknown.Root, new ArraySegment<Value>(fields, 1, fields.Length - 1));
        if (!IsDryRun(invocation))
        {
            foreach (CommandLevel level in invocation.Levels)
            {
                ApplyRules(name, invocation, level, state, input, span);
            }
        }

        _session.Return(invocation);
    }

    private static bool IsDryRun(Invocation invocation)
    {
        foreach (CommandLevel level in invocation.Levels)
        {
            foreach (OptionTest test in level.Node.DryRun)
            {
                if (invocation.Has(test))
                {
                    return true;
                }
            }
        }

        OptionStyle style = invocation.Levels[^1].Node.Options.Style;
        return style is OptionStyle.Gnu or OptionStyle.Cluster or OptionStyle.KeyValue
            && (invocation.Has("--help") || AsksForVersion(invocation)
            || invocation.Arguments is [{ IsKnown: true, Text: "--help" or "--version" }]);
    }

    /// <summary>`tool --version`; with operands the option is one of the command's own: `yank --version 1.2
    /// package`.</summary>
    private static bool AsksForVersion(Invocation invocation) =>
        invocation.CountOperands(invocation.Levels[^1]) == 0
        && invocation.Options.Exists(use => use is { Id: "--version", Argument: null });

    private void ApplyRules(string name, Invocation invocation, CommandLevel level, ShellState state,
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
            if (rule.ObjectKind != ObjectKind.Path
                || rule.Kind is not (EffectKind.FileDelete or EffectKind.FileOverwrite))
            {
                continue;
            }

            foreach (Value value in objects)
            {
                evaluator.Places.ReportClass(value, rule.Kind == EffectKind.FileDelete
                    ? FileAct.Delete
                    : FileAct.Overwrite, span, state);
                if (rule.Kind == EffectKind.FileOverwrite && value.IsKnown)
                {
                    RememberWritten(name, value, state, input);
                }
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
        bool many = false, computed = false;
        foreach (Value value in objects)
        {
            many |= value.IsList || (_session.IsInBulk && IsOneOfMany(value));
            computed |= !value.IsKnown;
        }

        RiskLevel severity = many && !rule.LowInBulk && rule.Level == RiskLevel.Low && IsWorseInBulk(rule.Kind)
            ? RiskLevel.High
            : rule.Level;
        if (!_session.Sink.Wants(rule.Kind, severity))
        {
            return;
        }

        EffectObject[] shown = objects.Count == 0 ? [] : [.. objects.Select(value => value.AsObject(rule.ObjectKind))];
        _session.Report(rule.Kind, severity, span, Reasons.Fill(rule.Reason ?? Reasons.For(rule.Kind), shown, name), shown,
            computed ? EffectScope.Unknown : rule.Scope);
    }

    /// <summary>One file is a matter of policy; whatever a search finds is not.</summary>
    private static bool IsWorseInBulk(EffectKind kind) =>
        kind is EffectKind.FileDelete or EffectKind.ContainerDestroy or EffectKind.VolumeDestroy
        or EffectKind.BackupDestroy or EffectKind.CloudDestroy or EffectKind.ClusterDelete
        or EffectKind.DatabaseDeleteAll;

    private static bool IsOneOfMany(Value value) => !value.IsKnown || value.HasGlob
        || value.Text.Contains("{}", StringComparison.Ordinal) || value.Text.Length == 0;

    /// <summary>What a program wrote may be run later in the same text.</summary>
    private static void RememberWritten(string name, Value file, ShellState state, StandardInput input)
    {
        string path = TargetPath.Full(file.Text, state);
        state.Write(path, name == "tee" && input.Kind == InputKind.Known ? input.Text : null);
    }

    /// <summary>`cp /bin/rm /tmp/x`, `ln -s`: the new name is the old program.</summary>
    private void FollowCopies(string name, Value[] fields, ShellState state)
    {
        if (name is not ("cp" or "mv" or "ln" or "install"))
        {
            return;
        }

        string? from = null, to = null;
        foreach (Value? field in fields.AsSpan(1))
        {
            if (!field.IsKnown || field.Text.StartsWith('-'))
            {
                continue;
            }

            if (to is not null)
            {
                return;
            }

            (from, to) = from is null ? (field.Text, to) : (from, field.Text);
        }

        if (from is null || to is null)
        {
            return;
        }

        if (state.TryGetFile(TargetPath.Full(from, state), out string? content))
        {
            state.Write(TargetPath.Full(to, state), content);
        }
        else if (ProgramNames.BaseName(from) is var program && _session.Catalogue.Find(program) is { IsHarmless: false }
            && !to.EndsWith('/'))
        {
            state.SetAlias(to, from);
            state.SetAlias(TargetPath.Full(to, state), from);
            state.SetAlias(ProgramNames.BaseName(to), from);
        }
    }

    /// <summary>A path that the same text wrote, or fetched: its content decides.</summary>
    private bool RunOwnFile(Value first, Value[] fields, ShellState state, TextSpan span)
    {
        string path = TargetPath.Full(first.Text, state);
        if (state.TryGetFile(path, out _))
        {
            evaluator.Content.EvaluateFile(first, new ShellState(state) { Positional = [.. fields.Skip(1)] }, first.Text, "sh");
            return true;
        }

        if (!WasMade(first.Text))
        {
            return false;
        }

        _session.Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.MadeScript, [first.AsObject(ObjectKind.Path)]);
        return true;
    }

    /// <summary>An earlier command had this file's name among its arguments: it may have made or fetched it.</summary>
    public bool WasMade(string path)
    {
        string name = ProgramNames.BaseName(path);
        return _session.Mentioned.Count > 0 && (_session.Mentioned.Contains(path) || _session.Mentioned.Contains(name)
            || _session.Mentioned.Contains("./" + name));
    }

    private string? RunUnknown(string name, Value[] fields, ShellState state, StandardInput input, TextSpan span)
    {
        ApplyUnknown(name, fields, state, input, span);
        RunGuessed(name, fields, state);
        bool isScript = fields[0].Text.Contains('/', StringComparison.Ordinal)
            || name.EndsWith(".sh", StringComparison.Ordinal);
        if (isScript)
        {
            _session.Report(EffectKind.CodeOpaque, _session.IsInOption
                ? RiskLevel.High
                : RiskLevel.Low, span, Reasons.UnseenScript, [fields[0].AsObject(ObjectKind.Path)]);
        }

        return null;
    }

    /// <summary>How many words after an unknown program's name may stand before the command it wraps.</summary>
    private const int MaximumGuessed = 6;

    /// <summary>`newtool -x host rm -rf /srv`: when a word after an unknown program names one whose acts are known, and
    /// words follow it, the program may be a wrapper. That it might open a session is not guessed: a program's name is
    /// an everyday argument.</summary>
    private void RunGuessed(string name, Value[] fields, ShellState state)
    {
        if (_session.IsGuessing)
        {
            return;
        }

        for (int i = 1; i < fields.Length - 1 && i <= MaximumGuessed; i++)
        {
            if (fields[i] is not { IsKnown: true, Text: [not '-', ..] }
                || _session.Catalogue.Find(ProgramNames.BaseName(fields[i].Text)) is not { IsHarmless: false })
            {
                continue;
            }

            using WrapperChain.Link link = _session.Chain.Within(name);
            using Raised guessing = _session.Guessing();
            evaluator.Runner.Run(fields[i..], new ShellState(state), StandardInput.OfOutput(null));
            return;
        }
    }

    /// <summary>Tools that do what a file beside them says, and that file's name.</summary>
    private static readonly FrozenDictionary<string, (string Program, string File, string Language)[]> ProjectFiles =
        new (string Program, string File, string Language)[]
    {
        ("npm", "package.json", "json"), ("yarn", "package.json", "json"), ("pnpm", "package.json", "json"),
        ("bun", "package.json", "json"), ("npx", "package.json", "json"),
        ("make", "Makefile", "make"), ("make", "makefile", "make"), ("make", "GNUmakefile", "make"),
        ("gmake", "Makefile", "make"), ("bundle", "Gemfile", "ruby"), ("rake", "Rakefile", "ruby"),
        ("composer", "composer.json", "json"), ("vagrant", "Vagrantfile", "ruby"), ("gradle", "build.gradle", "groovy"),
        ("ant", "build.xml", "xml"), ("mvn", "pom.xml", "xml"), ("just", "justfile", "make"),
        ("pip", "setup.py", "python"), ("tox", "tox.ini", "ini"), ("docker-compose", "docker-compose.yml", "yaml"),
        ("scons", "SConstruct", "python"), ("cargo", "build.rs", "rust"), ("cmake", "CMakeLists.txt", "cmake"),
    }.GroupBy(one => one.Program).ToFrozenDictionary(group => group.Key, group => group.ToArray());

    /// <summary>When this text has written the file that the tool follows, the tool runs what was written.</summary>
    private void ReadProjectFile(string name, ShellState state, TextSpan span)
    {
        if (!state.HasFiles
            || !ProjectFiles.TryGetValue(name, out (string Program, string File, string Language)[]? files))
        {
            return;
        }

        foreach ((string _, string? file, string? language) in files)
        {
            if (!state.TryGetFile(TargetPath.Full(file, state), out string? content))
            {
                continue;
            }

            if (content is null)
            {
                _session.Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.MadeScript,
                    [new EffectObject(file, ObjectKind.Path)]);
            }
            else
            {
                evaluator.Content.EvaluateCode(language, Value.Known(content, span), state, name);
            }
        }
    }

    /// <summary><c>test -v 'a[$(x)]'</c>, <c>printf -v</c>, <c>declare -i</c>, <c>let</c>: bash expands what stands in
    /// a subscript or a number, quoted or not.</summary>
    public void EvaluateSubscripts(string name, Value[] fields, ShellState state)
    {
        if (name is not ("test" or "[" or "printf" or "declare" or "typeset" or "local" or "let" or "unset" or "read"
            or "export" or "readonly"))
        {
            return;
        }

        for (int i = 1; i < fields.Length; i++)
        {
            string text = fields[i].Text;
            bool evaluated = name is "let" or "unset" || fields[i - 1].Text is "-v" or "-i" or "-eq" or "-ne" or "-lt"
                or "-gt" || name is "declare" or "typeset" or "local";
            if (evaluated && text.Contains('[', StringComparison.Ordinal) && text.AsSpan().ContainsAny('$', '`')
                && fields[i].IsKnown)
            {
                evaluator.EvaluateText(AssignmentReader.InQuotes(fields[i]), new ShellState(state), StandardInput.Inherited, name);
            }
        }
    }
}
