using System.Buffers;

namespace Bastion.Analysis.Evaluation;

/// <summary>Builtins that change what later commands mean, or run text. The others are catalogue entries like any
/// program.</summary>
internal sealed class BuiltinRunner(Evaluator evaluator)
{
    private readonly EvaluationSession _session = evaluator.Session;

    public bool TryRun(string name, Value[] fields, ShellState state, StandardInput input, TextSpan span,
        out string? output)
    {
        output = "";
        bool slashed = fields[0].Text.Contains('/', StringComparison.Ordinal);
        if (slashed)
        {
            return false;
        }

        if (name is "declare" or "typeset" or "local" or "unset" or "read" or "export" or "readonly" or "let")
        {
            evaluator.Programs.EvaluateSubscripts(name, fields, state);
        }

        switch (name)
        {
            case "eval":
                output = RunEval(fields, state, input);
                break;
            case "." or "source":
                output = RunSource(fields, state, input);
                break;
            case "exec":
                output = RunAfterOptions(fields, "a", state, input);
                break;
            case "command" or "builtin" or "noglob" or "nocorrect":
                output = fields is [_, { Text: "-v" or "-V" }, ..] ? null : RunAfterOptions(fields, "", state, input);
                break;
            case "export" or "declare" or "typeset" or "local" or "readonly":
                RunDeclare(fields, state);
                break;
            case "alias":
                RunAliasDefinition(fields, state);
                break;
            case "set":
                RunSet(fields, state);
                if (fields is [_, { Text: "+o" }, { Text: "history" }, ..])
                {
                    _session.Report(EffectKind.AuditTamper, RiskLevel.High, span,
                        Reasons.Fill(Reasons.For(EffectKind.AuditTamper),
                            [new EffectObject("history", ObjectKind.Program)], ""));
                }

                break;
            case "shift":
                RunShift(fields, state);
                break;
            case "unset":
                RunUnset(fields, state, span);
                break;
            case "cd" or "pushd":
                RunChangeDirectory(fields, state);
                break;
            case "trap":
                RunTrap(fields, state);
                break;
            case "read":
                InputBuiltins.RunRead(fields, state, input);
                break;
            case "mapfile" or "readarray":
                evaluator.Inputs.RunReadArray(fields, state, input);
                break;
            case "getopts":
                InputBuiltins.Forget(state, fields.Length > 2 ? fields[2].Text : "", "OPTARG", "OPTIND");
                break;
            case "let":
                foreach (Value? field in fields.Skip(1))
                {
                    RunLet(field, state);
                }

                break;
            case "shopt":
                _session.LastPipe |= Array.Exists(fields, field => field.Text == "lastpipe");
                return false;
            case "hash":
                if (fields is [_, { Text: "-p" }, { IsKnown: true } path, { IsKnown: true } hashed, ..])
                {
                    state.SetAlias(hashed.Text, path.Text);
                }

                break;
            case "fc":
                if (!fields.Skip(1).Any(field => field.Text.StartsWith("-l", StringComparison.Ordinal)))
                {
                    _session.Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.History);
                }

                break;
            default:
                return false;
        }

        _session.NoteProgram(name, known: true);
        return true;
    }

    private string? RunEval(Value[] fields, ShellState state, StandardInput input)
    {
        var words = fields.Skip(fields is [_, { Text: "--" }, ..] ? 2 : 1).ToList();
        if (words.Count == 0)
        {
            return "";
        }

        return evaluator.EvaluateText(Value.JoinWords(words), state, input, "eval");
    }

    private string? RunSource(Value[] fields, ShellState state, StandardInput input)
    {
        var operands = fields.Skip(fields is [_, { Text: "--" }, ..] ? 2 : 1).ToList();
        if (operands.Count == 0)
        {
            return "";
        }

        Value file = operands[0];
        if (operands.Count > 1)
        {
            state = new ShellState(state) { Positional = [.. operands[1..]] };
        }

        return evaluator.Content.EvaluateFile(file, state, "source", "sh", SqlDialect.Any, input);
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

            if (option.Text.Length == 2 && takingValues.Contains(option.Text[1], StringComparison.Ordinal))
            {
                at++;
            }
        }

        return at < fields.Length ? evaluator.Runner.Run([.. fields.Skip(at)], state, input) : "";
    }

    /// <summary>Options of declare by which a value becomes another: -i, -l, -u, -c, names as subscripts, another
    /// variable's name.</summary>
    private static readonly SearchValues<char> Changing = SearchValues.Create("ilucAn");

    private void RunDeclare(Value[] fields, ShellState state)
    {
        string options =
            string.Concat(fields.Skip(1).Where(field => field.Text is ['-', ..]).Select(field => field.Text));
        bool local = fields[0].Text is "local"
            || (fields[0].Text is "declare" or "typeset" && !options.Contains('g', StringComparison.Ordinal));
        int depth = local ? _session.CallStack.Count : 0;
        bool attributed = fields[0].Text is "readonly"
            || (fields[0].Text is not "export" && (options.AsSpan().ContainsAny(Changing) || options.Contains('r')));
        foreach (Value? field in fields.Skip(1))
        {
            int equals = field.KnownPrefix.IndexOf('=');
            if (equals <= 0 || field.Text[0] == '-')
            {
                if (field is not { IsKnown: true, Text: [not '-' and not '+', ..] })
                {
                    continue;
                }

                Variable? before = state.Find(field.Text);
                if (local && (depth > 0 || before is null))
                {
                    state.Set(field.Text, new Variable("", Certain: true)
                    {
                        LocalDepth = depth,
                        IsUnset = true,
                        IsAttributed = attributed,
                    });
                }
                else if (attributed && before is not null)
                {
                    state.Set(field.Text, before with { IsAttributed = true });
                }

                continue;
            }

            bool append = field.Text[equals - 1] == '+';
            string name = field.Text[..equals].TrimEnd('+');
            Value value = field.Tail(equals + 1);
            (string? text, bool certain) = append ? evaluator.Assignments.Appended(state.Find(name), value) : (value.Text, value.IsKnown);
            bool plain = fields[0].Text is "readonly" || !options.AsSpan().ContainsAny(Changing);
            state.Set(name, new Variable(text, certain && plain) { LocalDepth = depth, IsAttributed = attributed });
            evaluator.Assignments.ReportVariable(name, value, field.Span, state);
        }
    }

    /// <summary>Takes positional parameters off the front; how many may be computed, and then nothing is known of those
    /// that are left.</summary>
    private static void RunShift(Value[] fields, ShellState state)
    {
        if (state.Positional is not { } positional)
        {
            return;
        }

        int count = fields.Length < 2
            ? 1
            : fields[1].IsKnown && int.TryParse(fields[1].Text, out int given) && given >= 0 ? given : -1;
        if (count < 0)
        {
            state.Positional = Array.ConvertAll(positional, value => value.Uncertain());
        }
        else if (count <= positional.Length)
        {
            state.Positional = positional[count..];
        }
    }

    private void RunAliasDefinition(Value[] fields, ShellState state)
    {
        foreach (Value? field in fields.Skip(1))
        {
            int equals = field.KnownPrefix.IndexOf('=');
            if (equals <= 0)
            {
                continue;
            }

            Value value = field.Tail(equals + 1);
            state.SetAlias(field.Text[..equals], value.Text);
            evaluator.EvaluateText(value, new ShellState(state), StandardInput.Inherited, "alias");
        }
    }

    private static void RunSet(Value[] fields, ShellState state)
    {
        int at = 1;
        while (at < fields.Length && fields[at] is { IsKnown: true, Text: ['-' or '+', _, ..] } option
            && option.Text != "--")
        {
            at += option.Text is "-o" or "+o" ? 2 : 1;
        }

        bool ended = at < fields.Length && fields[at] is { IsKnown: true, Text: "--" or "-" };
        if (ended || at < fields.Length)
        {
            state.Positional = [.. fields.Skip(ended ? at + 1 : at)];
        }
    }

    private void RunUnset(Value[] fields, ShellState state, TextSpan span)
    {
        foreach (Value? field in fields.Skip(1))
        {
            if (!field.IsKnown || field.Text.StartsWith('-'))
            {
                continue;
            }

            if (field.Text.IndexOf('[', StringComparison.Ordinal) is > 0 and var open)
            {
                InputBuiltins.Forget(state, field.Text[..open]);
                continue;
            }

            if (fields[1].Text == "-f")
            {
                continue;
            }

            state.Set(field.Text, new Variable("", Certain: true) { IsUnset = true });
            if (field.Text is "HISTFILE" or "PROMPT_COMMAND" or "AUDIT_SESSION")
            {
                _session.Report(EffectKind.AuditTamper, RiskLevel.High, span,
                    Reasons.Fill(Reasons.For(EffectKind.AuditTamper),
                        [new EffectObject(field.Text, ObjectKind.Program)], ""));
            }
        }
    }

    /// <summary>Linux takes no longer path (PATH_MAX).</summary>
    private const int MaximumPath = 4096;

    private static void RunChangeDirectory(Value[] fields, ShellState state)
    {
        Value? target = fields.Skip(1).FirstOrDefault(field => !field.Text.StartsWith('-'));
        string? path = target is null ? "~" : target.IsKnown ? TargetPath.Full(target.Text, state) : null;
        state.Directory = path is { Length: <= MaximumPath } ? path : null;
    }

    private void RunTrap(Value[] fields, ShellState state)
    {
        var operands = fields.Skip(1).Where(field => field.Text is not ("-l" or "-p" or "--")).ToList();
        if (operands.Count >= 2 && operands[0].Text is not ("-" or ""))
        {
            evaluator.EvaluateText(operands[0], new ShellState(state), StandardInput.Inherited, "trap");
        }
    }

    private void RunLet(Value expression, ShellState state)
    {
        if (expression.IsKnown)
        {
            Arithmetic.Evaluate(expression.Text, state, evaluator.Dialect);
        }
        else
        {
            Arithmetic.Forget(expression.Text, state);
        }
    }
}
