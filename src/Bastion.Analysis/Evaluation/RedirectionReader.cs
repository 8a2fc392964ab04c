using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>What the redirections of a command come to.</summary>
/// <param name="Target">The file that standard output goes to; null when it is not redirected to one.</param>
internal readonly record struct RedirectionPlan(StandardInput Input, Value? Target, bool Appends, bool RedirectsInput);

/// <summary>Redirections: what they overwrite, what they feed, and where output goes.</summary>
internal sealed class RedirectionReader(Evaluator evaluator)
{
    private readonly EvaluationSession _session = evaluator.Session;

    /// <summary>A file that has grown beyond this counts as computed: thousands of `>>` must not cost the square of
    /// their number.</summary>
    private const int MaximumAppended = 8 * 1024;

    public RedirectionPlan Read(Redirection[] redirections, ShellState state, StandardInput input)
    {
        Value? target = null;
        bool appends = false, redirectsInput = false;
        foreach (Redirection redirection in redirections)
        {
            bool isInput = redirection.Operator is RedirectionOperator.Input or RedirectionOperator.HereDocument
                or RedirectionOperator.HereString
                or RedirectionOperator.ReadWrite or RedirectionOperator.DuplicateInput;
            if (isInput)
            {
                StandardInput? read = ReadInput(redirection, state);
                if (redirection.Descriptor is null or "0" && read is { } given)
                {
                    input = given;
                    redirectsInput = true;
                }

                continue;
            }

            Value file = evaluator.Expander.ExpandOne(redirection.Target, state);
            if (redirection.Operator == RedirectionOperator.DuplicateOutput
                && (file.Text is "-" || file.Text.All(char.IsAsciiDigit) || !file.IsKnown))
            {
                continue;
            }

            bool append = redirection.Operator is RedirectionOperator.Append
                or RedirectionOperator.AppendOutputAndError;
            evaluator.Places.Write(file, append, evaluator.Expander.SpanOf(redirection), state);
            if (redirection.Descriptor is null or "1")
            {
                (target, appends) = (file, append);
            }
            else if (file.IsKnown && file.Content is null)
            {
                state.Write(TargetPath.Full(file.Text, state), null);
            }
        }

        return new RedirectionPlan(input, target, appends, redirectsInput);
    }

    private StandardInput? ReadInput(Redirection redirection, ShellState state)
    {
        switch (redirection.Operator)
        {
            case RedirectionOperator.HereDocument:
                StandardInput body = InputOf(evaluator.Expander.ExpandOne(redirection.Body, state), "");
                // Without its delimiter more lines may follow.
                return redirection.Unterminated ? body with { Kind = InputKind.Computed } : body;
            case RedirectionOperator.HereString:
                return InputOf(evaluator.Expander.ExpandOne(redirection.Target, state), "\n");
            case RedirectionOperator.DuplicateInput:
                evaluator.Expander.ExpandOne(redirection.Target, state);
                return null;
        }

        Value file = evaluator.Expander.ExpandOne(redirection.Target, state);
        if (PlaceReader.IsNetwork(file))
        {
            _session.Report(EffectKind.DataExport, RiskLevel.High, evaluator.Expander.SpanOf(redirection), Reasons.NetworkDevice,
                [file.AsObject(ObjectKind.Url)]);
        }

        return file.IsKnown && StandardInput.IsName(file.Text) ? null : OfFile(file, state);
    }

    private static StandardInput InputOf(Value value, string end) => value.IsKnown
        ? new StandardInput(InputKind.Known, value.Text + end, value.Verbatim, null, value.Span)
        : new StandardInput(InputKind.Computed, value.Text + end, -1, null, value.Span);

    /// <summary>A file as standard input: written in this text, or there before.</summary>
    public static StandardInput OfFile(Value file, ShellState state)
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

        return state.TryGetFile(TargetPath.Full(file.Text, state), out string? content)
            ? new StandardInput(content is null
            ? InputKind.Computed
            : InputKind.Known, content, -1, file.Text, file.Span)
            : new StandardInput(InputKind.File, null, -1, file.Text, file.Span);
    }

    /// <summary>Remembers what went into the file; what goes on to the next command.</summary>
    public static string? Deliver(RedirectionPlan plan, string? output, ShellState state)
    {
        if (plan.Target is null)
        {
            return output;
        }

        if (plan.Target is { IsKnown: true, Content: null } file)
        {
            string path = TargetPath.Full(file.Text, state);
            string? before = plan.Appends && state.TryGetFile(path, out string? content) ? content : "";
            bool known = output is not null && before is { Length: <= MaximumAppended };
            state.Write(path, known ? before + output : null);
        }

        return "";
    }
}
