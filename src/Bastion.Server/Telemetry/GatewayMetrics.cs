using System.Diagnostics.Metrics;
using Bastion.Audit;
using Bastion.Control.Approvals;
using Bastion.Control.Policies;
using Bastion.Control.Sessions;

namespace Bastion.Server.Telemetry;

/// <summary>What can be read off the gateway at any moment.</summary>
internal sealed class GatewayMetrics : IDisposable
{
    private readonly Meter _meter = new("Bastion.Gateway");

    public GatewayMetrics(SessionRegistry sessions, ApprovalDesk desk, Journal journal, PolicyHolder policies)
    {
        _meter.CreateObservableGauge("bastion_sessions_running", () => sessions.Count,
            description: "Sessions running now.");
        _meter.CreateObservableGauge(
            "bastion_requests_open", () => desk.Open.Count, description: "Requests that wait for approval or for use.");
        _meter.CreateObservableCounter("bastion_journal_records", () => journal.Size, description: "Durable records.");
        _meter.CreateObservableGauge(
            "bastion_journal_pending", () => journal.Health.PendingAppends,
            description: "Records that wait for the disk.");
        _meter.CreateObservableGauge(
            "bastion_journal_commit_seconds",
            () => journal.Health.LastCommitDuration.TotalSeconds,
            description: "How long the last group commit took.");
        _meter.CreateObservableGauge(
            "bastion_journal_up",
            () => journal.Health.State == JournalState.Running ? 1 : 0,
            description: "1 while the journal takes records.");
        _meter.CreateObservableGauge(
            "bastion_policy_current",
            () => policies.LastErrors.Count == 0 ? 1 : 0,
            description: "Whether the policy in force is what its files say: 0 since a change that had errors.");
        _meter.CreateObservableGauge(
            "bastion_managed_memory_bytes", () => GC.GetTotalMemory(forceFullCollection: false),
            description: "Managed heap.");
    }

    public void Dispose() => _meter.Dispose();
}
