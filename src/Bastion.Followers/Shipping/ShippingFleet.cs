using Bastion.Control;
using Bastion.Audit.Storage;
using Bastion.Followers.Shipping.Elasticsearch;
using Bastion.Followers.Shipping.Files;
using Bastion.Followers.Shipping.OpenTelemetry;
using Bastion.Followers.Shipping.Syslog;
using Bastion.Storage;

namespace Bastion.Followers.Shipping;

/// <summary>A destination with everything that belongs to it alone, so that a slow one holds up no other.</summary>
internal sealed record ShippingLane(DestinationOptions Options, IDestination Destination, ShippingMonitor Monitor,
    Shipper Shipper);

/// <summary>All destinations of a gateway.</summary>
internal sealed class ShippingFleet : IAsyncDisposable
{
    private ShippingFleet(IReadOnlyList<ShippingLane> lanes) => Lanes = lanes;

    public IReadOnlyList<ShippingLane> Lanes { get; }

    /// <exception cref="GatewayStartException">A file that a destination names is missing, or open to
    /// others.</exception>
    public static ShippingFleet Create(FollowerOptions options, Func<long> durableSize, TimeProvider time)
    {
        var feed =
            new JournalFeed(options.DataDirectory, options.JournalName, durableSize, PhysicalFileSystem.Instance);
        try
        {
            return new ShippingFleet([.. options.Shipping.Select(destination => CreateLane(destination, feed, time))]);
        }
        catch (Exception failure) when (failure is DataDirectoryException or IOException or UnauthorizedAccessException
            or System.Security.Cryptography.CryptographicException or InvalidDataException)
        {
            throw new GatewayStartException([$"shipping: {failure.Message}"], failure);
        }
    }

    /// <param name="options">Of one destination.</param>
    /// <param name="origin">The journal's name.</param>
    public static IDestination CreateDestination(DestinationOptions options, string origin) => options switch
    {
        ElasticsearchOptions elasticsearch =>
            new ElasticsearchDestination(elasticsearch, origin, OutboundHttp.Create(elasticsearch.Outlet)),
        OtlpOptions otlp => new OtlpDestination(otlp, origin, OutboundHttp.Create(otlp.Outlet)),
        SyslogOptions syslog => new SyslogDestination(syslog, TimeProvider.System),
        LineFileOptions file => new FileDestination(file, origin, PhysicalFileSystem.Instance),
        _ => throw new InvalidOperationException($"no destination of kind {options.Kind}"),
    };

    /// <summary>`shipping-NAME` for each that fails, is refused, or has parked records.</summary>
    public IEnumerable<string> Warnings() => Lanes
        .Where(lane => lane.Monitor.State.State != "shipping" || lane.Monitor.ParkedRecords > 0)
        .Select(lane => $"shipping-{lane.Options.Name}");

    public async ValueTask DisposeAsync()
    {
        foreach (ShippingLane lane in Lanes)
        {
            await lane.Destination.DisposeAsync();
        }
    }

    private static ShippingLane CreateLane(DestinationOptions options, JournalFeed feed, TimeProvider time)
    {
        IDestination destination = CreateDestination(options, feed.Origin);
        var store = new ShippingStore(feed.DataDirectory, options.Name, feed.Files);
        var monitor = new ShippingMonitor(options.Name, store, time);
        monitor.Start();
        return new ShippingLane(
            options, destination, monitor,
            new Shipper(options, destination, feed, store, new Backoff(time), monitor, time));
    }
}
