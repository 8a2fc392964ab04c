using Bastion.Audit;

namespace Bastion.Followers.Shipping;

/// <param name="Id">The same for the same record, whenever and however often it is sent.</param>
/// <param name="Entry">The record.</param>
/// <param name="Wire">The destination's own form of it.</param>
internal sealed record OutgoingRecord(string Id, JournalEntry Entry, ReadOnlyMemory<byte> Wire);

/// <summary>One place that takes copies. Used by one shipper, one batch at a time.</summary>
internal interface IDestination : IAsyncDisposable
{
    /// <summary>The record as it will be sent; the size of a batch is the sum of these.</summary>
    ReadOnlyMemory<byte> Encode(JournalEntry entry, string id);

    /// <summary>
    /// Sends and waits for the answer. <see cref="HttpRequestException"/>, <see cref="IOException"/> and
    /// <see cref="TimeoutException"/> mean that nobody knows what arrived: all of it is sent again.
    /// </summary>
    Task<DeliveryReport> DeliverAsync(IReadOnlyList<OutgoingRecord> batch, CancellationToken cancellationToken);
}

internal enum Fate
{
    /// <summary>It is there; it may have been there before.</summary>
    Delivered,

    /// <summary>Not now: send it again.</summary>
    Retry,

    /// <summary>Never: this record is not acceptable there, whatever the time.</summary>
    Refused,
}

internal readonly record struct RecordFate(Fate Fate, string? Reason = null);

/// <summary>What became of each record of a batch, in its order.</summary>
internal sealed record DeliveryReport(IReadOnlyList<RecordFate> Fates)
{
    /// <summary>Nothing is to be sent before this time has passed.</summary>
    public TimeSpan? NotBefore { get; private init; }

    /// <summary>The batch as a whole was refused; smaller ones will show on account of which record.</summary>
    public string? Split { get; private init; }

    public static DeliveryReport AllDelivered(int count) => All(count, new RecordFate(Fate.Delivered));

    public static DeliveryReport RetryAll(int count, string reason, TimeSpan? notBefore = null) =>
        All(count, new RecordFate(Fate.Retry, reason)) with { NotBefore = notBefore };

    public static DeliveryReport SplitUp(int count, string reason) =>
        All(count, new RecordFate(Fate.Refused, reason)) with { Split = reason };

    private static DeliveryReport All(int count, RecordFate fate) => new([.. Enumerable.Repeat(fate, count)]);
}
