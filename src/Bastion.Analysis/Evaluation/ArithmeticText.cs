using System.Buffers;

namespace Bastion.Analysis.Evaluation;

/// <summary>Expressions in a text. bash reads the value of a variable in one as an expression again, and expands what
/// stands there in a subscript: <c>v='a[$(reboot)]'; (( v ))</c> reboots.</summary>
internal sealed class ArithmeticText(Evaluator evaluator)
{
    /// <summary>Variables whose values name variables: a longer chain is nobody's.</summary>
    private const int MaximumChain = 8;

    private static readonly SearchValues<char> Expanding = SearchValues.Create("$`");

    private readonly EvaluationSession _session = evaluator.Session;

    /// <summary>The value; null when it is not known, and then nothing is known of what the expression may have
    /// assigned to.</summary>
    public long? Evaluate(string text, ShellState state)
    {
        EvaluateHidden(text, state);
        return Arithmetic.Evaluate(text, state, evaluator.Dialect);
    }

    public void Forget(string text, ShellState state)
    {
        EvaluateHidden(text, state);
        Arithmetic.Forget(text, state);
    }

    /// <summary>Runs the substitutions in subscripts of the expression, and of the variables that it names.</summary>
    public void EvaluateHidden(string text, ShellState state)
    {
        if (state.HasExpandingText && !_session.Budget.IsExhausted)
        {
            EvaluateNames(text, state, 0);
        }
    }

    private void EvaluateNames(string text, ShellState state, int depth)
    {
        for (int i = 0; i < text.Length;)
        {
            int end = i;
            while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] == '_'))
            {
                end++;
            }

            if (end > i && !char.IsAsciiDigit(text[i]) && state.Find(text[i..end]) is { } variable)
            {
                foreach (string value in variable.Array ?? [variable.Text])
                {
                    EvaluateValue(value, state, depth);
                }
            }

            i = end + 1;
        }
    }

    private void EvaluateValue(string value, ShellState state, int depth)
    {
        _session.Budget.Spend(value.Length);
        if (IsExpanding(value))
        {
            evaluator.EvaluateText(AssignmentReader.InQuotes(Value.Known(value, default)), new ShellState(state),
                StandardInput.Inherited, "(( ))");
        }
        else if (depth < MaximumChain && value.Length > 0 && !char.IsAsciiDigit(value[0]))
        {
            EvaluateNames(value, state, depth + 1);
        }
    }

    /// <summary>A text with a subscript in which something would be expanded.</summary>
    public static bool IsExpanding(string text) =>
        text.Contains('[', StringComparison.Ordinal) && text.AsSpan().ContainsAny(Expanding);
}
