using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>What an act on a file means by the place it is in: a device, an account, a start-up file is more than a
/// file, whoever writes it. Every way of writing ends here.</summary>
internal sealed class PlaceReader(EvaluationSession session)
{
    /// <summary>The class of places that are cleared by themselves.</summary>
    private const string Temporary = "temporary";

    /// <summary>An act on files: what it means for any file, together; and for each file what its place adds.</summary>
    /// <param name="reason">Null for the sentence of the kind.</param>
    public void Act(FileAct act, IReadOnlyList<Value> files, TextSpan span, ShellState state,
        EffectScope scope = EffectScope.Named, Reason? reason = null, string program = "")
    {
        List<Value> touched = [.. files.Where(file => !IsPassing(file, act, span))];
        if (touched.Count == 0)
        {
            return;
        }

        ReportAny(act, touched, span, scope, reason, program);
        foreach (Value file in touched)
        {
            ReportPlace(file, act, span, state);
        }
    }

    /// <summary>The same of one file.</summary>
    public void Act(FileAct act, Value file, TextSpan span, ShellState state) => Act(act, [file], span, state);

    /// <summary>Moving takes files away from their place, unless they stay among their like: a log beside other logs.
    /// What goes where things are cleared away by themselves is as good as deleted.</summary>
    public void Move(IReadOnlyList<Value> files, IReadOnlyList<Value> targets, TextSpan span, ShellState state)
    {
        bool isCleared = targets.Count > 0 && targets.All(target => ClassOf(target, state) is { Name: Temporary });
        List<Value> lost = [.. files.Where(file => isCleared && ClassOf(file, state) is not { Name: Temporary })];
        if (lost.Count > 0)
        {
            ReportAny(FileAct.Delete, lost, span, EffectScope.Named, Reasons.MovedAway, "");
        }

        foreach (Value file in files)
        {
            PathClass? left = ClassOf(file, state);
            bool stays = left is { Name: "log" or "backup" }
                && targets.All(target => ClassOf(target, state)?.Name == left.Name);
            if (!stays)
            {
                ReportPlace(file, FileAct.Move, span, state);
            }
        }
    }

    /// <summary>What is written there is kept nowhere, or goes over a connection of the shell.</summary>
    private bool IsPassing(Value file, FileAct act, TextSpan span)
    {
        if (file.Content is not null)
        {
            return true;
        }

        if (IsNetwork(file) && act is FileAct.Append or FileAct.Overwrite or FileAct.Empty)
        {
            session.Report(EffectKind.DataExport, RiskLevel.High, span, Reasons.NetworkDevice,
                [file.AsObject(ObjectKind.Url)]);
            return true;
        }

        return file.IsKnown && act is not (FileAct.Delete or FileAct.Move or FileAct.Permit)
            && (file.Text is "/dev/null" or "/dev/tty" or "/dev/zero" || Descriptor.NumberOf(file.Text) is not null);
    }

    /// <summary>bash's own names for connections.</summary>
    public static bool IsNetwork(Value file) =>
        file.KnownPrefix.StartsWith("/dev/tcp/") || file.KnownPrefix.StartsWith("/dev/udp/");

    /// <summary>What the act means for any file, wherever it is.</summary>
    public void ReportAny(FileAct act, List<Value> files, TextSpan span, EffectScope scope, Reason? reason,
        string program)
    {
        EffectKind? kind = act switch
        {
            FileAct.Delete => EffectKind.FileDelete,
            FileAct.Overwrite or FileAct.Empty or FileAct.Unpack => EffectKind.FileOverwrite,
            FileAct.Permit => EffectKind.PermissionChange,
            _ => null,
        };
        if (kind is not { } what)
        {
            return;
        }

        // Which files a search or a loop fills with something new is daily work; what it empties is lost.
        RiskLevel level = act == FileAct.Empty
            ? BulkLevel.Of(EffectKind.FileDelete, RiskLevel.Medium, files.Max(session.MultiplicityOf))
            : BulkLevel.Of(what, RiskLevel.Low, files.Max(session.MultiplicityOf));
        if (session.Sink.Wants(what, level))
        {
            EffectObject[] objects = [.. files.Select(file => file.AsObject(ObjectKind.Path))];
            session.Report(what, level, span, Reasons.Fill(reason ?? Reasons.For(what), objects, program), objects,
                files.Exists(file => !file.IsKnown) ? EffectScope.Unknown
                : act == FileAct.Unpack ? EffectScope.Many : scope);
        }
    }

    /// <summary>The further effects when the file is in a place that matters: the worst of each kind.</summary>
    public void ReportPlace(Value file, FileAct act, TextSpan span, ShellState state)
    {
        List<PathEffect> effects = [];
        foreach (PathClass found in Classes(file, act, state))
        {
            if (found.Effect(act) is { } effect && !effects.Exists(
                other => other.Kind == effect.Kind && other.Level >= effect.Level))
            {
                effects.RemoveAll(other => other.Kind == effect.Kind);
                effects.Add(effect);
            }
        }

        foreach (PathEffect effect in effects.Where(effect => session.Sink.Wants(effect.Kind, effect.Level)))
        {
            EffectObject[] objects = [file.AsObject(ObjectKind.Path)];
            session.Report(effect.Kind, effect.Level, span, Reasons.Fill(Reasons.For(effect.Kind), objects, ""),
                objects, act == FileAct.Unpack ? EffectScope.Many : EffectScope.Named);
        }
    }

    private IEnumerable<PathClass> Classes(Value file, FileAct act, ShellState state)
    {
        // A device whose name is computed is a device.
        string text = !file.IsKnown && file.KnownPrefix is "/dev/" ? "/dev/sda" : file.Text;
        if (text.Length == 0)
        {
            yield break;
        }

        // `/etc/$name`: any name there.
        bool isOpen = !file.IsKnown && text.EndsWith('/') && file.Unknown[^1].Start == text.Length;
        bool hasGlob = file.HasGlob || isOpen || (state.Directory.HasGlob && text[0] is not ('/' or '~'));
        string full = TargetPath.Full(text, state);
        foreach (PathClass found in Classify(isOpen ? full.TrimEnd('/') + "/*" : full, hasGlob, act))
        {
            yield return found;
        }

        foreach (PathClass directory in isOpen ? Classify(full, false, act) : [])
        {
            yield return directory;
        }

        foreach (string other in session.Files.HasLinks ? session.Files.OtherPaths(full) : [])
        {
            foreach (PathClass linked in Classify(other, hasGlob, act))
            {
                yield return linked;
            }
        }
    }

    private IEnumerable<PathClass> Classify(string path, bool hasGlob, FileAct act) =>
        hasGlob && path[0] is '/' or '~'
            ? session.Catalogue.Paths.ClassifyGlob(path, act)
            : session.Catalogue.Paths.Classify(path, act);

    /// <summary>The first class the file is of, whatever is done to it.</summary>
    public PathClass? ClassOf(Value file, ShellState state)
    {
        string text = !file.IsKnown && file.KnownPrefix is "/dev/" ? "/dev/sda" : file.Text;
        return text.Length == 0 ? null : session.Catalogue.Paths.Classify(TargetPath.Full(text, state));
    }
}
