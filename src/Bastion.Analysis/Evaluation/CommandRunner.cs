using System.Collections.Frozen;
using Bastion.Analysis.Programs;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>How a command's name is looked up.</summary>
internal enum Lookup
{
    /// <summary>As a shell does: aliases, functions, builtins, programs.</summary>
    Shell,

    /// <summary>`command`, `env`, a path: no functions.</summary>
    Program,
}

/// <summary>
/// Simple commands. Nothing written before a command makes it look kinder: when its name may be an alias, a function, a
/// copied, a hashed or a written program or the program of that name, each of them counts and the worst decides.
/// </summary>
internal sealed class CommandRunner(Evaluator evaluator)
{
    /// <summary>Functions that call functions: nobody writes more levels in earnest.</summary>
    private const int MaximumCalls = 24;

    /// <summary>Programs that fetch, unpack or build files which the text may run afterwards.</summary>
    private static readonly FrozenSet<string> Producers = FrozenSet.ToFrozenSet(
    [
        "curl", "wget", "aria2c", "axel", "fetch", "http", "scp", "sftp", "rsync", "ftp", "tftp", "lftp", "nc", "ncat",
        "socat", "aws", "gsutil", "s3cmd", "rclone",
        "gcc", "cc", "g++", "c++", "clang", "tcc", "go", "rustc", "ld", "as", "base64", "base32", "xxd", "openssl",
        "gpg", "uudecode", "dd", "install", "python", "perl", "ruby",
    ]);

    private readonly EvaluationSession _session = evaluator.Session;

    public string? Evaluate(SimpleCommand command, ShellState state, StandardInput input)
    {
        if (!_session.Budget.TrySpendCommand())
        {
            _session.ReportExhausted(evaluator.Expander.SpanOf(command));
            return null;
        }

        Value[] fields = evaluator.Expander.ExpandAll(command.Words, state);
        ShellState environment = command.Words.Length > 0 && command.Assignments.Length > 0
            ? new ShellState(state)
            : state;
        foreach (Assignment assignment in command.Assignments)
        {
            evaluator.Assignments.Assign(assignment, environment);
        }

        foreach (Assignment assignment in command.ArrayArguments)
        {
            evaluator.Assignments.Assign(assignment, state);
        }

        if (command.Redirections.Length == 0)
        {
            string? printed = fields.Length > 0
                ? RunFields(fields, command, state, environment, input)
                : NoCommand(command);
            return evaluator.Redirections.DeliverOpen(printed, state);
        }

        bool stays = fields is [{ IsKnown: true, Text: "exec" }];
        RedirectionPlan plan = evaluator.Redirections.Read(command.Redirections, state, input, stays);
        if (plan.RedirectsInput && stays)
        {
            _session.Report(EffectKind.SessionEscape, RiskLevel.High, evaluator.Expander.SpanOf(command),
                Reasons.StandardInput);
        }

        string? output = fields.Length > 0
            ? RunFields(fields, command, state, environment, plan.Input)
            : NoCommand(command);
        return evaluator.Redirections.Deliver(plan, output, state);
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
            if (evaluator.Dialect == ShellDialect.Posix && fields[0].Text is ":" or "." or "eval" or "exec" or "export"
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
            _session.Report(EffectKind.CodeOpaque, RiskLevel.High, evaluator.Expander.SpanOf(command),
                Reasons.ComputedCommand);
        }

        return "";
    }

    /// <summary>Runs a command whose fields are expanded: the first names it.</summary>
    public string? Run(Value[] fields, ShellState state, StandardInput input, Lookup lookup = Lookup.Shell)
    {
        TextSpan span = SpanOf(fields);
        _session.Budget.SpendFields(fields.Length);
        using EvaluationBudget.Level level =
            _session.Budget.TrySpendCommand() ? _session.Budget.Enter() : default;
        if (!level.IsEntered)
        {
            _session.ReportExhausted(span);
            return null;
        }

        Value first = fields[0];
        string? name = first.ProgramName;
        if (name is null || first.HasGlob || name == "{}"
            || (first.IsKnown && first.Text.StartsWith('!') && first.Text.Length > 1))
        {
            return RunComputed(fields, state, input, span);
        }

        if (Disguise.Unmask(name) is { } plain)
        {
            _session.Report(EffectKind.CodeOpaque, RiskLevel.High, first.Span, Reasons.Hidden,
                [new EffectObject(name, ObjectKind.Program)]);
            name = plain;
        }

        return RunNamed(name, fields, span, state, input, lookup);
    }

    /// <summary>Everything that the name may stand for.</summary>
    private string? RunNamed(string name, Value[] fields, TextSpan span, ShellState state, StandardInput input,
        Lookup lookup)
    {
        Value first = fields[0];
        var outputs = new OutputReadings();
        bool isShadowed = false;
        if (first.IsKnown)
        {
            foreach (string alias in state.Alias(first.Text)?.All ?? [])
            {
                outputs.Add(RunAlias(fields, alias, state, input));
            }

            if (lookup == Lookup.Shell && state.Function(first.Text) is { All.Length: > 0 } function)
            {
                isShadowed = RunFunctions(first.Text, function, fields, state, input, span, ref outputs);
            }

            RunOtherPrograms(first.Text, fields, state, input);
        }

        // What is known of no program of that name is the function's alone.
        if (!isShadowed || _session.Catalogue.Find(name) is not null)
        {
            string? output = RunProgram(name, fields, state, input, span);
            if (!outputs.Any || _session.Catalogue.Find(name) is not null)
            {
                outputs.Add(output);
            }
        }

        return outputs.Only;
    }

    private string? RunProgram(string name, Value[] fields, ShellState state, StandardInput input, TextSpan span)
    {
        if (evaluator.Builtins.TryRun(name, fields, state, input, span, out string? output))
        {
            return output;
        }

        _session.Jumps += name is "break" or "continue" or "return" ? 1 : 0;
        output = evaluator.Programs.Run(name, fields, state, input, span);
        if (Producers.Contains(ProgramNames.WithoutVersion(name)))
        {
            foreach (Value field in fields)
            {
                Mention(field.Text);
            }
        }

        return output;
    }

    /// <summary><c>./q</c> after <c>cp /bin/rm q</c>, <c>q</c> after <c>hash -p /bin/rm q</c>.</summary>
    private void RunOtherPrograms(string text, Value[] fields, ShellState state, StandardInput input)
    {
        string key = text.Contains('/', StringComparison.Ordinal) ? TargetPath.Full(text, state) : text;
        foreach (string program in _session.Files.ProgramsOf(key))
        {
            if (program != text)
            {
                Run([Value.Known(program, fields[0].Span), .. fields[1..]], new ShellState(state), input,
                    Lookup.Program);
            }
        }
    }

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
        _session.Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.ComputedCommand,
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
        string text = alias + string.Concat(fields.Skip(1)
            .Select(field => " " + (field.IsKnown ? Quoting.Quote(field.Text) : field.WithVariables())));
        var inner = new ShellState(state);
        inner.SuspendAlias(fields[0].Text);
        return evaluator.EvaluateText(Value.Known(text, SpanOf(fields)), inner, input, fields[0].Text);
    }

    /// <summary>True when the name surely stands for a function.</summary>
    private bool RunFunctions(string name, Definitions<Command> function, Value[] fields, ShellState state,
        StandardInput input, TextSpan span, ref OutputReadings outputs)
    {
        foreach (Command body in function.All)
        {
            _session.Called.Add(body);
        }

        if (_session.CallStack.Contains(name))
        {
            if (_session.IsConcurrent)
            {
                _session.Report(EffectKind.ProcessKill, RiskLevel.High, span, Reasons.ForkBomb, [], EffectScope.All);
            }

            // What it does is what its body does without calling itself.
            return function.IsCertain;
        }

        if (_session.CallStack.Count >= MaximumCalls)
        {
            _session.ReportExhausted(span);
            outputs.Add(null);
            return function.IsCertain;
        }

        bool isOnly = function is { IsCertain: true, All.Length: 1 };
        foreach (Command body in function.All)
        {
            outputs.Add(RunFunction(name, body, fields, state, input, isOnly ? Merging.Certain : Merging.Possible));
        }

        return function.IsCertain;
    }

    private string? RunFunction(string name, Command body, Value[] fields, ShellState state, StandardInput input,
        Merging merging)
    {
        _session.CallStack.Add(name);
        var inner = new ShellState(state) { Positional = fields[1..] };
        string? output = evaluator.Walker.Evaluate(body, inner, input);
        int depth = _session.CallStack.Count;
        _session.CallStack.RemoveAt(depth - 1);
        evaluator.Merge(inner, state, merging, depth);
        return output;
    }

    public static TextSpan SpanOf(IReadOnlyList<Value> fields)
    {
        int start = fields[0].Span.Start, end = fields[0].Span.End;
        for (int i = 1; i < fields.Count; i++)
        {
            start = Math.Min(start, fields[i].Span.Start);
            end = Math.Max(end, fields[i].Span.End);
        }

        return TextSpan.FromBounds(start, end);
    }

    /// <summary>What a command prints, when all that its name may stand for print the same.</summary>
    private struct OutputReadings
    {
        private bool _differ;
        private string? _first;

        public bool Any { get; private set; }

        public readonly string? Only => Any && !_differ ? _first : null;

        public void Add(string? output)
        {
            _differ |= Any && output != _first;
            _first = Any ? _first : output;
            Any = true;
        }
    }
}
