using Bastion.Audit;

namespace Bastion.Followers.Shipping;

/// <summary>
/// Brings one destination up to the journal, and keeps it there. The position is written after everything below it was
/// acknowledged or set aside, so a crash repeats records and never leaves one out.
/// </summary>
internal sealed partial class Shipper(
    DestinationOptions options, IDestination destination, JournalFeed feed, ShippingStore store, Backoff backoff,
    IShippingObserver observer, TimeProvider time)
{
    /// <summary>How often the journal is asked for more once all is shipped.</summary>
    internal static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    private string _lastLeaf = "";
    private long _position;

    /// <summary>Ships until cancelled.</summary>
    /// <exception cref="ShippingRefusedException">The journal is not the one that was shipped.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Resume();
        using JournalCursor cursor = feed.From(_position);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await ResendAskedAsync(cancellationToken);
            List<OutgoingRecord> batch = Fill(cursor);
            if (batch.Count == 0)
            {
                observer.CaughtUp(_position);
                await Task.Delay(PollInterval, time, cancellationToken);
                continue;
            }

            await ShipAsync(batch, cancellationToken);
        }
    }

    private void Resume()
    {
        if (store.Load() is not { } saved)
        {
            return;
        }

        long size = feed.DurableSize();
        if (saved.Origin != feed.Origin)
        {
            throw new ShippingRefusedException(
                $"`{options.Name}` has records of the journal `{saved.Origin}`, and this one is `{feed.Origin}`: "
                    + "give the destination another name");
        }

        if (saved.Next > size || (saved.Next > 0 && LeafBefore(saved.Next) != saved.Leaf))
        {
            throw new ShippingRefusedException(
                $"`{options.Name}` was sent {saved.Next} records, and the journal does not begin with them: an "
                    + "older copy was put back, or another history written. "
                + $"Compare with `bastion ship verify`; to go on with this journal, remove `{store.CheckpointFile}`");
        }

        (_position, _lastLeaf) = (saved.Next, saved.Leaf);
    }

    private string LeafBefore(long sequence)
    {
        using JournalCursor cursor = feed.From(sequence - 1);
        return cursor.TryRead(sequence) is { } entry ? Convert.ToHexStringLower(entry.LeafHash.Span) : "";
    }

    private List<OutgoingRecord> Fill(JournalCursor cursor)
    {
        var batch = new List<OutgoingRecord>();
        long size = feed.DurableSize();
        long bytes = 0;
        while (batch.Count < options.MaximumRecords && bytes < options.MaximumBytes
            && cursor.TryRead(size) is { } entry)
        {
            string id = RecordId.Of(feed.Origin, entry);
            ReadOnlyMemory<byte> wire = destination.Encode(entry, id);
            batch.Add(new OutgoingRecord(id, entry, wire));
            bytes += wire.Length;
        }

        return batch;
    }

    private async Task ShipAsync(List<OutgoingRecord> batch, CancellationToken cancellationToken)
    {
        JournalEntry end = batch[^1].Entry;
        List<OutgoingRecord> open = batch;
        int failures = 0;
        int together = batch.Count;
        while (open.Count > 0)
        {
            observer.Pending(_position, open[0].Entry.At);
            List<OutgoingRecord> part = open[..Math.Min(together, open.Count)];
            DeliveryReport report = await DeliverAsync(part, cancellationToken);
            if (report.Split is not null && part.Count > 1)
            {
                together = part.Count / 2;
                continue;
            }

            List<OutgoingRecord> again = [.. part.Where((_, index) => report.Fates[index].Fate == Fate.Retry)];
            Park(part, report);
            open = [.. again, .. open[part.Count..]];
            Advance(batch, open, end);
            failures = again.Count < part.Count ? 0 : failures;
            together = Math.Min(batch.Count, together * 2);
            observer.Delivered(report.Fates.Count(fate => fate.Fate == Fate.Delivered));
            if (again.Count > 0)
            {
                observer.Failed(_position, report.Fates.First(fate => fate.Fate == Fate.Retry).Reason
                    ?? "no reason given");
                await backoff.WaitAsync(++failures, report.NotBefore, cancellationToken);
            }
            else
            {
                observer.Succeeded(_position);
            }
        }
    }

    private async Task<DeliveryReport> DeliverAsync(List<OutgoingRecord> part, CancellationToken cancellationToken)
    {
        try
        {
            return await destination.DeliverAsync(part, cancellationToken);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or TimeoutException
            or System.Security.Authentication.AuthenticationException or System.Net.Sockets.SocketException
            || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return DeliveryReport.RetryAll(part.Count, failure.InnerException?.Message ?? failure.Message);
        }
    }

    private void Park(List<OutgoingRecord> part, DeliveryReport report)
    {
        List<DeadLetter> letters =
        [
            .. part.Zip(report.Fates)
                .Where(pair => pair.Second.Fate == Fate.Refused)
                .Select(pair => new DeadLetter(
                    pair.First.Id, pair.First.Entry.Sequence, time.GetUtcNow(), pair.Second.Reason
                        ?? "refused without a reason")),
        ];
        if (letters.Count > 0)
        {
            store.Park(letters);
            observer.Parked(_position, letters);
        }
    }

    /// <summary>Everything before the first open record is done with: the position may stand there, and no
    /// further.</summary>
    private void Advance(List<OutgoingRecord> batch, List<OutgoingRecord> open, JournalEntry end)
    {
        long next = open.Count == 0 ? end.Sequence + 1 : open.Min(record => record.Entry.Sequence);
        if (next == _position)
        {
            return;
        }

        JournalEntry last = batch[(int)(next - 1 - batch[0].Entry.Sequence)].Entry;
        (_position, _lastLeaf) = (next, Convert.ToHexStringLower(last.LeafHash.Span));
        store.Save(new ShippingPosition(feed.Origin, _position, _lastLeaf));
    }
}

/// <summary>Shipping must not go on by itself; the message says why and what a person has to decide.</summary>
public sealed class ShippingRefusedException(string message) : Exception(message);
