namespace Bastion.Analysis.Evaluation;

/// <summary>Builtins that change what later commands mean, or run text. The others are catalogue entries like any
/// program.</summary>
internal sealed class BuiltinRunner(Evaluator evaluator)
{
    /// <summary>Linux takes no longer path (PATH_MAX).</summary>
    private const int MaximumPath = 4096;

    private readonly EvaluationSession _session = evaluator.Session;
    private readonly DeclarationBuiltins _declarations = new(evaluator);
    private readonly InputBuiltins _inputs = new(evaluator);

    /// <summary>False when the name is none of them.</summary>
    public bool TryRun(string name, Value[] fields, ShellState state, StandardInput input, TextSpan span,
        out string? output)
    {
        output = "";
        if (fields[0].Text.Contains('/', StringComparison.Ordinal))
        {
            return false;
        }

        bool isDone = TryRunText(name, fields, state, input, span, ref output)
            || TrySetVariables(name, fields, state, input, span)
            || TrySetNames(name, fields, state, span);
        if (isDone)
        {
            _session.NoteProgram(name, known: true);
        }

        return isDone;
    }

    /// <summary>Those that run what they are given.</summary>
    private bool TryRunText(string name, Value[] fields, ShellState state, StandardInput input, TextSpan span,
        ref string? output)
    {
        switch (name)
        {
            case "eval":
                output = RunEval(fields, state, input);
                return true;
            case "." or "source":
                output = RunSource(fields, state, input);
                return true;
            case "exec":
                output = RunAfterOptions(fields, "a", state, input);
                return true;
            case "command" or "builtin" or "noglob" or "nocorrect" or "-":
                output = fields is [_, { Text: "-v" or "-V" }, ..] ? null : RunAfterOptions(fields, "", state, input);
                return true;
            case "trap":
                RunTrap(fields, state);
                return true;
            case "fc":
                if (!fields.Skip(1).Any(field => field.Text is "--help" or ['-', 'l', ..]))
                {
                    _session.Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.History);
                }

                return true;
            default:
                return false;
        }
    }

    /// <summary>Those that set variables and options.</summary>
    private bool TrySetVariables(string name, Value[] fields, ShellState state, StandardInput input, TextSpan span)
    {
        switch (name)
        {
            case "export" or "declare" or "typeset" or "local" or "readonly":
                EvaluateSubscripts(name, fields, state);
                _declarations.Declare(fields, state);
                return true;
            case "set":
                _declarations.Set(fields, state, span);
                return true;
            case "shift":
                DeclarationBuiltins.Shift(fields, state);
                return true;
            case "unset":
                EvaluateSubscripts(name, fields, state);
                _declarations.Unset(fields, state, span);
                return true;
            case "read":
                EvaluateSubscripts(name, fields, state);
                InputBuiltins.RunRead(fields, state, input);
                return true;
            case "mapfile" or "readarray":
                EvaluateSubscripts(name, fields, state);
                _inputs.RunReadArray(fields, state, input);
                return true;
            case "getopts":
                EvaluateSubscripts(name, fields, state);
                InputBuiltins.Forget(state, fields.Length > 2 ? fields[2].Text : "", "OPTARG", "OPTIND");
                return true;
            case "let":
                EvaluateSubscripts(name, fields, state);
                _declarations.Let(fields, state);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Those that change what names and paths mean; of some the catalogue says more.</summary>
    private bool TrySetNames(string name, Value[] fields, ShellState state, TextSpan span)
    {
        switch (name)
        {
            case "alias":
                RunAliasDefinition(fields, state);
                return true;
            case "cd" or "pushd" or "chdir":
                RunChangeDirectory(fields, state);
                return true;
            case "hash":
                if (fields is [_, { Text: "-p" }, { IsKnown: true } path, { IsKnown: true } hashed, ..])
                {
                    _session.Files.AddProgram(hashed.Text, path.Text);
                }

                return true;
            case "shopt":
                _declarations.Shopt(fields, state, span);
                return false;
            case "compgen" or "complete":
                EvaluateWordList(fields, state);
                return false;
            default:
                return false;
        }
    }

    private string? RunEval(Value[] fields, ShellState state, StandardInput input)
    {
        var words = fields.Skip(fields is [_, { Text: "--" }, ..] ? 2 : 1).ToList();
        return words.Count == 0 ? "" : evaluator.EvaluateText(Value.JoinWords(words), state, input, "eval");
    }

    private string? RunSource(Value[] fields, ShellState state, StandardInput input)
    {
        var operands = fields.Skip(fields is [_, { Text: "--" }, ..] ? 2 : 1).ToList();
        if (operands.Count == 0)
        {
            return "";
        }

        if (operands.Count > 1)
        {
            state = new ShellState(state) { Positional = [.. operands[1..]] };
        }

        return evaluator.Content.EvaluateFile(operands[0], state, "source", ContentLanguage.Shell, input);
    }

    /// <summary>`exec`, `command`: options, then a command.</summary>
    private string? RunAfterOptions(Value[] fields, string takingValues, ShellState state, StandardInput input)
    {
        int at = 1;
        while (at < fields.Length && fields[at] is { IsKnown: true, Text: ['-', _, ..] } option)
        {
            at++;
            if (option.Text == "--")
            {
                break;
            }

            if (takingValues.Contains(option.Text[^1], StringComparison.Ordinal))
            {
                at++;
            }
        }

        return at < fields.Length ? evaluator.Runner.Run(fields[at..], state, input, Lookup.Program) : "";
    }

    private void RunTrap(Value[] fields, ShellState state)
    {
        var operands = fields.Skip(1).Where(field => field.Text is not ("-l" or "-p" or "--")).ToList();
        if (operands.Count >= 2 && operands[0].Text is not ("-" or ""))
        {
            evaluator.EvaluateText(operands[0], new ShellState(state), StandardInput.Inherited, "trap");
        }
    }

    private void RunAliasDefinition(Value[] fields, ShellState state)
    {
        foreach (Value field in fields.Skip(1))
        {
            int equals = field.KnownPrefix.IndexOf('=');
            if (equals > 0)
            {
                Value value = field.Tail(equals + 1);
                state.SetAlias(field.Text[..equals], value.Text);
                evaluator.EvaluateText(value, new ShellState(state), StandardInput.Inherited, "alias");
            }
        }
    }

    private static void RunChangeDirectory(Value[] fields, ShellState state)
    {
        Value? target = fields.Skip(1).FirstOrDefault(field => field.Text is not ['-', _, ..]);
        string? path = target is null ? "~"
            : target is { IsKnown: true, Text: not "-" } ? TargetPath.Full(target.Text, state)
            : null;
        bool hasGlob = target is { HasGlob: true } || (state.Directory.HasGlob && target?.Text is not ['/' or '~', ..]);
        state.Directory = path is { Length: <= MaximumPath }
            ? new WorkingDirectory(path, hasGlob)
            : WorkingDirectory.Unknown;
    }

    /// <summary>The words of `compgen -W` are expanded.</summary>
    private void EvaluateWordList(Value[] fields, ShellState state)
    {
        for (int i = 1; i < fields.Length; i++)
        {
            Value? words = fields[i].Text == "-W" && i + 1 < fields.Length ? fields[i + 1]
                : fields[i].Text.StartsWith("-W", StringComparison.Ordinal) ? fields[i].Tail(2)
                : null;
            if (words is not null)
            {
                evaluator.EvaluateText(AssignmentReader.InQuotes(words), new ShellState(state),
                    StandardInput.Inherited, fields[0].Text);
            }
        }
    }

    /// <summary><c>test -v 'a[$(x)]'</c>, <c>printf -v</c>, <c>declare -i</c>, <c>let</c>, <c>read 'a[$(x)]'</c>: bash
    /// expands what stands in a subscript or a number, quoted or not.</summary>
    public void EvaluateSubscripts(string name, Value[] fields, ShellState state)
    {
        if (name is not ("test" or "[" or "printf" or "declare" or "typeset" or "local" or "let" or "unset" or "read"
            or "export" or "readonly" or "mapfile" or "readarray" or "getopts" or "wait"))
        {
            return;
        }

        for (int i = 1; i < fields.Length; i++)
        {
            bool isEvaluated = name is not ("test" or "[" or "printf" or "wait")
                || fields[i - 1].Text is "-v" or "-p" or "-eq" or "-ne" or "-lt" or "-gt" or "-le" or "-ge"
                || (i + 1 < fields.Length && fields[i + 1].Text is "-eq" or "-ne" or "-lt" or "-gt" or "-le" or "-ge");
            if (isEvaluated && fields[i].IsKnown && ArithmeticText.IsExpanding(fields[i].Text))
            {
                evaluator.EvaluateText(AssignmentReader.InQuotes(fields[i]), new ShellState(state),
                    StandardInput.Inherited, name);
            }
        }
    }
}
