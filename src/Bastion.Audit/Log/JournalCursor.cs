using System.Globalization;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>
/// Reads the journal forwards beside its writer and goes on where it stopped, without passing again over what it has
/// read: for followers that run as long as the gateway does. For one thread at a time.
/// </summary>
public sealed class JournalCursor : IDisposable
{
    private readonly JournalLayout _layout;
    private readonly IFileSystem _files;
    private IFile? _file;
    private SegmentScanner? _scanner;

    /// <param name="dataDirectory">The one above `journal/`.</param>
    /// <param name="fromSequence">The first record wanted.</param>
    /// <param name="fileSystem">Null for the machine's own.</param>
    public JournalCursor(string dataDirectory, long fromSequence, IFileSystem? fileSystem = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(fromSequence);
        _layout = new JournalLayout(dataDirectory);
        _files = fileSystem ?? PhysicalFileSystem.Instance;
        Next = fromSequence;
    }

    /// <summary>The sequence of the record that the next reading gives.</summary>
    public long Next { get; private set; }

    /// <summary>
    /// The next record, if its sequence is below <paramref name="durableSize"/>; null when it is not, or not there yet.
    /// A line may be complete before it is durable, and a power cut may take it back: whoever hands records on passes
    /// the number that the journal acknowledged.
    /// </summary>
    /// <exception cref="JournalDamagedException">A record below that size is not what was written.</exception>
    public JournalEntry? TryRead(long durableSize)
    {
        if (Next >= durableSize || (_scanner is null && !OpenSegment()))
        {
            return null;
        }

        ScanResult result = _scanner!.Next();
        if (result == ScanResult.End && OpenSegment())
        {
            result = _scanner.Next();
        }

        if (result != ScanResult.Record || _scanner.Entry!.Sequence != Next)
        {
            throw new JournalDamagedException(
                string.Create(CultureInfo.InvariantCulture,
                    $"journal `{_layout.Root}` is damaged at record {Next}; run: bastion audit verify"), Next);
        }

        Next++;
        return _scanner.Entry;
    }

    public void Dispose()
    {
        _scanner?.Dispose();
        _file?.Dispose();
        (_scanner, _file) = (null, null);
    }

    /// <summary>Opens the segment that holds the next record, and passes over those before it.</summary>
    private bool OpenSegment()
    {
        Dispose();
        long segment = _layout.ListSegments(_files).LastOrDefault(first => first <= Next, -1);
        if (segment < 0)
        {
            return false;
        }

        _file = _files.OpenRead(_layout.Records(segment));
        _scanner = new SegmentScanner(_file);
        _scanner.Skip(Next - segment);
        return true;
    }
}
