using Bastion.Audit.Records;
using Bastion.Control.Evidence;

namespace Bastion.Followers.Shipping;

/// <summary>Runs a shipper for each destination, and says in the journal when one has failed for long, or goes on
/// again.</summary>
internal sealed partial class ShippingService(
    ShippingFleet fleet, EvidenceLog evidence, TimeProvider time, ILogger<ShippingService> log) : BackgroundService
{
    /// <summary>A restart of a cluster is shorter than this and no news.</summary>
    private static readonly TimeSpan NewsAfter = TimeSpan.FromMinutes(5);

    /// <summary>A mapping that refuses everything must not fill the journal that it refuses.</summary>
    private static readonly TimeSpan ParkedNewsInterval = TimeSpan.FromHours(1);

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(5);

    /// <summary>After something that needs a person, or a fault of our own.</summary>
    private static readonly TimeSpan RestartAfter = TimeSpan.FromSeconds(30);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(fleet.Lanes.SelectMany(lane =>
        new[] { RunAsync(lane, stoppingToken), WatchAsync(lane.Monitor, stoppingToken) }));

    private async Task RunAsync(ShippingLane lane, CancellationToken cancellationToken)
    {
        // The host waits for this method's first pause; a journal that is far behind must not keep the gateway from
        // starting.
        await Task.Yield();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await lane.Shipper.RunAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogStopped(lane.Options.Name, failure.Message, failure is ShippingRefusedException ? null : failure);
                lane.Monitor.Stopped(failure.Message, failure is ShippingRefusedException);
                await Task.Delay(RestartAfter, time, cancellationToken);
            }
        }
    }

    private async Task WatchAsync(ShippingMonitor monitor, CancellationToken cancellationToken)
    {
        bool announced = false;
        long seenParked = monitor.ParkedRecords;
        DateTimeOffset lastParkedNews = DateTimeOffset.MinValue;
        using var timer = new PeriodicTimer(WatchInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            ShippingState state = monitor.State;
            DateTimeOffset now = time.GetUtcNow();
            bool fails = state.State != "shipping";
            if (fails && !announced && now - state.Since >= NewsAfter)
            {
                LogFailing(monitor.Name, state.Reason ?? "");
                announced = true;
                await RecordAsync(monitor, "failing", state.Reason);
            }
            else if (announced && !fails)
            {
                announced = false;
                await RecordAsync(monitor, "recovered", null);
            }

            // Some were sent again meanwhile.
            seenParked = Math.Min(seenParked, monitor.ParkedRecords);
            if (monitor.ParkedRecords > seenParked && now - lastParkedNews >= ParkedNewsInterval)
            {
                long parked = monitor.ParkedRecords - seenParked;
                LogParked(monitor.Name, parked);
                (seenParked, lastParkedNews) = (monitor.ParkedRecords, now);
                await RecordAsync(monitor, "parked", $"{parked} records were refused and set aside");
            }
        }
    }

    private async Task RecordAsync(ShippingMonitor monitor, string state, string? detail) =>
        await evidence.TryRecordAsync(new ShippingChanged
        {
            Destination = monitor.Name,
            State = state,
            Detail = detail is null ? (PeerText?)null : PeerText.FromString(detail),
            Position = monitor.Position,
        });

    [LoggerMessage(Level = LogLevel.Error, Message = "shipping to {Destination} stopped: {Reason}")]
    private partial void LogStopped(string destination, string reason, Exception? failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "shipping to {Destination} has failed for minutes: {Reason}")]
    private partial void LogFailing(string destination, string reason);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "{Destination} refused {Count} records; they are set aside: bastion ship status")]
    private partial void LogParked(string destination, long count);
}
