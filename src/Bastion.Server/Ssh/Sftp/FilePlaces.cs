using Bastion.Analysis;

namespace Bastion.Server.Ssh.Sftp;

/// <summary>Finds where on the target an operation acts: relative paths begin where its server stands, and symbolic
/// links are followed as it follows them.</summary>
/// <param name="ask">Puts one question to the target: see <see cref="TargetPaths"/>.</param>
internal sealed class FilePlaces(Func<string, CancellationToken, ValueTask<string?>> ask)
{
    private Task<string?>? _here;

    /// <summary>The answer to where the target's server stands, asked before anything else.</summary>
    public void BeginsAt(Task<string?> here) => _here = here;

    /// <summary>The same operation on the paths that it really acts on; as the client wrote them when the target does
    /// not say where it stands, and then no grant covers them.</summary>
    public async ValueTask<FileOperation> FindAsync(FileOperation operation, CancellationToken cancellationToken)
    {
        if (_here is null || await _here.WaitAsync(cancellationToken) is not { } here)
        {
            return operation;
        }

        string? newPath = operation.NewPath is { } to
            ? await EntryAsync(TargetPaths.Absolute(to, here), cancellationToken)
            : null;
        // What a link leads to is relative to where the link stands.
        string path = TargetPaths.Absolute(
            operation.Path, operation.Kind == FileOperationKind.SymbolicLink && newPath is not null
                ? TargetPaths.Split(newPath).Directory
                : here);
        return operation with
        {
            Path = Follows(operation.Kind)
                ? await ask(path, cancellationToken) ?? await EntryAsync(path, cancellationToken)
                : await EntryAsync(path, cancellationToken),
            NewPath = newPath,
        };
    }

    /// <summary>The entry itself, in the directory that its path leads to. Where there is no such directory yet the
    /// target will say so.</summary>
    private async ValueTask<string> EntryAsync(string path, CancellationToken cancellationToken)
    {
        (string directory, string name) = TargetPaths.Split(path);
        return await ask(directory, cancellationToken) is { } real ? TargetPaths.Absolute(name, real) : path;
    }

    /// <summary>Whether the target goes through a link that stands at the path itself.</summary>
    private static bool Follows(FileOperationKind kind) => kind switch
    {
        FileOperationKind.OpenRead or FileOperationKind.OpenWrite or FileOperationKind.OpenTruncate
            or FileOperationKind.SetAttributes or FileOperationKind.Truncate => true,
        FileOperationKind.Remove or FileOperationKind.RemoveDirectory or FileOperationKind.MakeDirectory
            or FileOperationKind.Rename or FileOperationKind.SymbolicLink or FileOperationKind.HardLink => false,
    };
}
