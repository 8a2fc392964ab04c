using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

internal enum FileAct
{
    Delete,
    Overwrite,
    Append,
}

/// <summary>What writing to a place means: a device, an account, a start-up file is more than a file, whoever writes
/// it.</summary>
internal sealed class PlaceReader(EvaluationSession session)
{
    /// <summary>The effect of overwriting or appending to a file, by what it is.</summary>
    public void Write(Value file, bool append, TextSpan span, ShellState state)
    {
        if (file.Content is not null)
        {
            return;
        }

        if (IsNetwork(file))
        {
            session.Report(EffectKind.DataExport, RiskLevel.High, span, Reasons.NetworkDevice,
                [file.AsObject(ObjectKind.Url)]);
            return;
        }

        if (file.IsKnown && file.Text is "/dev/null" or "/dev/stdout" or "/dev/stderr" or "/dev/tty" or "/dev/zero")
        {
            return;
        }

        if (!append && session.Sink.Wants(EffectKind.FileOverwrite, RiskLevel.Low))
        {
            session.Report(EffectKind.FileOverwrite, RiskLevel.Low, span, Filled(EffectKind.FileOverwrite, file),
                [file.AsObject(ObjectKind.Path)], EffectScope.Named);
        }

        ReportClass(file, append ? FileAct.Append : FileAct.Overwrite, span, state);
    }

    /// <summary>bash's own names for connections.</summary>
    public static bool IsNetwork(Value file) =>
        file.KnownPrefix.StartsWith("/dev/tcp/") || file.KnownPrefix.StartsWith("/dev/udp/");

    /// <summary>The further effect when the file is of a class that matters.</summary>
    public void ReportClass(Value file, FileAct act, TextSpan span, ShellState state)
    {
        if (ClassOf(file, state) is not { } found)
        {
            return;
        }

        PathEffect? effect =
            act switch { FileAct.Delete => found.Delete, FileAct.Overwrite => found.Overwrite, _ => found.Append };
        if (effect is not null && session.Sink.Wants(effect.Kind, effect.Level))
        {
            session.Report(effect.Kind, effect.Level, span, Filled(effect.Kind, file),
                [file.AsObject(ObjectKind.Path)], EffectScope.Named);
        }
    }

    public PathClass? ClassOf(Value file, ShellState state)
    {
        // A device whose name is computed is a device.
        string text = !file.IsKnown && file.KnownPrefix is "/dev/" ? "/dev/sda" : file.Text;
        return text.Length == 0 ? null : session.Catalogue.Paths.Classify(TargetPath.Full(text, state));
    }

    private static Reason Filled(EffectKind kind, Value file) =>
        Reasons.Fill(Reasons.For(kind), [file.AsObject(ObjectKind.Path)], "");
}
