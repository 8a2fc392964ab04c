using System.Text;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Audit.Storage;

namespace Bastion.Followers.Archive;

/// <param name="Records">How many came back.</param>
/// <param name="Recordings">Parts of recordings.</param>
/// <param name="LeftOut">Files of recordings that no restored record seals: they came before their seal, or are of
/// somebody else.</param>
/// <param name="Bytes">All that was read from the archive.</param>
internal sealed record RestoredLog(long Records, long Recordings, long LeftOut, long Bytes);

/// <summary>The archive cannot give a whole log back; the message names the place.</summary>
public sealed class RestoreFailedException(string message) : Exception(message);

/// <summary>
/// Makes a data directory from an archive alone. What comes out is judged by the verifier and not here: this only
/// refuses what cannot be put together. Of each name the first version counts; what was laid over it later is not
/// looked at.
/// </summary>
internal sealed class ArchiveRestore(IArchiveStore store, string directory, IFileSystem files)
{
    /// <summary>Objects read at the same time.</summary>
    private const int Together = 8;

    private readonly string _journal = Path.Combine(directory, "journal");
    private readonly Lock _lock = new();
    private long _records;
    private long _bytes;

    /// <summary>The journals that an archive holds: the part of their names before `segments/`.</summary>
    public static async Task<IReadOnlyList<string>> RootsAsync(IArchiveStore store, string prefix,
        CancellationToken cancellationToken)
    {
        var roots = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (ArchivedObject found in store.ListAsync(ArchiveNames.Folder(prefix), cancellationToken))
        {
            int at = found.Key.IndexOf("segments/", StringComparison.Ordinal);
            if (at >= 0)
            {
                roots.Add(found.Key[..at]);
            }
        }

        return [.. roots];
    }

    /// <exception cref="RestoreFailedException">Something is missing or has a name that does not belong
    /// there.</exception>
    public async Task<RestoredLog> RunAsync(string root, CancellationToken cancellationToken)
    {
        if (files.DirectoryExists(directory) && files.List(directory).Count > 0)
        {
            throw new RestoreFailedException($"`{directory}` is not empty; name a new directory");
        }

        files.CreateDirectory(Path.Combine(_journal, "segments"));
        files.CreateDirectory(Path.Combine(directory, "recordings"));
        var pieces = new Dictionary<(long Segment, bool IsRecords), List<(long First, ArchivedObject Object)>>();
        var single = new List<(string Path, ArchivedObject Object)>();
        await foreach (ArchivedObject found in store.ListAsync(root, cancellationToken))
        {
            Sort(found, found.Key[root.Length..], pieces, single);
        }

        var limits = new ParallelOptions { MaxDegreeOfParallelism = Together, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(pieces, limits,
            async (piece, token) => await JoinAsync(piece.Key.Segment, piece.Key.IsRecords, piece.Value, token));
        HashSet<string> sealedFiles = Publish();
        var wanted = single.Where(one => one.Path.StartsWith(_journal, StringComparison.Ordinal)
            || sealedFiles.Contains(one.Path)).ToList();
        await Parallel.ForEachAsync(wanted, limits, async (one, token) => await CopyAsync(one.Path, one.Object, token));
        return new RestoredLog(_records, wanted.Count(one => one.Path.EndsWith(".enc", StringComparison.Ordinal)),
            single.Count - wanted.Count, _bytes);
    }

    private void Sort(
        ArchivedObject found, string name,
        Dictionary<(long Segment, bool IsRecords), List<(long First, ArchivedObject Object)>> pieces,
        List<(string Path, ArchivedObject Object)> single)
    {
        if (ArchiveNames.TryParsePiece(name, out long segment, out bool isRecords, out long first))
        {
            if (!pieces.TryGetValue((segment, isRecords), out List<(long First, ArchivedObject Object)>? list))
            {
                pieces[(segment, isRecords)] = list = [];
            }

            list.Add((first, found));
            return;
        }

        // Names come from the store, which is not trusted: only what we could have put there becomes a path.
        string[] parts = name.Split('/');
        if (parts.Any(part => part.Length == 0 || part is "." or ".."
            || !part.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')))
        {
            throw new RestoreFailedException(
                $"`{VisibleText.Of(found.Key, maximum: 200)}` is no name of an archive");
        }

        bool isRecording = parts is ["recordings", var session, var file]
            && (file == "key"
            ? Audit.Recordings.RecordingPath.IsSessionId(session)
            : Audit.Recordings.RecordingPath.TryParse($"{session}/{file}", out _, out _, out _));
        if (!isRecording && parts[0] != "tile")
        {
            throw new RestoreFailedException($"`{found.Key}` does not belong in an archive");
        }

        single.Add((Path.Combine([isRecording ? directory : _journal, .. parts]), found));
    }

    private async Task JoinAsync(long segment, bool isRecords, List<(long First, ArchivedObject Object)> pieces,
        CancellationToken cancellationToken)
    {
        string name = ArchiveNames.Number(segment) + (isRecords ? ".records" : ".checkpoints");
        using IFile file = files.Create(Path.Combine(_journal, "segments", name));
        long next = segment;
        long end = 0;
        foreach ((long first, ArchivedObject? found) in pieces.OrderBy(piece => piece.First))
        {
            if (isRecords && first != next)
            {
                throw new RestoreFailedException(
                    $"records {next} to {first - 1} are not in the archive: nothing lies between `{name}` and "
                        + $"`{found.Key}`");
            }

            byte[] content = await ReadAsync(found, cancellationToken);
            file.Write(content, end);
            end += content.Length;
            next += content.AsSpan().Count((byte)'\n');
        }

        file.Sync();
        if (isRecords)
        {
            lock (_lock)
            {
                _records += next - segment;
            }
        }
    }

    private async Task CopyAsync(string path, ArchivedObject found, CancellationToken cancellationToken)
    {
        byte[] content = await ReadAsync(found, cancellationToken);
        lock (_lock)
        {
            files.CreateDirectory(Path.GetDirectoryName(path)!);
        }

        using IFile file = files.Create(path);
        file.Write(content, 0);
        file.Sync();
    }

    private async Task<byte[]> ReadAsync(ArchivedObject found, CancellationToken cancellationToken)
    {
        byte[] content = await store.GetAsync(found.Key, found.Version, cancellationToken)
            ?? throw new RestoreFailedException($"`{found.Key}` was listed and cannot be read");
        Interlocked.Add(ref _bytes, content.Length);
        return content;
    }

    /// <summary>The two small files that stand beside the segments: the newest note, and the key in force. Returns the
    /// files of recordings that the records seal.</summary>
    private HashSet<string> Publish()
    {
        string? key = null;
        var sealedFiles = new HashSet<string>(StringComparer.Ordinal);
        foreach (JournalEntry entry in new JournalReader(directory, files).Read())
        {
            if (entry.Kind == "recording.sealed" && Audit.Recordings.RecordingPath.TryParse(entry.Text("file") ?? "",
                out string? session, out int channel, out int part))
            {
                sealedFiles.Add(
                    Path.Combine(directory, "recordings", Audit.Recordings.RecordingPath.Part(session, channel, part)));
                sealedFiles.Add(Path.Combine(directory, "recordings", session, "key"));
            }

            key = entry.Kind switch
            {
                "journal.opened" or "journal.continued" => Member(entry, "verifierKey") ?? key,
                "journal.key-rotated" => Member(entry, "newVerifierKey") ?? key,
                _ => key,
            };
        }

        string segments = Path.Combine(_journal, "segments");
        FileSystemEntry? newest = files.List(segments)
            .LastOrDefault(entry => entry.Name.EndsWith(".checkpoints", StringComparison.Ordinal));
        if (key is null || newest is null)
        {
            throw new RestoreFailedException("the archive holds no whole journal: records or checkpoints are missing");
        }

        using IFile notes = files.OpenRead(Path.Combine(segments, newest.Name));
        byte[] content = new byte[notes.Length];
        (long _, byte[]? last) = SegmentPieces.Split(content[..notes.Read(content, 0)]).LastOrDefault();
        Write("key", Encoding.UTF8.GetBytes(key + "\n"));
        // In the file of notes an empty line follows each.
        Write("checkpoint", last is null ? [] : last[..^1]);
        files.SyncDirectory(segments);
        files.SyncDirectory(_journal);
        return sealedFiles;
    }

    private static string? Member(JournalEntry entry, string name) =>
        entry.Data().TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
        ? value.GetString()
        : null;

    private void Write(string name, byte[] content)
    {
        using IFile file = files.Create(Path.Combine(_journal, name));
        file.Write(content, 0);
        file.Sync();
    }
}
