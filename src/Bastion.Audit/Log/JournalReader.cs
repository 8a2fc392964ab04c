using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Bastion.Audit.Notes;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>
/// Reads the journal of a data directory, also beside the process that writes it: it takes no lock, and a record that
/// is only half written is not there yet. Each record is checked against its own hash; whether the journal as a whole
/// is the one that was signed is the verifier's question.
/// </summary>
public sealed class JournalReader(string dataDirectory, IFileSystem? fileSystem = null)
{
    private readonly JournalLayout _layout = new(dataDirectory);
    private readonly IFileSystem _files = fileSystem ?? PhysicalFileSystem.Instance;

    /// <summary>Records from a sequence on, in order, up to the last complete one.</summary>
    /// <exception cref="JournalDamagedException">A record in the middle is not what was written.</exception>
    public IEnumerable<JournalEntry> Read(long fromSequence = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fromSequence);
        long next = fromSequence;
        // The list is taken again after each segment: a newer one may have come meanwhile.
        while (SegmentOf(next) is { } segment)
        {
            long before = next;
            foreach (JournalEntry entry in ReadSegment(segment, next))
            {
                next = entry.Sequence + 1;
                yield return entry;
            }

            if (next == before)
            {
                yield break;
            }
        }
    }

    /// <summary>The newest <paramref name="count"/> records, oldest of them first.</summary>
    public IEnumerable<JournalEntry> ReadLast(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return Read(Math.Max(0, Size() - count));
    }

    /// <summary>
    /// Records from a sequence on, then those that come, until cancelled. The sequence after the last one handled is
    /// all that a follower has to remember to lose and to repeat nothing.
    /// </summary>
    /// <param name="fromSequence">The first one wanted.</param>
    /// <param name="pollInterval">How often the files are looked at when nothing new is there.</param>
    /// <param name="timeProvider">Measures the interval.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async IAsyncEnumerable<JournalEntry> FollowAsync(
        long fromSequence, TimeSpan pollInterval, TimeProvider timeProvider,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        long next = fromSequence;
        while (true)
        {
            foreach (JournalEntry entry in Read(next))
            {
                cancellationToken.ThrowIfCancellationRequested();
                next = entry.Sequence + 1;
                yield return entry;
            }

            await Task.Delay(pollInterval, timeProvider, cancellationToken);
        }
    }

    /// <summary>
    /// The first record of the newest segment that surely begins before a time: enough to read what happened since,
    /// however much lies before. Only each segment's first record is looked at.
    /// </summary>
    public long SegmentBefore(DateTimeOffset time)
    {
        long found = 0;
        foreach (long segment in _layout.ListSegments(_files))
        {
            using IFile file = _files.OpenRead(_layout.Records(segment));
            using var scanner = new SegmentScanner(file);
            if (scanner.Next() != ScanResult.Record || scanner.Entry!.At > time)
            {
                break;
            }

            found = segment;
        }

        return found;
    }

    /// <summary>Nothing was ever recorded here.</summary>
    public bool IsEmpty => _layout.ListSegments(_files).Count == 0;

    /// <summary>How many complete records there are.</summary>
    public long Size()
    {
        IReadOnlyList<long> segments = _layout.ListSegments(_files);
        if (segments.Count == 0)
        {
            return 0;
        }

        using IFile file = _files.OpenRead(_layout.Records(segments[^1]));
        using var scanner = new SegmentScanner(file);
        return segments[^1] + scanner.Skip(long.MaxValue);
    }

    /// <summary>The newest signed checkpoint as the writer published it; its signature is not checked here.</summary>
    public Checkpoint? LatestCheckpoint() =>
        ReadText(_layout.Checkpoint) is { } text && Checkpoint.TryParse(text, out Checkpoint? checkpoint)
        ? checkpoint
        : null;

    /// <summary>The public key that lies beside the journal. Trust it only as far as the directory.</summary>
    public NoteVerifierKey? PublishedKey() =>
        ReadText(_layout.VerifierKey) is [.. var text, '\n'] && NoteVerifierKey.TryParse(text, out NoteVerifierKey? key)
        ? key
        : null;

    private string? ReadText(string path)
    {
        if (!_files.FileExists(path))
        {
            return null;
        }

        using IFile file = _files.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, SignedNote.MaximumBytes)];
        return Encoding.UTF8.GetString(bytes, 0, file.Read(bytes, 0));
    }

    private long? SegmentOf(long sequence)
    {
        long? found = null;
        foreach (long first in _layout.ListSegments(_files).TakeWhile(first => first <= sequence))
        {
            found = first;
        }

        return found;
    }

    private IEnumerable<JournalEntry> ReadSegment(long segment, long from)
    {
        using IFile file = _files.OpenRead(_layout.Records(segment));
        using var scanner = new SegmentScanner(file);
        if (scanner.Skip(from - segment) < from - segment)
        {
            yield break;
        }

        long expected = from;
        ScanResult result;
        for (result = scanner.Next(); result == ScanResult.Record; result = scanner.Next())
        {
            if (scanner.Entry!.Sequence != expected)
            {
                throw Damaged(expected);
            }

            expected++;
            yield return scanner.Entry;
        }

        // A bad line at the very end is a write that a crash or this moment cut short; anywhere else it is damage.
        bool more = result != ScanResult.End && scanner.Next() != ScanResult.End;
        if (more || _layout.ListSegments(_files).FirstOrDefault(first => first > segment, expected) != expected)
        {
            throw Damaged(expected);
        }
    }

    private JournalDamagedException Damaged(long sequence) => new(
        string.Create(CultureInfo.InvariantCulture,
            $"journal `{_layout.Root}` is damaged at record {sequence}; run: bastion audit verify"), sequence);
}
