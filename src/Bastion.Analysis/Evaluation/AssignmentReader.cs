using System.Buffers;
using Bastion.Analysis.Programs;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>Assignments: what the variables hold afterwards, and what setting some of them does by itself.</summary>
internal sealed class AssignmentReader(Evaluator evaluator)
{
    private static readonly SearchValues<char> CommandSigns = SearchValues.Create(" \t\n;|&$`/");

    private readonly EvaluationSession _session = evaluator.Session;

    public void Assign(Assignment assignment, ShellState state)
    {
        Value? subscript = assignment.Subscript is null
            ? null
            : evaluator.Expander.ExpandOne(assignment.Subscript, state);
        if (assignment.Array is not null)
        {
            AssignArray(assignment, state);
            return;
        }

        Value value = evaluator.Expander.ExpandOne(assignment.Value, state);
        if (subscript is not null)
        {
            AssignElement(assignment, subscript, value, state);
        }
        else
        {
            (string? text, bool certain) = assignment.Append
                ? Appended(state.Find(assignment.Name), value)
                : (value.Text, value.IsKnown);
            if (state.Find(assignment.Name) is { IsAttributed: true })
            {
                EvaluateNumber(value, state);
            }

            state.Set(assignment.Name, new Variable(text, certain));
        }

        ReportVariable(assignment.Name, value, evaluator.Expander.SpanOf(assignment), state);
    }

    /// <summary>What is appended to a variable that the text has not set may follow what the environment has.</summary>
    public (string Text, bool Certain) Appended(Variable? before, Value value)
    {
        if (before is null)
        {
            return (value.Text, false);
        }

        _session.Budget.Spend(before.Text.Length);
        return _session.Budget.IsExhausted
            ? ("", false)
            : (before.Text + value.Text, value.IsKnown && before.Certain);
    }

    private void AssignArray(Assignment assignment, ShellState state)
    {
        Value[] values = evaluator.Expander.ExpandAll(assignment.Array!, state);
        string[] items = Array.ConvertAll(values, value => value.Text);
        // `[2]=x` elements are rare: then nothing is certain.
        bool certain = Array.TrueForAll(values, value => value is { IsKnown: true, HasGlob: false })
            && Array.TrueForAll(assignment.Array!, word => word.Parts is not [Literal { Text: ['[', ..] }, ..]);
        if (assignment.Append)
        {
            Variable? before = state.Find(assignment.Name);
            IReadOnlyList<string> kept =
                before switch { null or { IsUnset: true } => [], { Array: { } array } => array, _ => [before.Text] };
            _session.Budget.Spend(kept.Count);
            items = _session.Budget.IsExhausted ? [] : [.. kept, .. items];
            certain &= before is { Certain: true } && !_session.Budget.IsExhausted;
        }

        state.Set(assignment.Name, new Variable(items is [var first, ..] ? first : "", certain, items));
        foreach (Value value in values)
        {
            ReportVariable(assignment.Name, value, evaluator.Expander.SpanOf(assignment), state);
        }
    }

    /// <summary>What is assigned to an integer is an expression.</summary>
    public void EvaluateNumber(Value value, ShellState state)
    {
        if (value.IsKnown && ArithmeticText.IsExpanding(value.Text))
        {
            evaluator.EvaluateText(InQuotes(value), new ShellState(state), StandardInput.Inherited, "declare -i");
        }
        else
        {
            evaluator.Numbers.EvaluateHidden(value.Text, state);
        }
    }

    private void AssignElement(Assignment assignment, Value subscript, Value value, ShellState state)
    {
        Variable? before = state.Find(assignment.Name);
        List<string> items = _session.Budget.IsExhausted || before is null or { IsUnset: true }
            ? []
            : before.Array is { } array ? [.. array] : [before.Text];
        _session.Budget.Spend(items.Count);
        long? place = subscript.IsKnown ? evaluator.Numbers.Evaluate(subscript.Text, state) : null;
        bool certain = value.IsKnown && before is null or { Certain: true } && !_session.Budget.IsExhausted;
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

    /// <summary>What setting an environment variable does by itself.</summary>
    public void ReportVariable(string name, Value value, TextSpan span, ShellState state)
    {
        if (ExportedFunction(name) is { } function)
        {
            // bash takes a function from the environment.
            evaluator.EvaluateText(Value.Known($"{function} {value.WithVariables()}\n{function}", span), state,
                StandardInput.Inherited, function);
        }

        foreach (EnvironmentRule rule in _session.Catalogue.Environment.Find(name))
        {
            if (rule.Values.Length > 0 && !Array.Exists(rule.Values, pattern => IsValue(value, pattern)))
            {
                continue;
            }

            if (rule.Kind is { } kind)
            {
                _session.Report(kind, rule.Level, span, rule.Reason ?? Reasons.Fill(Reasons.For(kind), [], name),
                    [new EffectObject(name, ObjectKind.Program)], EffectScope.Named);
            }

            // `EDITOR=vim` names a program; it does not start it.
            if (rule.Runs == InnerKind.Shell && value.Text.AsSpan().ContainsAny(CommandSigns))
            {
                using Raised inOption = _session.InOption();
                evaluator.EvaluateText(name is ['P', 'S', _] ? InQuotes(value) : value, state,
                    StandardInput.Inherited, name + "=");
            }
            else if (rule.Runs == InnerKind.Code)
            {
                evaluator.Content.EvaluateCode(rule.Language, value, state, name + "=");
            }
        }
    }

    /// <summary><c>BASH_FUNC_name%%=() { …; }</c>, and the forms of older versions.</summary>
    private static string? ExportedFunction(string name) =>
        name.StartsWith("BASH_FUNC_", StringComparison.Ordinal) && name.Length > 12 && name[^2..] is "%%" or "()"
            ? name[10..^2]
            : null;

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
            evaluator.EvaluateText(InQuotes(value), state, StandardInput.Inherited, "@P");
        }
    }

    /// <summary>A text that is expanded as between double quotes: a prompt, a subscript.</summary>
    public static Value InQuotes(Value value) =>
        Value.Known(": \"" + value.Text.Replace("\"", "", StringComparison.Ordinal) + "\"", value.Span);
}
