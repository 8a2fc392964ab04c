using System.Diagnostics.Metrics;
using Bastion.Audit;
using Bastion.Followers.Archive;

namespace Bastion.Followers.Telemetry;

/// <summary>How far each archive is behind the journal.</summary>
internal sealed class ArchiveMetrics : IDisposable
{
    private readonly Meter _meter = new("Bastion.Archive");

    public ArchiveMetrics(ArchiveFleet fleet, Journal journal)
    {
        _meter.CreateObservableGauge(
            "bastion_archive_lag_records", () => Each(fleet, monitor => journal.Size - monitor.Position),
            description: "Durable records that are not archived yet.");
        _meter.CreateObservableGauge(
            "bastion_archive_lag_seconds", () => Each(fleet, monitor => monitor.Lag.TotalSeconds),
            description: "How long the oldest record that is signed and not archived has waited.");
        _meter.CreateObservableCounter(
            "bastion_archive_bytes", () => Each(fleet, monitor => monitor.Bytes),
            description: "Bytes of records archived.");
        _meter.CreateObservableGauge(
            "bastion_archive_up", () => Each(fleet, monitor => monitor.Fault is null ? 1 : 0),
            description: "1 while the last round succeeded.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<T>> Each<T>(ArchiveFleet fleet, Func<ArchiveMonitor, T> read)
        where T : struct =>
        fleet.Lanes.Select(lane => new Measurement<T>(
            read(lane.Monitor), new KeyValuePair<string, object?>("archive", lane.Options.Name)));
}
