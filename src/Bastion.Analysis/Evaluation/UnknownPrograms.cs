using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>Programs, subcommands and options that the catalogue does not know: what their words suggest.</summary>
internal sealed class UnknownPrograms(Evaluator evaluator)
{
    /// <summary>How many words after an unknown program's name may stand before the command it wraps.</summary>
    private const int MaximumGuessed = 6;

    private readonly EvaluationSession _session = evaluator.Session;
    private readonly FileRunner _files = new(evaluator);

    public void Run(string name, Value[] fields, ShellState state, StandardInput input, TextSpan span)
    {
        Apply(name, fields, state, input, span);
        RunGuessed(name, fields, state);
        if (fields[0].Text.Contains('/', StringComparison.Ordinal)
            || name.EndsWith(".sh", StringComparison.Ordinal))
        {
            var inner = new ShellState(state) { Positional = fields[1..] };
            inner.Set("0", new Variable(fields[0].Text, fields[0].IsKnown));
            evaluator.Content.EvaluateUnseen(fields[0], inner, ContentLanguage.Shell, span);
        }
    }

    /// <summary>For a program, or a subcommand, that the catalogue does not know.</summary>
    public void Apply(string name, Value[] fields, ShellState state, StandardInput input, TextSpan span)
    {
        if (_session.Catalogue.Unknown is not { } unknown)
        {
            return;
        }

        Invocation invocation = _session.TakeInvocation();
        var arguments = new ArraySegment<Value>(fields, 1, fields.Length - 1);
        invocation.Read(unknown.Root, arguments);
        ReadOnlySpan<Unlisted> further = invocation.FurtherReadings;
        ApplyReading(name, invocation, state, input, span);
        foreach (Unlisted unlisted in further)
        {
            _session.Budget.SpendFields(fields.Length);
            invocation.Read(unknown.Root, arguments, unlisted);
            ApplyReading(name, invocation, state, input, span);
        }

        _session.Return(invocation);
    }

    private void ApplyReading(string name, Invocation invocation, ShellState state, StandardInput input, TextSpan span)
    {
        if (Rehearsal.Holds(invocation, isStrict: state.Find("POSIXLY_CORRECT") is not null))
        {
            return;
        }

        foreach (CommandLevel level in invocation.Levels)
        {
            evaluator.Programs.ApplyRules(name, invocation, level, state, input, span);
        }

        ApplyUnlisted(name, invocation, state, input, span);
    }

    /// <summary>Options that an entry does not list are judged by their names.</summary>
    public void ApplyUnlisted(string name, Invocation invocation, ShellState state, StandardInput input, TextSpan span)
    {
        if (_session.Catalogue.Unlisted is not { } entry || !invocation.Options.Exists(use => !use.IsListed))
        {
            return;
        }

        Invocation unlisted = _session.TakeInvocation();
        unlisted.ReadUnlisted(entry.Root, invocation);
        evaluator.Programs.ApplyRules(name, unlisted, unlisted.Levels[0], state, input, span);
        _files.Apply(name, unlisted, unlisted.Levels[0], state, input, span);
        evaluator.Inner.Run(name, unlisted, state, input, span);
        _session.Return(unlisted);
    }

    /// <summary>`newtool -x host rm -rf /srv`: when a word after an unknown program names one whose acts are known, and
    /// words follow it, the program may be a wrapper. That it might open a session is not guessed: a program's name is
    /// an everyday argument.</summary>
    private void RunGuessed(string name, Value[] fields, ShellState state)
    {
        if (_session.IsGuessing)
        {
            return;
        }

        for (int i = 1; i < fields.Length - 1 && i <= MaximumGuessed; i++)
        {
            if (fields[i] is not { IsKnown: true, Text: [not '-', ..] }
                || _session.Catalogue.Find(ProgramNames.BaseName(fields[i].Text)) is not { IsHarmless: false })
            {
                continue;
            }

            using WrapperChain.Link link = _session.Chain.Within(name);
            using Raised guessing = _session.Guessing();
            evaluator.Runner.Run(fields[i..], new ShellState(state), StandardInput.OfOutput(null));
            return;
        }
    }
}
