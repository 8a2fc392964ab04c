using Bastion.Audit.Recordings;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Followers.Archive;
using Bastion.Followers.Reports;

namespace Bastion.Followers.Retention;

/// <summary>
/// Deletes recordings whose time is over: first the key, which is recorded, then the parts, here and in every archive.
/// The journal is never deleted.
/// </summary>
internal sealed partial class RetentionService(
    FollowerOptions options, RetentionLedger ledger, HoldDesk holds, RecordingShredder shredder, ArchiveFleet archives,
    ReportStore reports, EvidenceLog evidence,
    TimeProvider time, ILogger<RetentionService> log) : BackgroundService
{
    private const string By = "retention";

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>An archive's lock runs from when it was put there, which may have been days after the
    /// recording.</summary>
    private static readonly TimeSpan ArchivesTriedFor = TimeSpan.FromDays(60);

    private readonly IReadOnlyList<(string Name, ArchiveHolds Holds)> _archiveHolds =
        [.. archives.Lanes.Select(lane =>
        (lane.Options.Name, new ArchiveHolds(lane.Store, new ArchiveNames(lane.Options.Prefix, options.JournalName))))];

    /// <summary>One round. Again after a crash it finishes what was begun.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        foreach (string session in await ledger.DueAsync(cancellationToken))
        {
            ShredOutcome outcome =
                await shredder.ShredAsync(session, By, $"{options.Retention.Days} days are over", cancellationToken);
            LogShredded(session, outcome.Result);
        }

        await RemoveReportsAsync(cancellationToken);
        foreach (string session in await ledger.ShreddedSinceAsync(time.GetUtcNow() - ArchivesTriedFor,
            cancellationToken))
        {
            await RemoveHereAsync(session, cancellationToken);
            foreach (ArchiveLane lane in archives.Lanes)
            {
                await RemoveThereAsync(lane, session, cancellationToken);
            }
        }
    }

    /// <summary>Kept reports whose time is over; a hold on everything is one on them too. Their records and digests
    /// stay in the journal.</summary>
    private async Task RemoveReportsAsync(CancellationToken cancellationToken)
    {
        int days = options.Reports.KeepDays ?? options.Retention.Days;
        if ((await ledger.HoldsAsync(cancellationToken)).Any(hold => hold.Everything))
        {
            return;
        }

        foreach (string id in reports.Before(time.GetUtcNow() - TimeSpan.FromDays(days)))
        {
            await evidence.RecordAsync(new AdministrationChanged
            {
                Action = "report.removed",
                By = By,
                Subject = id,
                Detail = $"{days} days are over",
            });
            reports.Remove(id);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await evidence.TryRecordAsync(new RetentionStated
        {
            Days = options.Retention.Days,
            Reason = options.Retention.Reason is { } reason ? PeerText.FromString(reason) : default(PeerText?),
            By = options.Retention.ReasonBy is { } by ? PeerText.FromString(by) : default(PeerText?),
        });
        await Task.WhenAll(DeleteAsync(stoppingToken), CarryHoldsOverAsync(stoppingToken));
    }

    private async Task DeleteAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await RunOnceAsync(cancellationToken);
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // Deleting late is no harm; the next round tries again.
                LogFailed(failure);
            }
        }
    }

    /// <summary>When a hold changes, and each hour for what was recorded and archived meanwhile: far less than an
    /// archive locks by itself.</summary>
    private async Task CarryHoldsOverAsync(CancellationToken cancellationToken)
    {
        while (_archiveHolds.Count > 0)
        {
            foreach ((string? name, ArchiveHolds? archive) in _archiveHolds)
            {
                try
                {
                    await archive.CarryOverAsync(await ledger.CoverageAsync(cancellationToken), cancellationToken);
                }
                catch (Exception failure) when (failure is not OperationCanceledException)
                {
                    LogNotHeld(name, failure.Message);
                }
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(holds.ChangedAsync(over.Token), Task.Delay(Interval, time, over.Token));
            await over.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task RemoveHereAsync(string session, CancellationToken cancellationToken)
    {
        string directory = Path.Combine(options.DataDirectory, "recordings", session);
        if (!RecordingPath.IsSessionId(session) || !Directory.Exists(directory))
        {
            return;
        }

        // A crash between record and removal left the key: destroyed again, and recorded again.
        if ((await shredder.ShredAsync(session, By, "finishes what was begun",
            cancellationToken)).Result != ShredResult.Kept)
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task RemoveThereAsync(ArchiveLane lane, string session, CancellationToken cancellationToken)
    {
        try
        {
            var names = new ArchiveNames(lane.Options.Prefix, options.JournalName);
            await foreach (ArchivedObject found in lane.Store.ListAsync(names.Recording(session, ""),
                cancellationToken))
            {
                await RemoveAsync(lane.Store, found, cancellationToken);
            }
        }
        catch (IOException failure)
        {
            LogNotYet(lane.Options.Name, session, failure.Message);
        }
    }

    private static async Task RemoveAsync(IArchiveStore store, ArchivedObject found,
        CancellationToken cancellationToken)
    {
        try
        {
            await store.DeleteAsync(found.Key, cancellationToken);
        }
        catch (IOException)
        {
            // Perhaps under a hold that was lifted while the store did not answer. Not first: who may delete need not
            // be let change holds.
            await store.HoldAsync(found, isHeld: false, cancellationToken);
            await store.DeleteAsync(found.Key, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Information,
        Message = "retention of the recordings of session {Session} is over: {Result}")]
    private partial void LogShredded(string session, ShredResult result);

    [LoggerMessage(Level = LogLevel.Information,
        Message = "archive {Archive} keeps the recordings of session {Session} for now: {Reason}")]
    private partial void LogNotYet(string archive, string session, string reason);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "legal holds are not carried over to archive {Archive}: {Reason}; it is tried again within the hour")]
    private partial void LogNotHeld(string archive, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "the round of retention failed")]
    private partial void LogFailed(Exception failure);
}
