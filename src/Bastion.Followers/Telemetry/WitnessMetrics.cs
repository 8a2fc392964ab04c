using System.Diagnostics.Metrics;
using Bastion.Audit;
using Bastion.Followers.Witnesses;

namespace Bastion.Followers.Telemetry;

/// <summary>How far each witness is behind the journal.</summary>
internal sealed class WitnessMetrics : IDisposable
{
    private readonly Meter _meter = new("Bastion.Witnesses");

    public WitnessMetrics(WitnessFleet fleet, Journal journal)
    {
        _meter.CreateObservableGauge(
            "bastion_witness_lag_records",
            () => Each(fleet, lane => Math.Max(0, journal.Size - (lane.Cosigned?.Size ?? 0))),
            description: "Durable records that the witness has not cosigned yet.");
        _meter.CreateObservableGauge(
            "bastion_witness_lag_seconds", () => Each(fleet, lane => lane.Lag.TotalSeconds),
            description: "How long the newest checkpoint has waited for the witness.");
        _meter.CreateObservableGauge(
            "bastion_witness_up", () => Each(fleet, lane => lane.Status.State == WitnessState.Cosigning ? 1 : 0),
            description: "1 while the last answer was a cosignature.");
        _meter.CreateObservableGauge(
            "bastion_witness_refused", () => Each(fleet, lane => lane.Status.State == WitnessState.Refused ? 1 : 0),
            description: "1 while the witness holds another history of the journal: it was cut, rolled back or forked.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<T>> Each<T>(WitnessFleet fleet, Func<WitnessLane, T> read)
        where T : struct =>
        fleet.Lanes.Select(lane => new Measurement<T>(
            read(lane), new KeyValuePair<string, object?>("witness", lane.Options.Name)));
}
