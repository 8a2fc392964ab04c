using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>Loops: round by round where the rounds are known, else twice, so that what a first round sets is seen by a
/// second.</summary>
internal sealed class LoopWalker(Evaluator evaluator, CommandWalker walker)
{
    /// <summary>`for x in a b c`: values that are tried one by one.</summary>
    private const int MaximumRounds = 16;

    /// <summary>Loops in loops multiply their rounds: of more than so many the inner ones are not followed.</summary>
    private const int MaximumNested = 2;

    private readonly EvaluationSession _session = evaluator.Session;

    public string? Evaluate(LoopCommand loop, ShellState state, StandardInput input)
    {
        using Raised bulk = _session.InBulk();
        EvaluateTwice(state, inner =>
        {
            walker.Evaluate(loop.Condition, inner, input);
            walker.Evaluate(loop.Body, inner, input);
        });
        return null;
    }

    public string? Evaluate(ForCommand loop, ShellState state, StandardInput input)
    {
        Value[]? values = loop.Values is null ? state.Positional : evaluator.Expander.ExpandAll(loop.Values, state);
        bool triable = values is { Length: > 0 and <= MaximumRounds } && _session.Loops < MaximumNested
            && Array.TrueForAll(values, value => value is { IsKnown: true, HasGlob: false });
        return triable
            ? EvaluateEach(loop, values!, state, input)
            : EvaluateAny(loop, values is [var only, ..] ? only.Text : "", state, input);
    }

    private string? EvaluateEach(ForCommand loop, Value[] values, ShellState state, StandardInput input)
    {
        string? output = "";
        using Raised inLoop = _session.InLoop();
        foreach (Value value in values)
        {
            var branch = new ShellState(state);
            branch.Set(loop.Name, new Variable(value.Text, Certain: !loop.Select));
            output = Evaluator.Join(output, EvaluateRound(loop.Body, branch, state, input));
        }

        return output;
    }

    private string? EvaluateAny(ForCommand loop, string assumed, ShellState state, StandardInput input)
    {
        using Raised bulk = _session.InBulk();
        EvaluateTwice(state, inner =>
        {
            inner.Set(loop.Name, new Variable(assumed, Certain: false));
            walker.Evaluate(loop.Body, inner, input);
        });
        return null;
    }

    /// <summary>Round by round while the condition is known, and not for long.</summary>
    public string? Evaluate(ArithmeticFor loop, ShellState state, StandardInput input)
    {
        string[]? header = loop.Header.BareText?.Split(';');
        if (header is not [var first, var condition, var next] || _session.Loops >= MaximumNested)
        {
            evaluator.Expander.Calculate(loop.Header.Parts, state);
            EvaluateTwice(state, inner => walker.Evaluate(loop.Body, inner, input));
            return null;
        }

        evaluator.Numbers.Evaluate(first, state);
        if (TryRounds(loop, condition, next, state, input, out string? output))
        {
            return output;
        }

        evaluator.Numbers.Forget(loop.Header.BareText!, state);
        EvaluateTwice(state, inner => walker.Evaluate(loop.Body, inner, input));
        return null;
    }

    /// <summary>False when the end of the rounds did not come in sight.</summary>
    private bool TryRounds(ArithmeticFor loop, string condition, string next, ShellState state, StandardInput input,
        out string? output)
    {
        output = "";
        using Raised inLoop = _session.InLoop();
        for (int rounds = 0; ; rounds++)
        {
            long? goesOn = string.IsNullOrWhiteSpace(condition)
                ? 1
                : evaluator.Numbers.Evaluate(condition, state);
            if (goesOn == 0)
            {
                return true;
            }

            if (goesOn is null || rounds == MaximumRounds)
            {
                return false;
            }

            var branch = new ShellState(state);
            output = Evaluator.Join(output, EvaluateRound(loop.Body, branch, state, input));
            evaluator.Numbers.Evaluate(next, state);
        }
    }

    private void EvaluateTwice(ShellState state, Action<ShellState> round)
    {
        var first = new ShellState(state);
        round(first);
        bool changed = first.HasVariables;
        evaluator.Merge(first, state, Merging.Possible);
        if (!changed || _session.Loops >= MaximumNested)
        {
            return;
        }

        using Raised inLoop = _session.InLoop();
        var second = new ShellState(state);
        round(second);
        evaluator.Merge(second, state, Merging.Possible);
    }

    /// <summary>One round of a loop whose rounds are known.</summary>
    private string? EvaluateRound(Script body, ShellState branch, ShellState state, StandardInput input)
    {
        int before = _session.Jumps;
        string? output = walker.Evaluate(body, branch, input);
        evaluator.Merge(branch, state, _session.Jumps == before ? Merging.Certain : Merging.Likely);
        return output;
    }
}
