using Bastion.Audit.Records;
using Bastion.Control.Evidence;

namespace Bastion.Followers.Witnesses;

/// <summary>Asks each witness for itself, and says in the journal what one refused, and who has not answered for
/// long.</summary>
internal sealed partial class WitnessService(WitnessFleet fleet, EvidenceLog evidence, TimeProvider time,
    ILogger<WitnessService> log) : BackgroundService
{
    /// <summary>A restart of a witness is shorter than this and no news. A refusal is news at once.</summary>
    private static readonly TimeSpan NewsAfter = TimeSpan.FromMinutes(5);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(fleet.Lanes.Select(lane => RunAsync(lane, stoppingToken)));

    private async Task RunAsync(WitnessLane lane, CancellationToken cancellationToken)
    {
        await Task.Yield();
        WitnessState announced = WitnessState.Cosigning;
        await lane.RunAsync(TellAsync, cancellationToken);

        async Task TellAsync(WitnessStatus status)
        {
            bool patient = status.State == WitnessState.Failing && time.GetUtcNow() - status.Since < NewsAfter;
            if (patient || status.State == announced)
            {
                return;
            }

            announced = status.State;
            LogChanged(lane.Options.Name, status.State, status.Reason ?? "");
            await evidence.TryRecordAsync(new WitnessChanged
            {
                Witness = lane.Options.Key.ToString(),
                State = status.State switch
                {
                    WitnessState.Refused => "refused",
                    WitnessState.Failing => "failing",
                    _ => "cosigning",
                },
                Detail = status.Reason is { } reason ? PeerText.FromString(reason) : (PeerText?)null,
                Position = lane.Cosigned?.Size ?? 0,
            });
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "witness {Witness} is {State} {Reason}")]
    private partial void LogChanged(string witness, WitnessState state, string reason);
}
