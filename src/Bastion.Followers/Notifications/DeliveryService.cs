using System.Threading.Channels;
using Bastion.Audit.Records;
using Bastion.Control;
using Bastion.Control.Evidence;

namespace Bastion.Followers.Notifications;

/// <summary>
/// Sends what waits. A message is tried for some days, ever more seldom; each arrival and each failure leaves a record.
/// It may arrive twice, when the gateway ends between arrival and noting it: receivers know a delivery by its
/// identifier.
/// </summary>
internal sealed partial class DeliveryService(
    Outbox outbox, IEnumerable<IChannel> channels, EvidenceLog evidence, TimeProvider time,
    ILogger<DeliveryService> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Between the tries; after the last, some two and a half days, it is given up.</summary>
    private static readonly TimeSpan[] Waits =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(1), TimeSpan.FromHours(2), TimeSpan.FromHours(4), TimeSpan.FromHours(8),
        TimeSpan.FromHours(16), TimeSpan.FromHours(24),
    ];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // One sign is enough, however often it is given.
        var arrived = Channel.CreateBounded<bool>(new BoundedChannelOptions(1)
        {
            FullMode = BoundedChannelFullMode.DropWrite,
        });
        void Wake() => arrived.Writer.TryWrite(true);
        outbox.Arrived += Wake;
        using ITimer timer = time.CreateTimer(_ => Wake(), null, Interval, Interval);
        try
        {
            await SendDueAsync(stoppingToken);
            await foreach (bool _ in arrived.Reader.ReadAllAsync(stoppingToken))
            {
                await SendDueAsync(stoppingToken);
            }
        }
        finally
        {
            outbox.Arrived -= Wake;
        }
    }

    private async Task SendDueAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<Delivery> due;
        try
        {
            due = outbox.Due();
        }
        catch (StoreUnavailableException failure)
        {
            // The next round tries again.
            LogCannotBeRead(failure);
            return;
        }

        foreach (Delivery delivery in due)
        {
            try
            {
                await SendAsync(delivery, cancellationToken);
            }
            catch (Exception failure)
                when (failure is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                LogFailed(failure, delivery.Channel, delivery.Message.Id);
            }
        }
    }

    private async Task SendAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        int tries = delivery.Tries + 1;
        try
        {
            IChannel channel = channels.FirstOrDefault(each => each.Name == delivery.Channel)
                ?? throw new InvalidDataException($"{delivery.Channel} is not configured any more");
            await channel.SendAsync(delivery, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            await FailAsync(delivery, tries, failure, cancellationToken);
            return;
        }

        await evidence.TryRecordAsync(new DeliverySucceeded
        {
            Message = delivery.Message.Id,
            Channel = delivery.Channel,
            Recipient = delivery.Recipient,
            Tries = tries,
        });
        await outbox.RemoveAsync(delivery, cancellationToken);
    }

    private async Task FailAsync(Delivery delivery, int tries, Exception failure, CancellationToken cancellationToken)
    {
        bool final = tries > Waits.Length;
        LogFailed(failure, delivery.Channel, delivery.Message.Id);
        await evidence.TryRecordAsync(new DeliveryFailed
        {
            Message = delivery.Message.Id,
            Channel = delivery.Channel,
            Recipient = delivery.Recipient,
            Tries = tries,
            Reason = failure.Message,
            Final = final,
        });
        if (final)
        {
            await outbox.RemoveAsync(delivery, cancellationToken);
        }
        else
        {
            await outbox.PostponeAsync(delivery, Waits[tries - 1], cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Channel} did not take message {Id}")]
    private partial void LogFailed(Exception failure, string channel, string id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "what waits to be sent cannot be read at present")]
    private partial void LogCannotBeRead(Exception failure);
}
