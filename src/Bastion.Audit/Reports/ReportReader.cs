using System.Collections.Concurrent;
using Bastion.Audit.Notes;
using Bastion.Audit.Storage;
using Bastion.Audit.Verification;

namespace Bastion.Audit.Reports;

/// <param name="Records">Read so far.</param>
/// <param name="Total">To read, about.</param>
public readonly record struct ReportProgress(long Records, long Total);

public sealed class ReportReaderOptions
{
    /// <summary>The key to trust, from elsewhere than the directory; null takes the one in it.</summary>
    public NoteVerifierKey? TrustedKey { get; init; }

    /// <summary>Verify from the first record ever. Otherwise from the segment in which the period begins.</summary>
    public bool Whole { get; init; }

    /// <summary>Also check the bytes of recordings: all of them, or those sealed in what is read.</summary>
    public bool Recordings { get; init; } = true;

    /// <summary>Told now and then, on another thread.</summary>
    public Action<ReportProgress>? Progress { get; init; }

    /// <summary>Names of walls of the policy.</summary>
    public Func<string, bool> IsWall { get; init; } = _ => false;

    public IFileSystem FileSystem { get; init; } = PhysicalFileSystem.Instance;
}

/// <summary>
/// Reads a data directory into a report's figures and verifies it on the way: the figures are of the very records that
/// the verifier saw. One thread verifies, another counts. It takes no lock and works beside a running gateway.
/// </summary>
public static class ReportReader
{
    /// <summary>Sessions of so long before the period still have their names.</summary>
    private static readonly TimeSpan LeadIn = TimeSpan.FromDays(1);

    // What waits between the two survives a collection and is copied: enough to keep both busy, no more.
    private const int BatchRecords = 128;
    private const int BatchesBetween = 4;

    /// <exception cref="IOException">The files cannot be read at all.</exception>
    public static async Task<ReportData> ReadAsync(
        string dataDirectory, ReportPeriod period, ReportHead head, ReportReaderOptions options,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        long from = options.Whole
            ? 0
            : new JournalReader(dataDirectory, options.FileSystem).SegmentBefore(period.From - LeadIn);
        var figures = new JournalFigures(period) { IsWall = options.IsWall };
        using var batches = new BlockingCollection<List<JournalEntry>>(BatchesBetween);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<VerificationReport> verifying =
            Task.Run(() => Verify(dataDirectory, from, options, batches, stop.Token), CancellationToken.None);
        var counting =
            Task.Run(() => Count(dataDirectory, from, options, batches, figures, stop.Token), CancellationToken.None);
        // Whichever fails first stops the other; both have ended before the queue between them goes.
        Task first = await Task.WhenAny(verifying, counting);
        if (!first.IsCompletedSuccessfully)
        {
            await stop.CancelAsync();
        }

        await Task.WhenAll(verifying, counting);
        return figures.Build(head, await verifying, whole: from == 0, keyPinned: options.TrustedKey is not null,
            options.Recordings);
    }

    private static void Count(
        string dataDirectory, long from, ReportReaderOptions options, BlockingCollection<List<JournalEntry>> batches,
        JournalFigures figures,
        CancellationToken cancellationToken)
    {
        long total = Math.Max(1, new JournalReader(dataDirectory, options.FileSystem).Size() - from);
        long read = 0;
        foreach (List<JournalEntry> batch in batches.GetConsumingEnumerable(cancellationToken))
        {
            batch.ForEach(figures.Observe);
            read += batch.Count;
            options.Progress?.Invoke(new ReportProgress(read, Math.Max(total, read)));
        }
    }

    private static VerificationReport Verify(
        string dataDirectory, long from, ReportReaderOptions options, BlockingCollection<List<JournalEntry>> batches,
        CancellationToken cancellationToken)
    {
        var batch = new List<JournalEntry>(BatchRecords);
        try
        {
            return JournalVerifier.Verify(
                dataDirectory,
                new VerifierOptions
                {
                    TrustedKey = options.TrustedKey,
                    FirstSegment = from,
                    Recordings = options.Recordings,
                    FileSystem = options.FileSystem,
                    Observe = entry =>
                    {
                        batch.Add(entry);
                        if (batch.Count == BatchRecords)
                        {
                            batches.Add(batch, cancellationToken);
                            batch = new List<JournalEntry>(BatchRecords);
                        }
                    },
                    RecordsRead = () =>
                    {
                        batches.Add(batch, cancellationToken);
                        batches.CompleteAdding();
                    },
                },
                cancellationToken);
        }
        finally
        {
            batches.CompleteAdding();
        }
    }
}
