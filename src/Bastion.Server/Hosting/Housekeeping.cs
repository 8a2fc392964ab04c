using Bastion.Control.Approvals;
using Bastion.Control.Evidence;
using Bastion.Control.Sessions;

namespace Bastion.Server.Hosting;

/// <summary>What must happen by the clock: requests expire, sessions reach their limits, none goes on without a
/// journal, and files that were taken away are missed.</summary>
internal sealed partial class Housekeeping(
    Gateway gateway, ApprovalDesk desk, SessionRegistry sessions, EvidenceLog evidence, TimeProvider time,
    ILogger<Housekeeping> log)
        : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var heartbeat = new Heartbeat(time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (heartbeat.Beat() is { } pause)
                {
                    await evidence.TryRecordAsync(pause);
                }

                gateway.WatchDatabase();
                await desk.ExpireOverdueAsync();
                sessions.StopOverdue();
                if (!evidence.IsAvailable)
                {
                    sessions.StopAll(SessionEndKind.EvidenceFailed, "the journal cannot be written");
                }
            }
            catch (Exception failure)
            {
                // The next round tries again; whoever waits for a request expires it as well.
                LogFailed(failure);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "housekeeping failed")]
    private partial void LogFailed(Exception failure);
}
