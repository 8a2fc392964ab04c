using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>
/// Walks the commands of one text as a shell would, without running anything: every branch is taken, what is constant
/// is followed, and each command's effects are collected. Commands here; simple commands, redirections, builtins,
/// catalogue programs and what they run inside have files of their own.
/// A method returns what the command would print when that is constant, else null.
/// </summary>
internal sealed partial class Evaluator
{
    /// <summary>Stands for content that is not known where null would mean that there is none.</summary>
    public const string UnknownContent = "\0unknown";

    /// <summary>`sh -c "sh -c …"`: nobody writes more levels in earnest.</summary>
    private const int MaximumNesting = 24;

    /// <summary>Longer output is not followed: what a pipeline makes of it counts as computed.</summary>
    private const int MaximumOutput = 16 * 1024;

    /// <summary>`for x in a b c`: values that are tried one by one.</summary>
    private const int MaximumLoopValues = 16;

    private readonly EvaluationSession _session;
    private readonly Expander _expander;
    private readonly string _source;
    private readonly TextSpan? _fixedSpan;
    private readonly ShellDialect _dialect;
    private readonly int _nesting;
    private IReadOnlyList<string> _chain;

    private Evaluator(EvaluationSession session, string source, TextSpan? fixedSpan, ShellDialect dialect,
        IReadOnlyList<string> chain, int nesting)
    {
        this._session = session;
        this._source = source;
        this._fixedSpan = fixedSpan;
        this._dialect = dialect;
        this._chain = chain;
        this._nesting = nesting;
        _expander = new Expander(session, this, source, fixedSpan, dialect);
    }

    /// <summary>For the outermost text, or the rendering of an argument vector.</summary>
    public static Evaluator Create(EvaluationSession session, string source, ShellDialect dialect) =>
        new(session, source, null, dialect, [], 0);

    /// <summary>Reads and evaluates the whole of the text; returns where reading failed, if it did.</summary>
    public ParseFailure? EvaluateAll()
    {
        var state = new ShellState();
        ParseFailure? failure = Parser.ParseEach(_source, _dialect,
            statement => EvaluateStatement(statement, state, StandardInput.Inherited));
        EvaluateUncalled();
        ReportUnread(failure);
        return failure;
    }

    private string? Evaluate(Script script, ShellState state, StandardInput input)
    {
        string? output = "";
        if (_session.IsExhausted)
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, _expander.SpanOf(script), Reasons.Budget);
            return null;
        }

        foreach (Statement statement in script.Statements)
        {
            output = Join(output, EvaluateStatement(statement, state, input));
            // What stands behind counts for what it would do, and changes nothing.
            if (statement.Command is SimpleCommand
                {
                    Words: [{ BareText: "return" or "exit" or "break" or "continue" },
                ..]
                })
            {
                state = new ShellState(state);
            }
        }

        return output;
    }

    private static string? Join(string? first, string? second)
    {
        if (first is null || second is null || first.Length + second.Length > MaximumOutput)
        {
            return null;
        }

        return first.Length == 0 ? second : second.Length == 0 ? first : first + second;
    }

    private string? EvaluateStatement(Statement statement, ShellState state, StandardInput input)
    {
        if (!statement.Background)
        {
            return Evaluate(statement.Command, state, input);
        }

        _session.Concurrency++;
        Evaluate(statement.Command, new ShellState(state), input);
        _session.Concurrency--;
        return "";
    }

    private string? Evaluate(Command command, ShellState state, StandardInput input)
    {
        if (!_session.TryEnter())
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, _expander.SpanOf(command), Reasons.Budget);
            return null;
        }

        string? output = EvaluateHere(command, state, input);
        _session.Leave();
        return output;
    }

    private string? EvaluateHere(Command command, ShellState state, StandardInput input)
    {
        if (command is SimpleCommand simple)
        {
            return EvaluateSimple(simple, state, input);
        }

        if (command.Redirections.Length == 0)
        {
            return EvaluateCompound(command, state, input);
        }

        RedirectionPlan plan = ReadRedirections(command.Redirections, state, input);
        return Deliver(plan, EvaluateCompound(command, state, plan.Input), state);
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
                return EvaluateLoop(loop, state, input);
            case ForCommand loop:
                return EvaluateFor(loop, state, input);
            case ArithmeticFor loop:
                return EvaluateArithmeticFor(loop, state, input);
            case CaseCommand choice:
                return EvaluateCase(choice, state, input);
            case ConditionalCommand condition:
                foreach (Word word in condition.Words)
                {
                    _expander.ExpandOne(word, state);
                }

                return "";
            case ArithmeticCommand arithmetic:
                _expander.Calculate(arithmetic.Expression.Parts, state);
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
        _session.Concurrency++;
        for (int i = 0; i < pipeline.Commands.Length; i++)
        {
            var part = new ShellState(state);
            output = Evaluate(pipeline.Commands[i], part, i == 0 ? input : StandardInput.OfOutput(output));
            // bash runs the last part in a subshell like the others, unless it was told not to; ksh and zsh do not.
            if (i == pipeline.Commands.Length - 1
                && (_session.LastPipe || _dialect is ShellDialect.Ksh or ShellDialect.Zsh))
            {
                Merge(part, state, Merging.Possible);
            }
        }

        _session.Concurrency--;
        return output;
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
                Merge(reached, state, Merging.Likely);
                reached = null;
            }

            ShellState branch = symbol == AndOr.And ? reached ??= new ShellState(state) : new ShellState(state);
            string? next = Evaluate(command, branch, input);
            if (symbol == AndOr.Or)
            {
                Merge(branch, state, Merging.Possible);
            }

            // `a && b`: whether b prints is not known, but when a prints nothing (a test) and b is constant, b's text
            // is the better guess.
            output = symbol == AndOr.And ? Join(output, next) : output is { Length: > 0 } ? output : null;
        }

        if (reached is not null)
        {
            Merge(reached, state, Merging.Likely);
        }

        return output;
    }

    private void Merge(ShellState branch, ShellState into, Merging merging, int leaving = -1)
    {
        if (!_session.IsExhausted)
        {
            _session.Spend(into.Merge(branch, merging, leaving));
        }
    }

    private string? EvaluateIf(IfCommand conditional, ShellState state, StandardInput input)
    {
        foreach ((Script? condition, Script? body) in conditional.Clauses)
        {
            Evaluate(condition, state, input);
            var branch = new ShellState(state);
            Evaluate(body, branch, input);
            Merge(branch, state, Merging.Possible);
        }

        if (conditional.Else is not null)
        {
            var branch = new ShellState(state);
            Evaluate(conditional.Else, branch, input);
            Merge(branch, state, Merging.Possible);
        }

        return null;
    }

    private string? EvaluateLoop(LoopCommand loop, ShellState state, StandardInput input)
    {
        _session.Bulk++;
        EvaluateRepeatedly(state, inner =>
        {
            Evaluate(loop.Condition, inner, input);
            Evaluate(loop.Body, inner, input);
        });
        _session.Bulk--;
        return null;
    }

    /// <summary>Round by round while the condition is known, and not for long.</summary>
    private string? EvaluateArithmeticFor(ArithmeticFor loop, ShellState state, StandardInput input)
    {
        string[]? header = loop.Header.BareText?.Split(';');
        if (header is not [var first, var condition, var next] || _loopDepth >= 2)
        {
            _expander.Calculate(loop.Header.Parts, state);
            return EvaluateUncounted(loop, state, input);
        }

        Arithmetic.Evaluate(first, state, _dialect);
        string? output = "";
        _loopDepth++;
        for (int rounds = 0; ; rounds++)
        {
            long? goesOn = string.IsNullOrWhiteSpace(condition) ? 1 : Arithmetic.Evaluate(condition, state, _dialect);
            if (goesOn == 0)
            {
                break;
            }

            if (goesOn is null || rounds == MaximumLoopValues)
            {
                _loopDepth--;
                Arithmetic.Forget(loop.Header.BareText!, state);
                return EvaluateUncounted(loop, state, input);
            }

            var branch = new ShellState(state);
            output = Join(output, EvaluateRound(loop.Body, branch, state, input));
            Arithmetic.Evaluate(next, state, _dialect);
        }

        _loopDepth--;
        return output;
    }

    private string? EvaluateUncounted(ArithmeticFor loop, ShellState state, StandardInput input)
    {
        EvaluateRepeatedly(state, inner => Evaluate(loop.Body, inner, input));
        return null;
    }

    /// <summary>A loop's body twice, so that what its first round sets is seen by the second.</summary>
    private void EvaluateRepeatedly(ShellState state, Action<ShellState> round)
    {
        var first = new ShellState(state);
        round(first);
        bool changed = first.HasVariables;
        Merge(first, state, Merging.Possible);
        if (!changed || _loopDepth >= 2)
        {
            return;
        }

        _loopDepth++;
        var second = new ShellState(state);
        round(second);
        Merge(second, state, Merging.Possible);
        _loopDepth--;
    }

    private int _loopDepth;

    private string? EvaluateFor(ForCommand loop, ShellState state, StandardInput input)
    {
        Value[]? values = loop.Values is null ? state.Positional : _expander.ExpandAll(loop.Values, state);
        bool triable = values is { Length: > 0 and <= MaximumLoopValues } && _loopDepth < 2
            && Array.TrueForAll(values, value => value is { IsKnown: true, HasGlob: false });
        if (!triable)
        {
            string assumed = values is [var only, ..] ? only.Text : "";
            _session.Bulk++;
            EvaluateRepeatedly(state, inner =>
            {
                inner.Set(loop.Name, new Variable(assumed, Certain: false));
                Evaluate(loop.Body, inner, input);
            });
            _session.Bulk--;
            return null;
        }

        string? output = "";
        _loopDepth++;
        foreach (Value value in values!)
        {
            var branch = new ShellState(state);
            branch.Set(loop.Name, new Variable(value.Text, Certain: !loop.Select));
            output = Join(output, EvaluateRound(loop.Body, branch, state, input));
        }

        _loopDepth--;
        return output;
    }

    /// <summary>One round of a loop whose rounds are known.</summary>
    private string? EvaluateRound(Script body, ShellState branch, ShellState state, StandardInput input)
    {
        int before = _session.Jumps;
        string? output = Evaluate(body, branch, input);
        Merge(branch, state, _session.Jumps == before ? Merging.Certain : Merging.Likely);
        return output;
    }

    private string? EvaluateCase(CaseCommand choice, ShellState state, StandardInput input)
    {
        _expander.ExpandOne(choice.Subject, state);
        foreach (CaseItem item in choice.Items)
        {
            foreach (Word pattern in item.Patterns)
            {
                _expander.ExpandOne(pattern, state);
            }

            var branch = new ShellState(state);
            Evaluate(item.Body, branch, input);
            Merge(branch, state, Merging.Possible);
        }

        return null;
    }

    /// <summary>What a command substitution prints when that is constant; its effects are collected either
    /// way.</summary>
    public string? EvaluateSubstitution(CommandSubstitution substitution, ShellState state, TextSpan? span)
    {
        _ = span;
        // $(<file)
        if (substitution.Body.Statements is [
            {
                Command: SimpleCommand
                {
                    Words.Length: 0, Assignments.Length: 0,
                    Redirections: [var only]
                }
            }]
            && only.Operator is RedirectionOperator.Input or RedirectionOperator.HereString
            or RedirectionOperator.HereDocument)
        {
            RedirectionPlan plan = ReadRedirections([only], state, StandardInput.Inherited);
            return plan.Input.Kind == InputKind.Known ? plan.Input.Text : null;
        }

        string? output = Evaluate(substitution.Body, new ShellState(state), StandardInput.Inherited);
        ReportUnread(substitution.Body.Failure);
        return output;
    }

    public string? EvaluateProcess(ProcessSubstitution process, ShellState state, TextSpan? span)
    {
        _ = span;
        return Evaluate(process.Body, new ShellState(state), process.Output
            ? new StandardInput(InputKind.Computed)
            : StandardInput.Inherited);
    }

    /// <summary>Functions that are defined and never called may be called by the next line: what they would do counts
    /// now.</summary>
    private void EvaluateUncalled()
    {
        foreach ((string? name, Command? body, ShellState? state) in _session.Defined.ToList())
        {
            if (!_session.Called.Add(body))
            {
                continue;
            }

            IReadOnlyList<string> before = _chain;
            _chain = [.. before, $"{name}()"];
            var inner = new ShellState(state);
            inner.Define(name, body);
            Evaluate(body, inner, StandardInput.Inherited);
            _chain = before;
        }
    }

    private void ReportUnread(ParseFailure? failure)
    {
        if (failure is null)
        {
            return;
        }

        TextSpan place = _fixedSpan ?? new TextSpan(failure.Position, 0);
        _session.Notes.Add(new AnalysisNote(place, new Reason(failure.Message, failure.Message)));
        if (!failure.Recovered)
        {
            Report(EffectKind.CodeOpaque, RiskLevel.High, _fixedSpan
                ?? TextSpan.FromBounds(failure.Position, Math.Max(failure.Position, _source.Length)), Reasons.Unread);
        }
    }

    private void Report(EffectKind kind, RiskLevel level, TextSpan span, Reason reason,
        IReadOnlyList<EffectObject>? objects = null, EffectScope scope = EffectScope.Unknown)
    {
        if (!_session.Guessing || !kind.IsOpaque())
        {
            _session.Sink.Add(new Effect(kind, level, objects ?? [], scope, span, reason, _chain));
        }
    }
}
