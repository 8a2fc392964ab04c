using Bastion.Control;
using Bastion.Audit.Storage;
using Bastion.Followers.Retention;
using Bastion.Followers.Shipping;
using Bastion.Storage;

namespace Bastion.Followers.Archive;

/// <summary>An archive with everything that belongs to it alone.</summary>
internal sealed record ArchiveLane(ArchiveOptions Options, IArchiveStore Store, ArchiveMonitor Monitor,
    Archiver Archiver);

/// <summary>All archives of a gateway.</summary>
internal sealed class ArchiveFleet : IDisposable
{
    private ArchiveFleet(IReadOnlyList<ArchiveLane> lanes) => Lanes = lanes;

    public IReadOnlyList<ArchiveLane> Lanes { get; }

    /// <exception cref="GatewayStartException">A file of credentials is missing, or open to others.</exception>
    public static ArchiveFleet Create(FollowerOptions options, Func<long> durableSize, TimeProvider time)
    {
        var feed =
            new JournalFeed(options.DataDirectory, options.JournalName, durableSize, PhysicalFileSystem.Instance);
        try
        {
            return new ArchiveFleet(
                [.. options.Archives.Select(archive => CreateLane(archive, options.Retention, feed, time))]);
        }
        catch (Exception failure) when (failure is DataDirectoryException or IOException or UnauthorizedAccessException
            or Amazon.Runtime.AmazonClientException)
        {
            throw new GatewayStartException([$"archive: {failure.Message}"], failure);
        }
    }

    /// <summary>`archive-NAME` for each that fails.</summary>
    public IEnumerable<string> Warnings() =>
        Lanes.Where(lane => lane.Monitor.Fault is not null).Select(lane => $"archive-{lane.Options.Name}");

    public void Dispose()
    {
        foreach (ArchiveLane lane in Lanes)
        {
            lane.Store.Dispose();
        }
    }

    private static ArchiveLane CreateLane(ArchiveOptions options, RetentionOptions retention, JournalFeed feed,
        TimeProvider time)
    {
        var store = new S3ArchiveStore(options);
        var monitor = new ArchiveMonitor(options.Name, time);
        var progress = new ArchiveProgress(feed.DataDirectory, options.Name, feed.Files);
        return new ArchiveLane(
            options, store, monitor,
            new Archiver(options, store, feed, progress, retention.Time, new Backoff(time), monitor, time));
    }
}

/// <summary>Runs an archiver for each archive, so that one that does not answer holds up no other.</summary>
internal sealed partial class ArchiveService(ArchiveFleet fleet, TimeProvider time, ILogger<ArchiveService> log)
    : BackgroundService
{
    /// <summary>After something that needs a person, or a fault of our own.</summary>
    private static readonly TimeSpan RestartAfter = TimeSpan.FromMinutes(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(fleet.Lanes.Select(lane => RunAsync(lane, stoppingToken)));

    private async Task RunAsync(ArchiveLane lane, CancellationToken cancellationToken)
    {
        await Task.Yield();
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await lane.Archiver.RunAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure)
            {
                LogStopped(lane.Options.Name, failure.Message, failure is ArchiveConflictException ? null : failure);
                lane.Monitor.Failed(lane.Monitor.Position, failure.Message);
                await Task.Delay(RestartAfter, time, cancellationToken);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "archive {Archive} stopped: {Reason}")]
    private partial void LogStopped(string archive, string reason, Exception? failure);
}
