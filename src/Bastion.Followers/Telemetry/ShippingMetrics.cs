using System.Diagnostics.Metrics;
using Bastion.Audit;
using Bastion.Followers.Shipping;

namespace Bastion.Followers.Telemetry;

/// <summary>How far each copy is behind the journal.</summary>
internal sealed class ShippingMetrics : IDisposable
{
    private readonly Meter _meter = new("Bastion.Shipping");

    public ShippingMetrics(ShippingFleet fleet, Journal journal)
    {
        _meter.CreateObservableGauge(
            "bastion_ship_lag_records", () => Each(fleet, monitor => journal.Size - monitor.Position),
            description: "Durable records that are not shipped yet.");
        _meter.CreateObservableGauge(
            "bastion_ship_lag_seconds", () => Each(fleet, monitor => monitor.Lag.TotalSeconds),
            description: "How long the oldest unshipped record has waited.");
        _meter.CreateObservableGauge(
            "bastion_ship_parked", () => Each(fleet, monitor => monitor.ParkedRecords),
            description: "Records that the destination refused, in the dead-letter file.");
        _meter.CreateObservableCounter(
            "bastion_ship_records", () => Each(fleet, monitor => monitor.DeliveredRecords),
            description: "Records acknowledged by the destination.");
        _meter.CreateObservableCounter(
            "bastion_ship_failures", () => Each(fleet, monitor => monitor.Failures), description: "Tries that failed.");
        _meter.CreateObservableGauge(
            "bastion_ship_up", () => Each(fleet, monitor => monitor.State.State == "shipping" ? 1 : 0),
            description: "1 while the last try succeeded.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<T>> Each<T>(ShippingFleet fleet, Func<ShippingMonitor, T> read)
        where T : struct =>
        fleet.Lanes.Select(lane => new Measurement<T>(
            read(lane.Monitor), new KeyValuePair<string, object?>("destination", lane.Options.Name)));
}
