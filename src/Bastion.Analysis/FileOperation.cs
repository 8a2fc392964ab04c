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

/// <summary>The words for kinds of operations: one for records and policies, one for sentences.</summary>
public static class FileOperationKinds
{
    /// <summary>As the journal has it.</summary>
    public static string Word(this FileOperationKind kind) => kind switch
    {
        FileOperationKind.OpenRead => "open-read",
        FileOperationKind.OpenWrite => "open-write",
        FileOperationKind.OpenTruncate => "open-truncate",
        FileOperationKind.Remove => "remove",
        FileOperationKind.RemoveDirectory => "rmdir",
        FileOperationKind.MakeDirectory => "mkdir",
        FileOperationKind.Rename => "rename",
        FileOperationKind.SetAttributes => "setstat",
        FileOperationKind.Truncate => "truncate",
        FileOperationKind.SymbolicLink => "symlink",
        FileOperationKind.HardLink => "link",
    };

    /// <summary>As a person says it.</summary>
    public static string Verb(this FileOperationKind kind) => kind switch
    {
        FileOperationKind.OpenRead => "read",
        FileOperationKind.OpenWrite => "write",
        FileOperationKind.OpenTruncate => "overwrite",
        FileOperationKind.Remove or FileOperationKind.RemoveDirectory or FileOperationKind.MakeDirectory
            or FileOperationKind.Rename or FileOperationKind.SetAttributes or FileOperationKind.Truncate
            or FileOperationKind.SymbolicLink or FileOperationKind.HardLink => kind.Word(),
    };

    /// <summary>Null for a word that names none.</summary>
    public static FileOperationKind? Of(string word)
    {
        foreach (FileOperationKind kind in Enum.GetValues<FileOperationKind>())
        {
            if (kind.Word() == word)
            {
                return kind;
            }
        }

        return null;
    }
}
