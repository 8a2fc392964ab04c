using Bastion.Analysis.Programs;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>What the redirections of a command come to.</summary>
/// <param name="Target">The file that standard output goes to; null when it goes where it went before.</param>
/// <param name="Span">Of the redirection to <paramref name="Target"/>.</param>
/// <param name="Replaced">Descriptors above the standard ones as they were, to be put back.</param>
internal sealed record RedirectionPlan(StandardInput Input, Value? Target, bool Appends, TextSpan Span,
    bool RedirectsInput, List<(int Number, Descriptor? Before)>? Replaced);

/// <summary>Redirections: what they overwrite, what they feed, and where output goes.</summary>
internal sealed class RedirectionReader(Evaluator evaluator)
{
    /// <summary>A file that has grown beyond this counts as computed: thousands of `>>` must not cost the square of
    /// their number.</summary>
    private const int MaximumAppended = 8 * 1024;

    /// <summary>What `{name}&gt;` is given: the first that is free in a shell that has opened none.</summary>
    private const int FirstNamed = 10;

    private readonly EvaluationSession _session = evaluator.Session;

    /// <param name="stay">`exec` without a command: what is opened stays open.</param>
    public RedirectionPlan Read(Redirection[] redirections, ShellState state, StandardInput input, bool stay = false)
    {
        var plan = new RedirectionPlan(input, null, false, default, false, null);
        foreach (Redirection redirection in redirections)
        {
            int number = NumberOf(redirection, state);
            plan = IsInput(redirection.Operator)
                ? ReadInput(redirection, number, plan, state, stay)
                : ReadOutput(redirection, number, plan, state, stay);
        }

        return plan;
    }

    private static bool IsInput(RedirectionOperator kind) => kind is RedirectionOperator.Input
        or RedirectionOperator.HereDocument or RedirectionOperator.HereString or RedirectionOperator.ReadWrite
        or RedirectionOperator.DuplicateInput;

    private static int NumberOf(Redirection redirection, ShellState state)
    {
        if (redirection.Descriptor is null)
        {
            return IsInput(redirection.Operator) ? 0 : 1;
        }

        if (int.TryParse(redirection.Descriptor, out int number))
        {
            return number;
        }

        state.Set(redirection.Descriptor, new Variable($"{FirstNamed}", Certain: false));
        return FirstNamed;
    }

    private RedirectionPlan ReadInput(Redirection redirection, int number, RedirectionPlan plan, ShellState state,
        bool stay)
    {
        Descriptor? opened = OpenInput(redirection, plan, state);
        if (number > 2 || stay)
        {
            plan = Open(number, opened ?? new Descriptor(StandardInput.Inherited, null), plan, state, stay);
        }

        if (number == 1 && opened?.File is { } file)
        {
            // `1<> file` writes over the file from its beginning.
            return plan with { Target = file, Appends = true, Span = evaluator.Expander.SpanOf(redirection) };
        }

        return number == 0 && opened is not null ? plan with { Input = opened.Input, RedirectsInput = true } : plan;
    }

    private Descriptor? OpenInput(Redirection redirection, RedirectionPlan plan, ShellState state)
    {
        switch (redirection.Operator)
        {
            case RedirectionOperator.HereDocument:
                StandardInput body = InputOf(evaluator.Expander.ExpandOne(redirection.Body, state), "");
                // Without its delimiter more lines may follow.
                return new Descriptor(
                    redirection.Unterminated ? body with { Kind = InputKind.Computed } : body, null);
            case RedirectionOperator.HereString:
                return new Descriptor(InputOf(evaluator.Expander.ExpandOne(redirection.Target, state), "\n"), null);
            case RedirectionOperator.DuplicateInput:
                return Duplicated(evaluator.Expander.ExpandOne(redirection.Target, state), plan, state);
        }

        Value file = evaluator.Expander.ExpandFile(redirection.Target, state);
        TextSpan span = evaluator.Expander.SpanOf(redirection);
        if (PlaceReader.IsNetwork(file))
        {
            _session.Report(EffectKind.DataExport, RiskLevel.High, span, Reasons.NetworkDevice,
                [file.AsObject(ObjectKind.Url)]);
        }

        evaluator.Places.Act(FileAct.Read, file, span, state);
        bool writes = redirection.Operator == RedirectionOperator.ReadWrite;
        if (writes)
        {
            evaluator.Places.Act(FileAct.Append, file, span, state);
        }

        StandardInput? read = file is { IsKnown: true, Content: null } && Descriptor.NumberOf(file.Text) is { } number
            ? number == 0 ? null : state.Descriptor(number)?.Input
            : OfFile(file, state);
        return read is null ? null : new Descriptor(read, writes ? file : null);
    }

    private static Descriptor? Duplicated(Value target, RedirectionPlan plan, ShellState state)
    {
        if (!target.IsKnown)
        {
            return new Descriptor(new StandardInput(InputKind.Computed), null);
        }

        if (!int.TryParse(target.Text.TrimEnd('-'), out int number))
        {
            return null;
        }

        return number == 0 ? new Descriptor(plan.Input, null) : state.Descriptor(number);
    }

    private RedirectionPlan ReadOutput(Redirection redirection, int number, RedirectionPlan plan, ShellState state,
        bool stay)
    {
        Value file = evaluator.Expander.ExpandFile(redirection.Target, state);
        TextSpan span = evaluator.Expander.SpanOf(redirection);
        if (redirection.Operator == RedirectionOperator.DuplicateOutput && (file.Text is "-" || !file.IsKnown
            || file.Text.TrimEnd('-').All(char.IsAsciiDigit)))
        {
            return DuplicateOutput(file, number, plan, span, state, stay);
        }

        bool append = redirection.Operator is RedirectionOperator.Append or RedirectionOperator.AppendOutputAndError;
        if (number == 1 && !stay)
        {
            // What is done to the file depends on what the command prints.
            return plan with { Target = file, Appends = append, Span = span };
        }

        evaluator.Places.Act(append ? FileAct.Append : FileAct.Overwrite, file, span, state);
        if (!append && (stay || number > 2))
        {
            // It is empty as soon as it is open.
            evaluator.Places.ReportPlace(file, FileAct.Empty, span, state);
        }

        if (file is { IsKnown: true, Content: null })
        {
            _session.Files.Write(TargetPath.Full(file.Text, state), number > 2 && !append ? "" : null);
        }

        return number > 2 || stay
            ? Open(number, new Descriptor(StandardInput.Inherited, file), plan, state, stay)
            : plan;
    }

    private static RedirectionPlan DuplicateOutput(Value target, int number, RedirectionPlan plan, TextSpan span,
        ShellState state, bool stay)
    {
        Value? file = int.TryParse(target.Text.TrimEnd('-'), out int from)
            ? from == 1 ? plan.Target : state.Descriptor(from)?.File
            : null;
        if (number > 2 || stay)
        {
            return Open(number, new Descriptor(StandardInput.Inherited, file), plan, state, stay);
        }

        return number == 1 && file is not null ? plan with { Target = file, Appends = true, Span = span } : plan;
    }

    private static RedirectionPlan Open(int number, Descriptor descriptor, RedirectionPlan plan, ShellState state,
        bool stay)
    {
        List<(int, Descriptor?)>? replaced = plan.Replaced;
        if (!stay)
        {
            (replaced ??= []).Add((number, state.Descriptor(number)));
        }

        state.Open(number, descriptor);
        return plan with { Replaced = replaced };
    }

    private static StandardInput InputOf(Value value, string end) => value.IsKnown
        ? new StandardInput(InputKind.Known, value.Text + end, value.Verbatim, null, value.Span)
        : new StandardInput(InputKind.Computed, value.Text + end, -1, null, value.Span);

    /// <summary>A file as standard input: written in this text, or there before.</summary>
    public StandardInput OfFile(Value file, ShellState state)
    {
        if (file.Content is { } printed)
        {
            return printed.Text is null
                ? new StandardInput(InputKind.Computed)
                : new StandardInput(InputKind.Known, printed.Text, -1, null, file.Span);
        }

        if (!file.IsKnown)
        {
            return new StandardInput(InputKind.File, null, -1, null, file.Span);
        }

        if (file.Text == "/dev/tty")
        {
            return StandardInput.Inherited;
        }

        if (file.Text == "/dev/null")
        {
            return new StandardInput(InputKind.Known, "", -1, null, file.Span);
        }

        if (_session.Files.Find(TargetPath.Full(file.Text, state)) is not { } written)
        {
            return new StandardInput(InputKind.File, null, -1, file.Text, file.Span);
        }

        return new StandardInput(written.Content is null ? InputKind.Computed : InputKind.Known, written.Content, -1,
            file.Text, file.Span)
        {
            Source = written,
        };
    }

    /// <summary>Where the output goes that the command prints, and what that does; what goes on to the next
    /// command.</summary>
    public string? Deliver(RedirectionPlan plan, string? output, ShellState state)
    {
        if (plan.Replaced is not null)
        {
            for (int i = plan.Replaced.Count - 1; i >= 0; i--)
            {
                (int number, Descriptor? before) = plan.Replaced[i];
                state.Open(number, before ?? new Descriptor(StandardInput.Inherited, null));
            }
        }

        if (plan.Target is null)
        {
            return output;
        }

        FileAct act = plan.Appends ? FileAct.Append : output is { Length: 0 } ? FileAct.Empty : FileAct.Overwrite;
        evaluator.Places.Act(act, plan.Target, plan.Span, state);
        Keep(plan.Target, plan.Appends, output, state);
        return "";
    }

    /// <summary>Output of a command that no redirection of its own sends elsewhere, when `exec` has sent it to a
    /// file.</summary>
    public string? DeliverOpen(string? output, ShellState state)
    {
        if (state.Descriptor(1)?.File is not { } file)
        {
            return output;
        }

        Keep(file, appends: true, output, state);
        return "";
    }

    private void Keep(Value target, bool appends, string? output, ShellState state)
    {
        if (target is not { IsKnown: true, Content: null })
        {
            return;
        }

        string path = TargetPath.Full(target.Text, state);
        WrittenFile? before = appends ? _session.Files.Find(path) : null;
        string? start = before is null ? "" : before.Content;
        bool known = output is not null && start is { Length: <= MaximumAppended };
        _session.Files.Write(path, known ? start + output : null);
    }
}
