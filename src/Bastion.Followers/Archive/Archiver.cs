using Bastion.Audit;
using Bastion.Audit.Storage;
using Bastion.Followers.Shipping;

namespace Bastion.Followers.Archive;

/// <summary>
/// Brings one archive up to the newest signed checkpoint, and keeps it there. In this order: recordings, the records
/// that seal them, tiles, the notes over all of it. So whatever an archive holds at any moment is a journal that
/// verifies.
/// Everything put there is read back and compared.
/// </summary>
internal sealed class Archiver(
    ArchiveOptions options, IArchiveStore store, JournalFeed feed, ArchiveProgress progress, TimeSpan retention,
    Backoff backoff,
    ArchiveMonitor monitor, TimeProvider time)
{
    private const int TileWidth = 256;

    /// <summary>They are small, and each is two requests.</summary>
    private const int TilesTogether = 8;

    /// <summary>The sealed key of a session's recordings lies beside them.</summary>
    private const string RecordingKeyFile = "key";

    private readonly ArchiveNames _names = new(options.Prefix, feed.Origin);
    private readonly SegmentPieces _pieces = new(feed.DataDirectory, feed.Files);
    private readonly JournalReader _reader = new(feed.DataDirectory, feed.Files);
    private readonly JournalTiles _tiles = new(feed.DataDirectory, feed.Files);
    private ArchivePosition _position = new(feed.Origin, 0, "", 0, 0);

    /// <summary>Archives until cancelled.</summary>
    /// <exception cref="ArchiveConflictException">The journal is not the one that was archived.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Resume();
        int failures = 0;
        while (true)
        {
            try
            {
                await CatchUpAsync(cancellationToken);
                failures = 0;
                monitor.CaughtUp(_position.Next);
                await Task.Delay(options.Interval, time, cancellationToken);
            }
            catch (IOException failure) when (failure is not JournalDamagedException)
            {
                monitor.Failed(_position.Next, failure.Message);
                await backoff.WaitAsync(++failures, null, cancellationToken);
            }
        }
    }

    /// <summary>Once, up to the checkpoint that is published now.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        // Before the store is asked anything: one that does not answer must not hide what waits for it.
        long goal = _reader.LatestCheckpoint()?.Size ?? 0;
        NoteWaiting(goal);
        if (await store.ObjectionAsync(cancellationToken) is { } objection)
        {
            throw new IOException(objection);
        }

        await PutRecordsAsync(goal, cancellationToken);
        await PutTilesAsync(goal, cancellationToken);
        foreach (CheckpointPiece piece in _pieces.Checkpoints(_position.CheckpointSize, goal))
        {
            await PutNotesAsync(piece, cancellationToken);
            Save(_position with { CheckpointSize = piece.LastSize });
        }
    }

    /// <exception cref="ArchiveConflictException">The journal is not the one that was archived.</exception>
    public void Resume()
    {
        if (progress.Load() is not { } saved)
        {
            return;
        }

        using JournalCursor cursor = feed.From(Math.Max(0, saved.Next - 1));
        string? leaf = saved.Next == 0 ? "" : cursor.TryRead(Math.Min(saved.Next, feed.DurableSize())) is { } entry
            ? Leaf(entry)
            : null;
        if (saved.Origin != feed.Origin || leaf != saved.Leaf)
        {
            throw new ArchiveConflictException(
                $"archive `{options.Name}` holds {saved.Next} records of `{saved.Origin}`, and the journal does not "
                    + "begin with them: an older copy was put back, or another history written. "
                + $"Compare it with what `bastion audit restore` makes of the archive; to go on with this journal, "
                + $"remove `{progress.FilePath}` and take another prefix");
        }

        _position = saved;
    }

    private void NoteWaiting(long goal)
    {
        using JournalCursor cursor = feed.From(_position.Next);
        if (cursor.TryRead(goal) is { } oldest)
        {
            monitor.Pending(_position.Next, oldest.At);
        }
    }

    private async Task PutRecordsAsync(long goal, CancellationToken cancellationToken)
    {
        using JournalCursor cursor = feed.From(_position.Next);
        while (_pieces.Records(cursor, goal) is { } piece)
        {
            monitor.Pending(_position.Next, piece.Entries[0].At);
            foreach (JournalEntry? entry in piece.Entries.Where(entry => entry.Kind == "recording.sealed"))
            {
                await PutRecordingAsync(entry, cancellationToken);
            }

            long next = await PutPieceAsync(piece, cancellationToken);
            JournalEntry last = piece.Entries[(int)(next - piece.First) - 1];
            Save(_position with { Next = next, Leaf = Leaf(last) });
            monitor.Archived(next, piece.Lines.Length);
            if (next < piece.Next)
            {
                // A shorter piece was there already: the rest makes another one.
                await PutRecordsAsync(goal, cancellationToken);
                return;
            }
        }
    }

    /// <summary>The sequence after the piece as it lies in the archive.</summary>
    private async Task<long> PutPieceAsync(RecordPiece piece, CancellationToken cancellationToken)
    {
        string key = _names.Records(piece.Segment, piece.First);
        byte[] there = await PutAsync(key, piece.Lines, cancellationToken);
        // After a crash between putting and remembering, what is there may end earlier: the journal has grown since.
        return piece.Lines.AsSpan().StartsWith(there) && there is [.., (byte)'\n']
            ? piece.First + there.AsSpan().Count((byte)'\n')
            : throw Conflict(key);
    }

    private async Task PutNotesAsync(CheckpointPiece piece, CancellationToken cancellationToken)
    {
        string key = _names.Checkpoints(piece.Segment, piece.FirstSize);
        byte[] there = await PutAsync(key, piece.Notes, cancellationToken);
        if (!piece.Notes.AsSpan().StartsWith(there))
        {
            throw Conflict(key);
        }

        if (there.Length < piece.Notes.Length)
        {
            byte[] rest = piece.Notes[there.Length..];
            (long size, byte[] _) = SegmentPieces.Split(rest).First();
            await PutNotesAsync(piece with { FirstSize = size, Notes = rest }, cancellationToken);
        }
    }

    private async Task PutTilesAsync(long goal, CancellationToken cancellationToken)
    {
        var limits = new ParallelOptions
        {
            MaxDegreeOfParallelism = TilesTogether,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(TilesUpTo(goal), limits, async (path, token) =>
        {
            byte[] tile = _tiles.Read(path) ?? throw new IOException($"tile `{path}` cannot be made");
            await PutWholeAsync(_names.Tile(path), tile, token);
        });
        Save(_position with { Tiles = goal });
    }

    private IEnumerable<string> TilesUpTo(long goal)
    {
        long width = TileWidth;
        for (int level = 0; goal / width > 0; level++, width *= TileWidth)
        {
            for (long index = _position.Tiles / width; index < goal / width; index++)
            {
                yield return ArchiveNames.TilePath(level, index);
            }
        }
    }

    private async Task PutRecordingAsync(JournalEntry sealing, CancellationToken cancellationToken)
    {
        string file = sealing.Text("file") ?? "";
        if (!Audit.Recordings.RecordingPath.TryParse(file, out string? session, out _, out _))
        {
            throw new ArchiveConflictException(
                $"record {sealing.Sequence} seals `{VisibleText.Of(file, maximum: 200)}`, which is "
                    + "no recording's name");
        }

        foreach (string? name in new[] { Path.GetFileName(file), RecordingKeyFile })
        {
            if (ReadFile(Path.Combine(feed.DataDirectory, "recordings", session, name)) is { } content)
            {
                await PutWholeAsync(_names.Recording(session, name), content, cancellationToken);
            }
        }
    }

    private async Task PutWholeAsync(string key, byte[] content, CancellationToken cancellationToken)
    {
        byte[] there = await PutAsync(key, content, cancellationToken);
        if (!content.AsSpan().SequenceEqual(there))
        {
            throw Conflict(key);
        }
    }

    /// <summary>Puts it, and returns what is there now.</summary>
    private async Task<byte[]> PutAsync(string key, byte[] content, CancellationToken cancellationToken)
    {
        await store.PutAsync(key, content, time.GetUtcNow() + retention, cancellationToken);
        return await store.GetAsync(key, version: null, cancellationToken)
            ?? throw new IOException($"`{key}` was taken and is not there");
    }

    /// <summary>Null when it is gone: removed after its retention, which the journal says.</summary>
    private byte[]? ReadFile(string path)
    {
        if (!feed.Files.FileExists(path))
        {
            return null;
        }

        using IFile file = feed.Files.OpenRead(path);
        byte[] bytes = new byte[file.Length];
        return file.Read(bytes, 0) == bytes.Length
            ? bytes
            : throw new IOException($"`{path}` shrank while it was read");
    }

    private void Save(ArchivePosition position)
    {
        if (position != _position)
        {
            progress.Save(position);
            _position = position;
        }
    }

    private ArchiveConflictException Conflict(string key) => new(
        $"archive `{options.Name}`: `{key}` is not what this journal would put there; it was changed, or is of "
            + "another journal. Nothing was overwritten");

    private static string Leaf(JournalEntry entry) => Convert.ToHexStringLower(entry.LeafHash.Span);
}
