using Bastion.Analysis.Programs;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>Redirections: what they overwrite, what they feed, and where output goes.</summary>
internal sealed partial class Evaluator
{
    /// <param name="Target">The file that standard output goes to; null when it is not redirected to one.</param>
    private readonly record struct RedirectionPlan(StandardInput Input, Value? Target, bool Appends,
        bool RedirectsInput);

    private RedirectionPlan ReadRedirections(Redirection[] redirections, ShellState state, StandardInput input)
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

            Value file = _expander.ExpandOne(redirection.Target, state);
            if (redirection.Operator == RedirectionOperator.DuplicateOutput
                && (file.Text is "-" || file.Text.All(char.IsAsciiDigit) || !file.IsKnown))
            {
                continue;
            }

            bool append = redirection.Operator is RedirectionOperator.Append
                or RedirectionOperator.AppendOutputAndError;
            WriteFile(file, append, _expander.SpanOf(redirection), state);
            if (redirection.Descriptor is null or "1")
            {
                (target, appends) = (file, append);
            }
            else if (file.IsKnown && file.Content is null)
            {
                state.Write(FullPath(file.Text, state), null);
            }
        }

        return new RedirectionPlan(input, target, appends, redirectsInput);
    }

    private StandardInput? ReadInput(Redirection redirection, ShellState state)
    {
        switch (redirection.Operator)
        {
            case RedirectionOperator.HereDocument:
                StandardInput body = InputOf(_expander.ExpandOne(redirection.Body, state), "");
                // Without its delimiter more lines may follow.
                return redirection.Unterminated ? body with { Kind = InputKind.Computed } : body;
            case RedirectionOperator.HereString:
                return InputOf(_expander.ExpandOne(redirection.Target, state), "\n");
            case RedirectionOperator.DuplicateInput:
                _expander.ExpandOne(redirection.Target, state);
                return null;
        }

        Value file = _expander.ExpandOne(redirection.Target, state);
        if (file.KnownPrefix.StartsWith("/dev/tcp/") || file.KnownPrefix.StartsWith("/dev/udp/"))
        {
            Report(EffectKind.DataExport, RiskLevel.High, _expander.SpanOf(redirection), Reasons.NetworkDevice,
                [Object(file, ObjectKind.Url)]);
        }

        return file.IsKnown && StandardInput.IsName(file.Text) ? null : OfFile(file, state);
    }

    private static StandardInput InputOf(Value value, string end) => value.IsKnown
        ? new StandardInput(InputKind.Known, value.Text + end, value.Verbatim, null, value.Span)
        : new StandardInput(InputKind.Computed, value.Text + end, -1, null, value.Span);

    /// <summary>A file as standard input: written in this text, or there before.</summary>
    private static StandardInput OfFile(Value file, ShellState state)
    {
        if (file.Content is not null)
        {
            return file.Content == UnknownContent
                ? new StandardInput(InputKind.Computed)
                : new StandardInput(InputKind.Known, file.Content, -1, null, file.Span);
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

        return state.TryGetFile(FullPath(file.Text, state), out string? content)
            ? new StandardInput(content is null
            ? InputKind.Computed
            : InputKind.Known, content, -1, file.Text, file.Span)
            : new StandardInput(InputKind.File, null, -1, file.Text, file.Span);
    }

    /// <summary>A file that has grown beyond this counts as computed: thousands of `>>` must not cost the square of
    /// their number.</summary>
    private const int MaximumAppended = 8 * 1024;

    /// <summary>Remembers what went into the file; what goes on to the next command.</summary>
    private static string? Deliver(RedirectionPlan plan, string? output, ShellState state)
    {
        if (plan.Target is null)
        {
            return output;
        }

        if (plan.Target is { IsKnown: true, Content: null } file)
        {
            string path = FullPath(file.Text, state);
            string? before = plan.Appends && state.TryGetFile(path, out string? content) ? content : "";
            bool known = output is not null && before is { Length: <= MaximumAppended };
            state.Write(path, known ? before + output : null);
        }

        return "";
    }

    /// <summary>The effect of overwriting or appending to a file, by what it is.</summary>
    private void WriteFile(Value file, bool append, TextSpan span, ShellState state)
    {
        if (file.Content is not null)
        {
            return;
        }

        if (file.KnownPrefix.StartsWith("/dev/tcp/") || file.KnownPrefix.StartsWith("/dev/udp/"))
        {
            Report(EffectKind.DataExport, RiskLevel.High, span, Reasons.NetworkDevice, [Object(file, ObjectKind.Url)]);
            return;
        }

        if (file.IsKnown && file.Text is "/dev/null" or "/dev/stdout" or "/dev/stderr" or "/dev/tty" or "/dev/zero")
        {
            return;
        }

        if (!append && _session.Sink.Wants(EffectKind.FileOverwrite, RiskLevel.Low))
        {
            Report(EffectKind.FileOverwrite, RiskLevel.Low, span, Filled(EffectKind.FileOverwrite, file),
                [Object(file, ObjectKind.Path)], EffectScope.Named);
        }

        ReportClass(file, append ? FileAct.Append : FileAct.Overwrite, span, state);
    }

    private enum FileAct
    {
        Delete,
        Overwrite,
        Append,
    }

    /// <summary>The further effect when the file is of a class that matters.</summary>
    private void ReportClass(Value file, FileAct act, TextSpan span, ShellState state)
    {
        if (ClassOf(file, state) is not { } found)
        {
            return;
        }

        PathEffect? effect =
            act switch { FileAct.Delete => found.Delete, FileAct.Overwrite => found.Overwrite, _ => found.Append };
        if (effect is not null && _session.Sink.Wants(effect.Kind, effect.Level))
        {
            Report(effect.Kind, effect.Level, span, Filled(effect.Kind, file), [Object(file, ObjectKind.Path)],
                EffectScope.Named);
        }
    }

    private PathClass? ClassOf(Value file, ShellState state)
    {
        // A device whose name is computed is a device.
        string text = !file.IsKnown && file.KnownPrefix is "/dev/" ? "/dev/sda" : file.Text;
        return text.Length == 0 ? null : _session.Catalogue.Paths.Classify(FullPath(text, state));
    }

    private static Reason Filled(EffectKind kind, Value file) =>
        Reasons.Fill(Reasons.For(kind), [Object(file, ObjectKind.Path)], "");

    private static EffectObject Object(Value value, ObjectKind kind) =>
        new(value.IsKnown ? value.Text : value.Display, kind, value.IsKnown);

    /// <summary>It has an empty part, <c>.</c> or <c>..</c>; a file such as <c>.profile</c> is none of them.</summary>
    private static bool MayShorten(ReadOnlySpan<char> path)
    {
        foreach (Range range in path.Split('/'))
        {
            (int start, int length) = range.GetOffsetAndLength(path.Length);
            bool isEmpty = length == 0 && start > 0 && start < path.Length;
            if (isEmpty || path.Slice(start, length) is "." or "..")
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The path from the root, without <c>.</c>, <c>..</c> and doubled slashes, when the working directory is
    /// known.</summary>
    internal static string FullPath(string path, ShellState state)
    {
        string full = path.Length > 0 && path[0] is '/' or '~' ? path : state.Directory is { } directory
            ? directory + "/" + path
            : path;
        if (!MayShorten(full))
        {
            return full;
        }

        var kept = new List<string>();
        foreach (string part in full.Split('/'))
        {
            if (part is "" or ".")
            {
                continue;
            }

            if (part == ".." && kept.Count > 0 && kept[^1] != "..")
            {
                kept.RemoveAt(kept.Count - 1);
            }
            else if (part != ".." || full[0] != '/')
            {
                kept.Add(part);
            }
        }

        string joined = string.Join('/', kept);
        return full[0] == '/' ? "/" + joined : joined.Length == 0 ? "." : joined;
    }
}
