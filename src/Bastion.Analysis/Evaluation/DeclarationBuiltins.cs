using System.Buffers;

namespace Bastion.Analysis.Evaluation;

/// <summary>Builtins that set variables, positional parameters and options of the shell.</summary>
internal sealed class DeclarationBuiltins(Evaluator evaluator)
{
    /// <summary>Options of declare by which a value becomes another: -i, -l, -u, -c, names as subscripts, another
    /// variable's name.</summary>
    private static readonly SearchValues<char> Changing = SearchValues.Create("ilucAn");

    private readonly EvaluationSession _session = evaluator.Session;

    public void Declare(Value[] fields, ShellState state)
    {
        string options =
            string.Concat(fields.Skip(1).Where(field => field.Text is ['-', ..]).Select(field => field.Text));
        bool isLocal = fields[0].Text is "local"
            || (fields[0].Text is "declare" or "typeset" && !options.Contains('g', StringComparison.Ordinal));
        bool isAttributed = fields[0].Text is "readonly"
            || (fields[0].Text is not "export" && (options.AsSpan().ContainsAny(Changing) || options.Contains('r')));
        bool isPlain = fields[0].Text is "readonly" || !options.AsSpan().ContainsAny(Changing);
        foreach (Value field in fields.Skip(1))
        {
            int equals = field.KnownPrefix.IndexOf('=');
            if (equals <= 0 || field.Text[0] == '-')
            {
                DeclareName(field, isLocal, isAttributed, state);
            }
            else
            {
                DeclareValue(field, equals, isLocal, isAttributed, isPlain, state);
            }
        }
    }

    private void DeclareName(Value field, bool isLocal, bool isAttributed, ShellState state)
    {
        if (field is not { IsKnown: true, Text: [not '-' and not '+', ..] })
        {
            return;
        }

        int depth = isLocal ? _session.CallStack.Count : 0;
        Variable? before = state.Find(field.Text);
        if (isLocal && (depth > 0 || before is null))
        {
            state.Set(field.Text, new Variable("", Certain: true)
            {
                LocalDepth = depth,
                IsUnset = true,
                IsAttributed = isAttributed,
            });
        }
        else if (isAttributed && before is not null)
        {
            state.Set(field.Text, before with { IsAttributed = true });
        }
    }

    private void DeclareValue(Value field, int equals, bool isLocal, bool isAttributed, bool isPlain,
        ShellState state)
    {
        bool append = field.Text[equals - 1] == '+';
        string name = field.Text[..equals].TrimEnd('+');
        Value value = field.Tail(equals + 1);
        (string? text, bool certain) = append
            ? evaluator.Assignments.Appended(state.Find(name), value)
            : (value.Text, value.IsKnown);
        state.Set(name, new Variable(text, certain && isPlain)
        {
            LocalDepth = isLocal ? _session.CallStack.Count : 0,
            IsAttributed = isAttributed,
        });
        if (isAttributed)
        {
            evaluator.Assignments.EvaluateNumber(value, state);
        }

        evaluator.Assignments.ReportVariable(name, value, field.Span, state);
    }

    public void Let(Value[] fields, ShellState state)
    {
        foreach (Value expression in fields.Skip(1))
        {
            if (expression.IsKnown)
            {
                evaluator.Numbers.Evaluate(expression.Text, state);
            }
            else
            {
                evaluator.Numbers.Forget(expression.Text, state);
            }
        }
    }

    /// <summary>Takes positional parameters off the front; how many may be computed, and then nothing is known of those
    /// that are left.</summary>
    public static void Shift(Value[] fields, ShellState state)
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

    /// <summary><c>set -e +o history -- a b</c>: options of the shell, then positional parameters.</summary>
    public void Set(Value[] fields, ShellState state, TextSpan span)
    {
        int at = 1;
        for (; at < fields.Length && fields[at] is { IsKnown: true, Text: ['-' or '+', _, ..] } option
            && option.Text != "--"; at++)
        {
            // `-eo pipefail`: the name stands behind the letters.
            if (option.Text.EndsWith('o') && at + 1 < fields.Length)
            {
                SetOption(fields[++at].Text, option.Text[0] == '-', state, span);
            }
        }

        bool ended = at < fields.Length && fields[at] is { IsKnown: true, Text: "--" or "-" };
        if (ended || at < fields.Length)
        {
            state.Positional = [.. fields.Skip(ended ? at + 1 : at)];
        }
    }

    /// <summary><c>shopt -ou history</c>: with -o the names are those of `set -o`.</summary>
    public void Shopt(Value[] fields, ShellState state, TextSpan span)
    {
        string letters = string.Concat(fields.Skip(1).Where(field => field.Text.StartsWith('-'))
            .Select(field => field.Text));
        foreach (Value field in fields.Skip(1).Where(field => !field.Text.StartsWith('-')))
        {
            _session.LastPipe |= field.Text == "lastpipe";
            if (letters.Contains('o', StringComparison.Ordinal))
            {
                SetOption(field.Text, !letters.Contains('u', StringComparison.Ordinal), state, span);
            }
        }
    }

    private void SetOption(string name, bool on, ShellState state, TextSpan span)
    {
        if (name == "history" && !on)
        {
            ReportSilenced("history", span);
        }
        else if (name == "posix" && on)
        {
            state.Set("POSIXLY_CORRECT", new Variable("y", Certain: true));
        }
    }

    public void Unset(Value[] fields, ShellState state, TextSpan span)
    {
        bool isFunction = fields.Skip(1).Any(field => field.Text is ['-', ..] && field.Text.Contains('f'));
        foreach (Value field in fields.Skip(1))
        {
            if (!field.IsKnown || field.Text.StartsWith('-'))
            {
                continue;
            }

            if (isFunction)
            {
                state.Undefine(field.Text);
                continue;
            }

            if (field.Text.IndexOf('[', StringComparison.Ordinal) is > 0 and var open)
            {
                InputBuiltins.Forget(state, field.Text[..open]);
                continue;
            }

            // Without -v it may be a function's name.
            state.Undefine(field.Text);
            state.Set(field.Text, new Variable("", Certain: true) { IsUnset = true });
            if (field.Text is "HISTFILE" or "PROMPT_COMMAND" or "AUDIT_SESSION")
            {
                ReportSilenced(field.Text, span);
            }
        }
    }

    private void ReportSilenced(string what, TextSpan span)
    {
        EffectObject[] objects = [new(what, ObjectKind.Program)];
        _session.Report(EffectKind.AuditTamper, RiskLevel.High, span,
            Reasons.Fill(Reasons.For(EffectKind.AuditTamper), objects, ""), objects);
    }
}
