namespace Bastion.Analysis;

public enum FileOperationKind
{
    OpenRead,
    OpenWrite,

    /// <summary>Open for writing with truncation: what was in the file is lost.</summary>
    OpenTruncate,
    Remove,
    RemoveDirectory,
    MakeDirectory,

    /// <summary><see cref="FileOperation.Path"/> becomes <see cref="FileOperation.NewPath"/>, replacing what stood
    /// there when the operation says so.</summary>
    Rename,
    SetAttributes,

    /// <summary>Set attributes with a size: a truncation.</summary>
    Truncate,
    SymbolicLink,
    HardLink,
}

/// <summary>One operation of SFTP (or scp) on a path.</summary>
public sealed record FileOperation(FileOperationKind Kind, string Path, string? NewPath = null);
