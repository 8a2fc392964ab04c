using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>What programs run inside: a wrapper's command, shell text, code, SQL, a script, standard input, a
/// session.</summary>
internal sealed class InnerRunner(Evaluator evaluator)
{
    private readonly EvaluationSession _session = evaluator.Session;

    public string? Run(string name, Invocation invocation, ShellState state, StandardInput input, TextSpan span)
    {
        string? output = null;
        foreach (CommandLevel level in invocation.Levels)
        {
            foreach (InnerCommand inner in level.Node.Runs)
            {
                if (!inner.Condition.Holds(invocation, level, input.IsGiven))
                {
                    continue;
                }

                using WrapperChain.Link link = _session.Chain.Within(Label(name, invocation, level, inner));
                output = RunInside(inner, invocation, level, state, input, span) ?? output;
            }
        }

        return output;
    }

    private static string Label(string name, Invocation invocation, CommandLevel level, InnerCommand inner)
    {
        Selector place = inner.Remote.IsNone ? inner.Container : inner.Remote;
        List<Value> where = place.IsNone ? [] : invocation.Select(place, level);
        return where is [var only, ..]
            ? $"{name} {only.Display}"
            : inner.Kind is InnerKind.Shell or InnerKind.Code && inner.Condition.With is [var option, ..]
            ? $"{name} {option.Ids[0]}"
            : name;
    }

    private string? RunInside(InnerCommand inner, Invocation invocation, CommandLevel level, ShellState state,
        StandardInput input, TextSpan span)
    {
        switch (inner.Kind)
        {
            case InnerKind.Argv:
                return RunArgv(inner, invocation, level, state, input);
            case InnerKind.Shell:
                return RunShellText(inner, invocation, level, state, input);
            case InnerKind.Code:
                foreach (Value code in invocation.Select(inner.What, level))
                {
                    evaluator.Content.EvaluateCode(inner.Language, code, state, null);
                }

                return null;
            case InnerKind.Sql:
                foreach (Value sql in invocation.Select(inner.What, level))
                {
                    evaluator.Content.EvaluateSql(sql, inner.Dialect, state);
                }

                return null;
            case InnerKind.Script:
                foreach (Value file in invocation.Select(inner.What, level))
                {
                    evaluator.Content.EvaluateFile(file, ScriptState(file, invocation, level, inner, state), null,
                        ContentLanguage.Of(inner.Language, inner.Dialect), input);
                }

                return null;
            case InnerKind.Stdin when inner.Language is "wire" && input.Kind != InputKind.Known:
                // Anything at all may be sent through a connection; only what is seen can be read as commands.
                return null;
            case InnerKind.Stdin:
                return evaluator.Content.EvaluateInput(input, state, null, span,
                    new ContentLanguage(inner.StdinKind, inner.Language.Length == 0 ? "sh" : inner.Language,
                        inner.Dialect));
            default:
                _session.Report(EffectKind.SessionEscape, RiskLevel.High, span, Reasons.Session);
                return null;
        }
    }

    /// <summary>The words behind a script's name are its positional parameters.</summary>
    private static ShellState ScriptState(Value file, Invocation invocation, CommandLevel level, InnerCommand inner,
        ShellState state)
    {
        if (inner.What.Parts is not [{ Kind: SelectorKind.Operands, First: > 0 } part] || part.First != part.Last)
        {
            return state;
        }

        var inside = new ShellState(state)
        {
            Positional = [.. invocation.Operands.Skip(level.FirstOperand + part.First)],
        };
        inside.Set("0", new Variable(file.Text, file.IsKnown));
        return inside;
    }

    private string? RunArgv(InnerCommand inner, Invocation invocation, CommandLevel level, ShellState state,
        StandardInput input)
    {
        string? output = null;
        foreach (List<Value> group in invocation.SelectGroups(inner.What, level))
        {
            List<Value> words = group;
            ShellState environment = state;
            if (inner.Assignments)
            {
                words = TakeAssignments(group, ref environment, state);
            }

            // `kubectl exec pod -- command`: the dashes end the options of the wrapper.
            if (words is [{ IsKnown: true, Text: "--" }, ..])
            {
                words = words[1..];
            }

            using Raised bulk = _session.InBulk(inner.Appends || inner.What.Parts is [{ Until.Length: > 0 }]);
            if (inner.Appends)
            {
                RunAppended(words, invocation, environment, input);
            }
            else if (words.Count > 0)
            {
                output = evaluator.Runner.Run([.. words], environment, input);
            }
        }

        return output;
    }

    /// <summary>xargs; without a command of its own it echoes.</summary>
    private void RunAppended(List<Value> words, Invocation invocation, ShellState state, StandardInput input)
    {
        Value? file = invocation.Options.Find(use => use.Id == "-a")?.Argument;
        StandardInput read = file is null ? input : evaluator.Redirections.OfFile(file, state);
        foreach (List<Value> call in words.Count == 0 ? [] : XargsCalls.Of(words, invocation, read))
        {
            evaluator.Runner.Run([.. call], new ShellState(state),
                file is null ? StandardInput.OfOutput("") : input);
        }
    }

    /// <summary>Leading <c>NAME=value</c> words, which `env` and `sudo` put into the environment.</summary>
    private List<Value> TakeAssignments(List<Value> words, ref ShellState environment, ShellState state)
    {
        int at = 0;
        while (at < words.Count && words[at].KnownPrefix.IndexOf('=') is var equals && equals > 0
            && !words[at].Text[..equals].Contains('/', StringComparison.Ordinal))
        {
            if (at == 0)
            {
                environment = new ShellState(state);
            }

            Value value = words[at].Tail(equals + 1);
            environment.Set(words[at].Text[..equals], new Variable(value.Text, value.IsKnown));
            evaluator.Assignments.ReportVariable(words[at].Text[..equals], value, words[at].Span, environment);
            at++;
        }

        return words[at..];
    }

    private string? RunShellText(InnerCommand inner, Invocation invocation, CommandLevel level, ShellState state,
        StandardInput input)
    {
        List<Value> words = invocation.Select(inner.What, level);
        if (words.Count == 0)
        {
            return null;
        }

        if (inner.Appends && !words.Exists(word => word.Text.Contains("{}", StringComparison.Ordinal)))
        {
            words.Add(Value.Known("{}", words[^1].Span));
        }

        var inside = new ShellState(state);
        if (inner.What.Parts is [{ Kind: SelectorKind.Operands } part] && part.First == part.Last)
        {
            // sh -c text name a b: the words after the name are its positional parameters.
            inside.Positional = [.. invocation.Operands.Skip(level.FirstOperand + part.First + 1)];
            if (invocation.Operands.Count > level.FirstOperand + part.First)
            {
                inside.Set("0", new Variable(invocation.Operands[level.FirstOperand + part.First].Text, Certain: true));
            }
        }

        if (inner.What.Parts is [{ Kind: SelectorKind.OptionValue }, ..])
        {
            // `sh -c` and its kin take their own text from an option; others do not run things in their ordinary
            // course.
            bool unexpected = inner.Remote.IsNone && !inner.Root && !inner.What.Parts[0].Names.Contains("-c");
            using Raised inOption = _session.InOption(unexpected);
            foreach (Value word in words)
            {
                evaluator.EvaluateText(word, inside, input, null);
            }

            return null;
        }

        using Raised bulk = _session.InBulk(inner.Appends);
        return evaluator.EvaluateText(Value.JoinWords(words), inside, input, null);
    }
}
