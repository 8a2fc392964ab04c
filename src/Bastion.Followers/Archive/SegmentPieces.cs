using System.Globalization;
using System.Text;
using Bastion.Audit;
using Bastion.Audit.Storage;

namespace Bastion.Followers.Archive;

/// <param name="Segment">The first sequence of the segment it is of.</param>
/// <param name="First">The sequence of its first record.</param>
/// <param name="Entries">Its records.</param>
/// <param name="Lines">The lines as they stand in the segment.</param>
internal sealed record RecordPiece(long Segment, long First, IReadOnlyList<JournalEntry> Entries, byte[] Lines)
{
    public long Next => First + Entries.Count;
}

/// <param name="Segment">The first sequence of the segment it is of.</param>
/// <param name="FirstSize">The size of its first note.</param>
/// <param name="LastSize">The size of its last one.</param>
/// <param name="Notes">The notes as they stand in the file.</param>
internal sealed record CheckpointPiece(long Segment, long FirstSize, long LastSize, byte[] Notes);

/// <summary>Cuts the journal's growing files into pieces that never change. Put together again they are the files, byte
/// for byte.</summary>
internal sealed class SegmentPieces(string dataDirectory, IFileSystem files)
{
    /// <summary>In bytes: what one request carries.</summary>
    private const int PieceBytes = 8 * 1024 * 1024;

    private const int SequenceDigits = 20;

    private readonly string _segments = Path.Combine(dataDirectory, "journal", "segments");

    /// <summary>The next records of one segment, below <paramref name="end"/>.</summary>
    public RecordPiece? Records(JournalCursor cursor, long end)
    {
        long first = cursor.Next;
        List<long> starts = Starts(".records");
        long segment = starts.LastOrDefault(start => start <= first, 0);
        long boundary = Math.Min(end, starts.FirstOrDefault(start => start > first, long.MaxValue));
        var entries = new List<JournalEntry>();
        using var lines = new MemoryStream();
        while (lines.Length < PieceBytes && cursor.TryRead(boundary) is { } entry)
        {
            entries.Add(entry);
            lines.Write(Encoding.ASCII.GetBytes(Convert.ToHexStringLower(entry.LeafHash.Span)));
            lines.WriteByte((byte)' ');
            lines.Write(entry.Json.Span);
            lines.WriteByte((byte)'\n');
        }

        return entries.Count == 0 ? null : new RecordPiece(segment, first, entries, lines.ToArray());
    }

    /// <summary>For each segment the notes of a size above one and not above another.</summary>
    public IEnumerable<CheckpointPiece> Checkpoints(long above, long upTo)
    {
        List<long> starts = Starts(".checkpoints");
        // A note over a segment's last records is signed before the next segment begins, or in that one: the one before
        // may hold news.
        foreach (long segment in starts.SkipWhile((_, index) => index + 1 < starts.Count && starts[index + 1] <= above))
        {
            var notes = Notes(segment).Where(note => note.Size > above && note.Size <= upTo).ToList();
            if (notes.Count > 0)
            {
                yield return new CheckpointPiece(segment, notes[0].Size, notes[^1].Size,
                    [.. notes.SelectMany(note => note.Bytes)]);
            }
        }
    }

    /// <summary>Notes hold exactly one empty line and are followed by another.</summary>
    public static IEnumerable<(long Size, byte[] Bytes)> Split(byte[] content)
    {
        for (int start = 0; start < content.Length;)
        {
            int text = content.AsSpan(start).IndexOf("\n\n"u8);
            int signatures = text < 0 ? -1 : content.AsSpan(start + text + 2).IndexOf("\n\n"u8);
            if (signatures < 0)
            {
                yield break;
            }

            int length = text + 2 + signatures + 2;
            string[] lines = Encoding.UTF8.GetString(content, start, text).Split('\n');
            if (lines.Length < 2
                || !long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out long size))
            {
                yield break;
            }

            yield return (size, content[start..(start + length)]);
            start += length;
        }
    }

    private IEnumerable<(long Size, byte[] Bytes)> Notes(long segment)
    {
        using IFile file = files.OpenRead(Path.Combine(_segments, ArchiveNames.Number(segment) + ".checkpoints"));
        byte[] content = new byte[file.Length];
        return [.. Split(content[..file.Read(content, 0)])];
    }

    private List<long> Starts(string extension) =>
    [
        .. files.List(_segments)
            .Where(entry => entry.Kind == EntryKind.File && entry.Name.Length == SequenceDigits + extension.Length
            && entry.Name.EndsWith(extension, StringComparison.Ordinal))
            .Select(entry =>
            long.Parse(entry.Name.AsSpan(0, SequenceDigits), NumberStyles.None, CultureInfo.InvariantCulture))
            .Order(),
    ];
}
