using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>SFTP operations in the words of the catalogue: the same classes of paths, the same effects.</summary>
internal static class FileOperationReader
{
    /// <summary>Adds the operation's effects; returns how it is shown.</summary>
    public static string Read(FileOperation operation, EvaluationSession session)
    {
        string text = operation.NewPath is null
            ? $"{operation.Kind.Verb()} {operation.Path}"
            : $"{operation.Kind.Verb()} {operation.Path} {operation.NewPath}";
        var from = new TextSpan(operation.Kind.Verb().Length + 1, operation.Path.Length);
        var to = new TextSpan(from.End + 1, operation.NewPath?.Length ?? 0);
        switch (operation.Kind)
        {
            case FileOperationKind.Remove:
                Add(EffectKind.FileDelete, operation.Path, from, found => found.Delete, session);
                break;
            case FileOperationKind.RemoveDirectory:
                Report(EffectKind.FileDelete, RiskLevel.Low, operation.Path, from, session);
                break;
            case FileOperationKind.OpenTruncate or FileOperationKind.Truncate:
                Add(EffectKind.FileOverwrite, operation.Path, from, found => found.Overwrite, session);
                break;
            case FileOperationKind.OpenWrite:
                AddClass(operation.Path, from, found => found.Append, session);
                break;
            case FileOperationKind.Rename:
                if (!Directory(operation.Path).SequenceEqual(Directory(operation.NewPath ?? "")))
                {
                    // Out of its directory it is gone from where it was looked for; a new name beside it ends an
                    // upload.
                    Report(EffectKind.FileDelete, RiskLevel.Low, operation.Path, from, session);
                }

                AddClass(operation.Path, from, found => found.Delete, session);
                Add(EffectKind.FileOverwrite, operation.NewPath ?? "", to, found => found.Overwrite, session);
                break;
            case FileOperationKind.SymbolicLink or FileOperationKind.HardLink:
                AddClass(operation.NewPath ?? operation.Path, operation.NewPath is null
                    ? from
                    : to, found => found.Append, session);
                break;
            case FileOperationKind.SetAttributes:
                Report(EffectKind.PermissionChange, RiskLevel.Low, operation.Path, from, session);
                break;
        }

        HiddenText.Report(text, session);
        return text;
    }

    private static void Add(EffectKind kind, string path, TextSpan span, Func<PathClass, PathEffect?> choose,
        EvaluationSession session)
    {
        Report(kind, RiskLevel.Low, path, span, session);
        AddClass(path, span, choose, session);
    }

    private static void AddClass(string path, TextSpan span, Func<PathClass, PathEffect?> choose,
        EvaluationSession session)
    {
        if (session.Catalogue.Paths.Classify(TargetPath.Full(path, new ShellState())) is { } found
            && choose(found) is { } effect)
        {
            Report(effect.Kind, effect.Level, path, span, session);
        }
    }

    private static void Report(EffectKind kind, RiskLevel level, string path, TextSpan span, EvaluationSession session)
    {
        EffectObject[] objects = [new(path, ObjectKind.Path)];
        session.Sink.Add(new Effect(kind, level, objects, EffectScope.Named, span,
            Reasons.Fill(Reasons.For(kind), objects, "sftp"), ["sftp"]));
    }

    private static ReadOnlySpan<char> Directory(string path) => path.AsSpan(0, path.LastIndexOf('/') + 1);
}
