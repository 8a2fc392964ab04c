using System.Diagnostics.Metrics;

namespace Bastion.Control;

/// <summary>What the control plane counts, for whoever listens to the meter <c>Bastion.Control</c>.</summary>
internal static class ControlMetrics
{
    public const string MeterName = "Bastion.Control";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Decisions = Meter.CreateCounter<long>(
        "bastion_gate_decisions", description: "Answers of the gate by verdict.");

    private static readonly Counter<long> Started = Meter.CreateCounter<long>(
        "bastion_sessions_started", description: "Sessions started.");

    private static readonly Counter<long> Ended = Meter.CreateCounter<long>(
        "bastion_sessions_ended", description: "Sessions ended by kind of end.");

    private static readonly Counter<long> Logins = Meter.CreateCounter<long>(
        "bastion_logins", description: "Logins by surface and outcome.");

    public static void Decided(string verdict) =>
        Decisions.Add(1, new KeyValuePair<string, object?>("verdict", verdict));

    public static void SessionStarted() => Started.Add(1);

    public static void SessionEnded(string kind) => Ended.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public static void Login(string surface, bool succeeded) => Logins.Add(
        1,
        new KeyValuePair<string, object?>("surface", surface),
        new KeyValuePair<string, object?>("outcome", succeeded ? "success" : "failure"));
}
