using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>Walks lists, pipelines, compound commands and substitutions.</summary>
internal sealed class CommandWalker
{
    private readonly Evaluator _evaluator;
    private readonly EvaluationSession _session;
    private readonly LoopWalker _loops;

    public CommandWalker(Evaluator evaluator)
    {
        _evaluator = evaluator;
        _session = evaluator.Session;
        _loops = new LoopWalker(evaluator, this);
    }

    public string? Evaluate(Script script, ShellState state, StandardInput input)
    {
        string? output = "";
        if (_session.Budget.IsExhausted)
        {
            _session.ReportExhausted(SpanOf(script));
            return null;
        }

        foreach (Statement statement in script.Statements)
        {
            output = Evaluator.Join(output, Evaluate(statement, state, input));
            if (LeavesEarly(statement.Command))
            {
                // What stands behind counts for what it would do, and changes nothing.
                state = new ShellState(state);
            }
        }

        return output;
    }

    private static bool LeavesEarly(Command command) => command is SimpleCommand
    {
        Words: [{ BareText: "return" or "exit" or "break" or "continue" }, ..],
    };

    public string? Evaluate(Statement statement, ShellState state, StandardInput input)
    {
        if (!statement.Background)
        {
            return Evaluate(statement.Command, state, input);
        }

        using Raised concurrently = _session.Concurrently();
        Evaluate(statement.Command, new ShellState(state), input);
        return "";
    }

    public string? Evaluate(Command command, ShellState state, StandardInput input)
    {
        using EvaluationBudget.Level level = _session.Budget.Enter();
        if (!level.IsEntered)
        {
            _session.ReportExhausted(SpanOf(command));
            return null;
        }

        if (command is SimpleCommand simple)
        {
            return _evaluator.Runner.Evaluate(simple, state, input);
        }

        if (command.Redirections.Length == 0)
        {
            return EvaluateCompound(command, state, input);
        }

        RedirectionPlan plan = _evaluator.Redirections.Read(command.Redirections, state, input);
        return _evaluator.Redirections.Deliver(plan, EvaluateCompound(command, state, plan.Input), state);
    }

    private string? EvaluateCompound(Command command, ShellState state, StandardInput input)
    {
        switch (command)
        {
            case Pipeline pipeline:
                return EvaluatePipeline(pipeline, state, input);
            case AndOrList list:
                return EvaluateAndOr(list, state, input);
            case Group group:
                return Evaluate(group.Body, group.Subshell ? new ShellState(state) : state, input);
            case IfCommand conditional:
                return EvaluateIf(conditional, state, input);
            case LoopCommand loop:
                return _loops.Evaluate(loop, state, input);
            case ForCommand loop:
                return _loops.Evaluate(loop, state, input);
            case ArithmeticFor loop:
                return _loops.Evaluate(loop, state, input);
            case CaseCommand choice:
                return EvaluateCase(choice, state, input);
            case ConditionalCommand condition:
                EvaluateCondition(condition, state);
                return "";
            case ArithmeticCommand arithmetic:
                _evaluator.Expander.Calculate(arithmetic.Expression.Parts, state);
                return "";
            case FunctionDefinition function:
                state.Define(function.Name, function.Body);
                _session.Defined.Add((function.Name, function.Body, state));
                return "";
            case CoprocCommand coproc:
                Evaluate(coproc.Body, new ShellState(state), new StandardInput(InputKind.Computed));
                return "";
            default:
                return null;
        }
    }

    private void EvaluateCondition(ConditionalCommand condition, ShellState state)
    {
        foreach (Word word in condition.Words)
        {
            Value value = _evaluator.Expander.ExpandOne(word, state);
            // `[[ v -eq 0 ]]`, `[[ -v v ]]`: either side may be an expression.
            _evaluator.Numbers.EvaluateHidden(value.Text, state);
            if (value.IsKnown && ArithmeticText.IsExpanding(value.Text))
            {
                _evaluator.EvaluateText(AssignmentReader.InQuotes(value), new ShellState(state),
                    StandardInput.Inherited, "[[ ]]");
            }
        }
    }

    private string? EvaluatePipeline(Pipeline pipeline, ShellState state, StandardInput input)
    {
        if (pipeline.Commands.Length == 0)
        {
            return "";
        }

        if (pipeline.Commands.Length == 1)
        {
            return Evaluate(pipeline.Commands[0], state, input);
        }

        string? output = "";
        using Raised concurrently = _session.Concurrently();
        for (int i = 0; i < pipeline.Commands.Length; i++)
        {
            bool isLast = i == pipeline.Commands.Length - 1;
            ShellState part = isLast ? new ShellState(state) : IntoPipe(state);
            output = Evaluate(pipeline.Commands[i], part, i == 0 ? input : StandardInput.OfOutput(output));
            // bash runs the last part in a subshell like the others, unless it was told not to; ksh and zsh do not.
            if (isLast
                && (_session.LastPipe || _evaluator.Dialect is ShellDialect.Ksh or ShellDialect.Zsh))
            {
                _evaluator.Merge(part, state, Merging.Possible);
            }
        }

        return output;
    }

    /// <summary>A subshell whose output is read by another command, or by the shell.</summary>
    private static ShellState IntoPipe(ShellState state)
    {
        var part = new ShellState(state);
        if (state.Descriptor(1) is not null)
        {
            part.Open(1, new Descriptor(StandardInput.Inherited, null));
        }

        return part;
    }

    private string? EvaluateAndOr(AndOrList list, ShellState state, StandardInput input)
    {
        string? output = Evaluate(list.First, state, input);
        // In `a && x=1 && $x` the last knows x, as it runs only after the assignment; behind the list nobody knows
        // whether that ran.
        ShellState? reached = null;
        foreach ((AndOr symbol, Command? command) in list.Rest)
        {
            if (symbol == AndOr.Or && reached is not null)
            {
                _evaluator.Merge(reached, state, Merging.Likely);
                reached = null;
            }

            ShellState branch = symbol == AndOr.And ? reached ??= new ShellState(state) : new ShellState(state);
            string? next = Evaluate(command, branch, input);
            if (symbol == AndOr.Or)
            {
                _evaluator.Merge(branch, state, Merging.Possible);
            }

            // `a && b`: whether b prints is not known, but when a prints nothing (a test) and b is constant, b's text
            // is the better guess.
            output = symbol == AndOr.And
                ? Evaluator.Join(output, next)
                : output is { Length: > 0 } ? output : null;
        }

        if (reached is not null)
        {
            _evaluator.Merge(reached, state, Merging.Likely);
        }

        return output;
    }

    private string? EvaluateIf(IfCommand conditional, ShellState state, StandardInput input)
    {
        foreach ((Script? condition, Script? body) in conditional.Clauses)
        {
            Evaluate(condition, state, input);
            EvaluateBranch(body, state, input);
        }

        if (conditional.Else is not null)
        {
            EvaluateBranch(conditional.Else, state, input);
        }

        return null;
    }

    private string? EvaluateCase(CaseCommand choice, ShellState state, StandardInput input)
    {
        _evaluator.Expander.ExpandOne(choice.Subject, state);
        foreach (CaseItem item in choice.Items)
        {
            foreach (Word pattern in item.Patterns)
            {
                _evaluator.Expander.ExpandOne(pattern, state);
            }

            EvaluateBranch(item.Body, state, input);
        }

        return null;
    }

    private void EvaluateBranch(Script body, ShellState state, StandardInput input)
    {
        var branch = new ShellState(state);
        Evaluate(body, branch, input);
        _evaluator.Merge(branch, state, Merging.Possible);
    }

    /// <summary>What a command substitution prints when that is constant; its effects are collected either
    /// way.</summary>
    public string? Evaluate(CommandSubstitution substitution, ShellState state)
    {
        if (OnlyInput(substitution.Body) is { } read)
        {
            RedirectionPlan plan = _evaluator.Redirections.Read([read], state, StandardInput.Inherited);
            return plan.Input.Kind == InputKind.Known ? plan.Input.Text : null;
        }

        string? output = Evaluate(substitution.Body, IntoPipe(state), StandardInput.Inherited);
        _evaluator.ReportUnread(substitution.Body.Failure);
        return output;
    }

    /// <summary><c>$(&lt;file)</c>.</summary>
    private static Redirection? OnlyInput(Script body) =>
        body.Statements is [{ Command: SimpleCommand { Words: [], Assignments: [], Redirections: [var only] } }]
            && only.Operator is RedirectionOperator.Input or RedirectionOperator.HereString
            or RedirectionOperator.HereDocument
            ? only
            : null;

    public string? Evaluate(ProcessSubstitution process, ShellState state) =>
        Evaluate(process.Body, new ShellState(state), process.Output
            ? new StandardInput(InputKind.Computed)
            : StandardInput.Inherited);

    /// <summary>Functions that are defined and never called may be called by the next line: what they would do counts
    /// now.</summary>
    public void EvaluateUncalled()
    {
        foreach ((string? name, Command? body, ShellState? state) in _session.Defined.ToList())
        {
            if (!_session.Called.Add(body))
            {
                continue;
            }

            using WrapperChain.Link link = _session.Chain.Within($"{name}()");
            var inner = new ShellState(state);
            inner.Define(name, body);
            Evaluate(body, inner, StandardInput.Inherited);
        }
    }

    private TextSpan SpanOf(Node node) => _evaluator.Expander.SpanOf(node);
}
