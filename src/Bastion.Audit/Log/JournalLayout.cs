using System.Globalization;
using Bastion.Audit.Merkle;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>Names below a data directory, and the refusal of what does not belong there.</summary>
internal sealed class JournalLayout(string dataDirectory)
{
    private const int SequenceDigits = 20;
    private const string RecordsExtension = ".records";
    private const string CheckpointsExtension = ".checkpoints";

    public string DataDirectory { get; } = dataDirectory;

    public string Root { get; } = Path.Combine(dataDirectory, "journal");

    public string Recordings { get; } = Path.Combine(dataDirectory, "recordings");

    /// <summary>Earlier versions held a lock on it; where directories cannot be locked it still is.</summary>
    private string Lock => Path.Combine(Root, "lock");

    public string Segments => Path.Combine(Root, "segments");

    public string Tiles => Path.Combine(Root, "tile");

    /// <summary>The latest checkpoint.</summary>
    public string Checkpoint => Path.Combine(Root, "checkpoint");

    public string CheckpointDraft => Path.Combine(Root, "checkpoint.new");

    /// <summary>The public key, for people and as a default for a verifier that was given none.</summary>
    public string VerifierKey => Path.Combine(Root, "key");

    public string VerifierKeyDraft => Path.Combine(Root, "key.new");

    public string Records(long firstSequence) => Path.Combine(Segments, RecordsName(firstSequence));

    public string Tile(TileAddress address) => Path.Combine([Root, .. address.ToString().Split('/')]);

    public string Checkpoints(long firstSequence) => Path.Combine(Segments, Name(firstSequence) + CheckpointsExtension);

    public static string RecordsName(long firstSequence) => Name(firstSequence) + RecordsExtension;

    /// <summary>First sequences of the segments, ascending.</summary>
    public IReadOnlyList<long> ListSegments(IFileSystem files) => List(files, RecordsExtension);

    /// <summary>First sequences of checkpoint files whose segment is not there, ascending.</summary>
    public IReadOnlyList<long> ListOrphanedCheckpoints(IFileSystem files) =>
        [.. List(files, CheckpointsExtension).Except(ListSegments(files))];

    /// <summary>Everything under the journal directory that is not ours or not safe, each with what to do about
    /// it.</summary>
    public IEnumerable<string> Foreign(IFileSystem files)
    {
        foreach (string directory in (string[])[Root, Segments])
        {
            if (!files.DirectoryExists(directory))
            {
                continue;
            }

            if (files.FaultOfPermissions(directory) is { } fault)
            {
                yield return fault;
            }

            foreach (FileSystemEntry entry in files.List(directory))
            {
                if (Objection(files, directory, entry) is { } objection)
                {
                    yield return objection;
                }
            }
        }
    }

    private string? Objection(IFileSystem files, string directory, FileSystemEntry entry)
    {
        string path = Path.Combine(directory, entry.Name);
        EntryKind? expected = directory == Root ? ExpectedInRoot(entry.Name) : ExpectedInSegments(entry.Name);
        if (expected is null)
        {
            return $"`{path}` does not belong in a journal; move it elsewhere";
        }

        if (entry.Kind != expected)
        {
            string found = entry.Kind == EntryKind.SymbolicLink ? "a symbolic link" : "not a plain one";
            return $"`{path}` is {found}; evidence is kept in plain files and directories: put the thing itself there";
        }

        return files.FaultOfPermissions(path);
    }

    private EntryKind? ExpectedInRoot(string name)
    {
        string path = Path.Combine(Root, name);
        if (path == Segments || path == Tiles)
        {
            return EntryKind.Directory;
        }

        bool known = path == Lock || path == Checkpoint || path == CheckpointDraft || path == VerifierKey
            || path == VerifierKeyDraft;
        return known ? EntryKind.File : null;
    }

    private static EntryKind? ExpectedInSegments(string name) =>
        FirstSequence(name, RecordsExtension) is null && FirstSequence(name, CheckpointsExtension) is null
            ? null
            : EntryKind.File;

    private long[] List(IFileSystem files, string extension) =>
        !files.DirectoryExists(Segments)
            ? []
            : [.. files.List(Segments).Select(entry => FirstSequence(entry.Name, extension)).OfType<long>().Order()];

    private static string Name(long firstSequence) =>
        firstSequence.ToString("d" + SequenceDigits.ToString(CultureInfo.InvariantCulture),
        CultureInfo.InvariantCulture);

    private static long? FirstSequence(string name, string extension) =>
        name.Length == SequenceDigits + extension.Length && name.EndsWith(extension, StringComparison.Ordinal)
        && long.TryParse(name.AsSpan(0, SequenceDigits), NumberStyles.None, CultureInfo.InvariantCulture,
        out long first)
            ? first
            : null;
}
