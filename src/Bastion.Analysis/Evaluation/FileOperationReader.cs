using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>SFTP operations in the words of the catalogue: the same places, the same effects.</summary>
internal static class FileOperationReader
{
    /// <summary>Adds the operation's effects; returns how it is shown.</summary>
    public static string Read(FileOperation operation, EvaluationSession session)
    {
        string text = operation.NewPath is null
            ? $"{operation.Kind.Verb()} {operation.Path}"
            : $"{operation.Kind.Verb()} {operation.Path} {operation.NewPath}";
        var span = new TextSpan(operation.Kind.Verb().Length + 1, operation.Path.Length);
        var path = Value.Known(operation.Path, span);
        Value? to = operation.NewPath is null
            ? null
            : Value.Known(operation.NewPath, new TextSpan(span.End + 1, operation.NewPath.Length));
        using WrapperChain.Link link = session.Chain.Within("sftp");
        Read(operation.Kind, path, to, new PlaceReader(session));
        HiddenText.Report(text, session);
        return text;
    }

    private static void Read(FileOperationKind kind, Value path, Value? to, PlaceReader places)
    {
        var state = new ShellState();
        switch (kind)
        {
            case FileOperationKind.OpenRead:
                places.Act(FileAct.Read, path, path.Span, state);
                break;
            case FileOperationKind.OpenWrite:
                places.Act(FileAct.Append, path, path.Span, state);
                break;
            case FileOperationKind.OpenTruncate:
                places.Act(FileAct.Overwrite, path, path.Span, state);
                break;
            case FileOperationKind.Truncate:
                places.Act(FileAct.Empty, path, path.Span, state);
                break;
            case FileOperationKind.Remove or FileOperationKind.RemoveDirectory:
                places.Act(FileAct.Delete, path, path.Span, state);
                break;
            case FileOperationKind.MakeDirectory:
                places.Act(FileAct.Create, path, path.Span, state);
                break;
            case FileOperationKind.Rename:
                Value target = to ?? path;
                places.Move([path], [target], path.Span, state);
                places.Act(FileAct.Overwrite, target, target.Span, state);
                break;
            case FileOperationKind.SymbolicLink or FileOperationKind.HardLink:
                places.Act(FileAct.Append, to ?? path, (to ?? path).Span, state);
                break;
            case FileOperationKind.SetAttributes:
                places.Act(FileAct.Permit, path, path.Span, state);
                break;
        }
    }
}
