using System.Globalization;
using Bastion.Audit;

namespace Bastion.Followers.Shipping;

/// <param name="Delivered">They are there now, under the ids they always had.</param>
/// <param name="Refused">Still not acceptable; they stay set aside, with the newest reason.</param>
/// <param name="Left">Not tried, or not answered: the destination does not take anything now, or there were too many
/// for once.</param>
internal sealed record ResentLetters(int Delivered, int Refused, int Left)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Delivered} records that were set aside are delivered, {Refused} refused again, {Left} left for another "
            + $"time");
}

/// <summary>Sends again what was set aside, when a person asks for it: a mapping was mended, a limit raised.</summary>
internal sealed partial class Shipper
{
    /// <summary>Each is sent alone, so that each gets its own answer; meanwhile newer records wait.</summary>
    internal const int MaximumResent = 1000;

    private TaskCompletionSource<ResentLetters>? _asked;

    /// <summary>Done by the shipper itself between two batches: a destination takes one thing at a time.</summary>
    public Task<ResentLetters> ResendParkedAsync()
    {
        var asked = new TaskCompletionSource<ResentLetters>(TaskCreationOptions.RunContinuationsAsynchronously);
        return (Interlocked.CompareExchange(ref _asked, asked, null) ?? asked).Task;
    }

    private async Task ResendAskedAsync(CancellationToken cancellationToken)
    {
        if (_asked is not { } asked)
        {
            return;
        }

        try
        {
            asked.TrySetResult(await ResendAsync(cancellationToken));
        }
        catch (Exception failure)
        {
            asked.TrySetException(failure);
            throw;
        }
        finally
        {
            Interlocked.Exchange(ref _asked, null);
        }
    }

    private async Task<ResentLetters> ResendAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<DeadLetter> letters = store.Parked();
        var delivered = new HashSet<long>();
        var refused = new Dictionary<long, DeadLetter>();
        foreach (DeadLetter? letter in letters.Take(MaximumResent))
        {
            if (Read(letter) is not { } record)
            {
                continue;
            }

            RecordFate fate = (await DeliverAsync([record], cancellationToken)).Fates[0];
            if (fate.Fate == Fate.Retry)
            {
                observer.Failed(_position, fate.Reason ?? "no reason given");
                break;
            }

            if (fate.Fate == Fate.Delivered)
            {
                delivered.Add(letter.Sequence);
            }
            else
            {
                refused[letter.Sequence] = letter with
                {
                    ParkedAt = time.GetUtcNow(),
                    Reason = fate.Reason ?? letter.Reason,
                };
            }
        }

        // Rewritten after the answers: a crash before this sends them once more, under the same ids.
        store.KeepParked([.. letters.Where(letter => !delivered.Contains(letter.Sequence))
            .Select(letter => refused.GetValueOrDefault(letter.Sequence, letter))]);
        observer.Delivered(delivered.Count);
        observer.Parked(_position, []);
        return new ResentLetters(delivered.Count, refused.Count, letters.Count - delivered.Count - refused.Count);
    }

    /// <summary>From the journal; null when it does not have this record, under this id.</summary>
    private OutgoingRecord? Read(DeadLetter letter)
    {
        using JournalCursor cursor = feed.From(letter.Sequence);
        return cursor.TryRead(feed.DurableSize()) is { } entry && RecordId.Of(feed.Origin, entry) is var id
            && id == letter.Id
            ? new OutgoingRecord(id, entry, destination.Encode(entry, id))
            : null;
    }
}
