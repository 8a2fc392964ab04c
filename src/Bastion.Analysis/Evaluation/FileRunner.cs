using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>What programs do to files: the places say what it means, and what is written may be run later in the same
/// text.</summary>
internal sealed class FileRunner(Evaluator evaluator)
{
    private readonly EvaluationSession _session = evaluator.Session;

    public void Apply(string name, Invocation invocation, CommandLevel level, ShellState state, StandardInput input,
        TextSpan span)
    {
        foreach (FileRule rule in level.Node.Files)
        {
            if (!rule.Condition.Holds(invocation, level, input.IsGiven))
            {
                continue;
            }

            List<Value> files = invocation.Select(rule.Files, level);
            List<Value> sources = rule.From.IsNone ? [] : invocation.Select(rule.From, level);
            if (files.Count > 0 && (rule.Condition.Classes.Length == 0
                || files.Exists(file => IsOfClass(file, rule.Condition.Classes, state))))
            {
                Apply(name, rule, files, sources, state, input, span);
            }
        }
    }

    private bool IsOfClass(Value file, string[] classes, ShellState state) =>
        evaluator.Places.ClassOf(file, state) is { } found && classes.Contains(found.Name);

    private void Apply(string name, FileRule rule, List<Value> files, List<Value> sources, ShellState state,
        StandardInput input, TextSpan span)
    {
        if (rule.Act == FileAct.Move)
        {
            evaluator.Places.Move(files, sources, span, state);
            return;
        }

        FileAct act = rule.Act == FileAct.Overwrite && sources is [{ IsKnown: true, Text: "/dev/null" }]
            ? FileAct.Empty
            : rule.Act;
        // A link from one start-up file to another gives nothing new to run.
        if (rule.Links && sources.TrueForAll(source => evaluator.Places.ClassOf(source, state) is { } linked
            && files.TrueForAll(file => evaluator.Places.ClassOf(file, state) == linked)))
        {
            return;
        }

        if (act == FileAct.Overwrite && sources is [var log] && files.TrueForAll(file => IsRotated(log, file, state)))
        {
            evaluator.Places.ReportAny(act, files, span, rule.Scope, rule.Reason, name);
            return;
        }

        evaluator.Places.Act(act, files, span, state, rule.Scope, rule.Reason, name);
        foreach (Value file in files)
        {
            foreach (Value source in sources)
            {
                if (Below(file, source) is { } below)
                {
                    evaluator.Places.ReportPlace(below, act, span, state);
                }
            }

            Remember(name, rule, file, sources, state, input);
        }
    }

    /// <summary><c>app.log</c> becomes <c>app.log.1</c>: what it may overwrite is a log that was due to go.</summary>
    private bool IsRotated(Value log, Value file, ShellState state) =>
        log.IsKnown && file.IsKnown && evaluator.Places.ClassOf(log, state) is { Name: "log" }
        && file.Text.StartsWith(log.Text, StringComparison.Ordinal) && file.Text.Length > log.Text.Length
        && file.Text[log.Text.Length] is '.' or '-' or '_' && !file.Text.AsSpan(log.Text.Length).Contains('/');

    /// <summary>When the file is a directory, what is put there stands below it by its own name.</summary>
    private static Value? Below(Value directory, Value source)
    {
        string name = ProgramNames.BaseName(source.Text);
        return directory.Text.Length == 0 || name is "" or "/" or "." or ".."
            || directory.Text.StartsWith("/dev/", StringComparison.Ordinal)
            ? null
            : !directory.IsKnown
                ? null
                : Value.Known($"{directory.Text.TrimEnd('/')}/{name}", directory.Span) with
                {
                    HasGlob = directory.HasGlob,
                };
    }

    private void Remember(string name, FileRule rule, Value file, List<Value> sources, ShellState state,
        StandardInput input)
    {
        if (file is not { IsKnown: true, Text.Length: > 0 })
        {
            return;
        }

        if (rule.Links)
        {
            Link(file, sources, state);
        }

        if (rule.Act is FileAct.Append or FileAct.Overwrite or FileAct.Empty)
        {
            string path = TargetPath.Full(file.Text, state);
            if (sources.Count > 0)
            {
                Copy(path, sources, state);
            }
            else
            {
                _session.Files.Write(path, name == "tee" && input.Kind == InputKind.Known ? input.Text : null);
            }
        }
    }

    private void Link(Value name, List<Value> sources, ShellState state)
    {
        foreach (Value source in sources.Where(source => source.IsKnown))
        {
            string means = TargetPath.Full(source.Text, state);
            _session.Files.Link(TargetPath.Full(name.Text, state), means);
            if (Below(name, source) is { } below)
            {
                _session.Files.Link(TargetPath.Full(below.Text, state), means);
            }
        }
    }

    /// <summary>The copy holds what the original holds, or is the program that the original is.</summary>
    private void Copy(string path, List<Value> sources, ShellState state)
    {
        foreach (Value source in sources)
        {
            string below = $"{path.TrimEnd('/')}/{ProgramNames.BaseName(source.Text)}";
            WrittenFile? original = source.IsKnown
                ? _session.Files.Find(TargetPath.Full(source.Text, state))
                : null;
            foreach (string copy in (ReadOnlySpan<string>)[path, below])
            {
                if (original is not null)
                {
                    _session.Files.Write(copy, original.Content);
                }
                else
                {
                    NameProgram(copy, source);
                }
            }
        }
    }

    /// <summary><c>cp /bin/rm /tmp/x</c>: the new name is the old program.</summary>
    private void NameProgram(string copy, Value source)
    {
        if (source.IsKnown
            && _session.Catalogue.Find(ProgramNames.BaseName(source.Text)) is { IsHarmless: false })
        {
            _session.Files.AddProgram(copy, source.Text);
            _session.Files.AddProgram(ProgramNames.BaseName(copy), source.Text);
        }
    }
}
