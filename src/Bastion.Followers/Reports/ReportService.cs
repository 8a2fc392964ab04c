using System.Globalization;
using Bastion.Audit.Notes;
using Bastion.Audit.Reports;
using Bastion.Control.Evidence;
using Bastion.Control.Policies;
using Bastion.Followers.Notifications;

namespace Bastion.Followers.Reports;

/// <summary>
/// Makes the reports that are due, keeps them, records them and hands them to the outbox; makes up for those that a
/// stop missed; and records those that were made by hand. One at a time: a report reads a lot.
/// </summary>
internal sealed partial class ReportService(
    FollowerOptions options, INoteSigner signer, ReportStore store, Messenger messenger, PolicyHolder policies,
    EvidenceLog evidence,
    TimeProvider time, ILogger<ReportService> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _making = new(1, 1);
    private readonly HashSet<string> _unprinted = [];

    public override void Dispose()
    {
        _making.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await RecordThoseByHandAsync();
                foreach (ReportCadence cadence in options.Reports.Cadences)
                {
                    await MakeDueAsync(cadence, stoppingToken);
                }
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // The next round tries again: how far a cadence has come is noted only when its report is kept.
                LogFailed(failure);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Makes and sends one now, of any period.</summary>
    public async Task<MadeReport> MakeAsync(string kind, ReportPeriod period, string? by,
        CancellationToken cancellationToken)
    {
        await _making.WaitAsync(cancellationToken);
        try
        {
            MadeReport made = await new ReportMaker(time).MakeAsync(OrderOf(kind, period), cancellationToken);
            string directory = store.Keep(made);
            await evidence.RecordAsync(UnrecordedReports.RecordOf(made, by));
            await messenger.SendAsync(ReportMessage.Of(made, directory, options.Notifications.Language),
                options.Reports.To, cancellationToken);
            LogMade(made.Data.Head.Id, made.Data.Chain.Holds);
            return made;
        }
        finally
        {
            _making.Release();
        }
    }

    private async Task MakeDueAsync(ReportCadence cadence, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        if (store.MadeUntil(cadence.Name) is not { } until)
        {
            // New here: the first report is of the period that is running.
            await store.SetMadeUntilAsync(cadence.Name, ReportCalendar.Newest(cadence, options.Reports.Zone, now).To,
                cancellationToken);
            return;
        }

        foreach (ReportPeriod period in ReportCalendar.Missing(cadence, options.Reports.Zone, until, now))
        {
            await MakeAsync(cadence.Name, period, null, cancellationToken);
            await store.SetMadeUntilAsync(cadence.Name, period.To, cancellationToken);
        }
    }

    private async Task RecordThoseByHandAsync()
    {
        foreach ((string? file, Audit.Records.ReportMade? record) in UnrecordedReports.Take(options.DataDirectory,
            signer.VerifierKey))
        {
            await evidence.RecordAsync(record);
            File.Delete(file);
        }
    }

    private ReportOrder OrderOf(string kind, ReportPeriod period) => new()
    {
        DataDirectory = options.DataDirectory,
        Period = period,
        Kind = kind,
        Languages = options.Reports.Languages,
        Formats = PrintableFormats(),
        Recipients = messenger.AddressesOf(options.Reports.To),
        Policy = policies.Current,
        Signer = signer,
        RetentionDays = options.Retention.Days,
        Reading = new ReportReaderOptions { Whole = kind == "monthly", Recordings = true },
    };

    /// <summary>A report without its PDF is better than none; that it is missing is said once.</summary>
    private IReadOnlyList<string> PrintableFormats()
    {
        if (!options.Reports.Formats.Contains("pdf") || PdfPrinter.IsAvailable)
        {
            return options.Reports.Formats;
        }

        if (_unprinted.Add("pdf"))
        {
            LogUnprinted();
        }

        return [.. options.Reports.Formats.Where(format => format != "pdf")];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "report {Id} was made; the journal holds: {Holds}")]
    private partial void LogMade(string id, bool holds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "no Chromium is in PATH: reports are made without a PDF")]
    private partial void LogUnprinted();

    [LoggerMessage(Level = LogLevel.Error, Message = "a report was not made; it is tried again")]
    private partial void LogFailed(Exception failure);
}

/// <summary>How a report announces itself: enough to know whether to open it.</summary>
internal static class ReportMessage
{
    public static Message Of(MadeReport made, string directory, string language)
    {
        ReportData data = made.Data;
        bool chinese = language == "zh";
        string whole = data.Chain.Holds ? chinese ? "记录链完整" : "chain intact" : chinese ? "记录链已损坏" : "CHAIN BROKEN";
        var facts = new Dictionary<string, string>
        {
            ["holds"] = data.Chain.Holds ? "true" : "false",
            ["from"] = data.Head.From.ToString("o", CultureInfo.InvariantCulture),
            ["to"] = data.Head.To.ToString("o", CultureInfo.InvariantCulture),
            ["sessions"] = Text(data.Sessions.Started),
            ["held"] = Text(data.Acts.Held),
            ["approved"] = Text(data.Acts.Approved),
            ["forbidden"] = Text(data.Acts.Forbidden),
            ["selfApproved"] = Text(data.Acts.SelfApproved),
            ["failedLogins"] = Text(data.Logins.Failed),
            ["anomalies"] = Text(data.Anomalies.Total),
            ["note"] = made.Note?.ToString() ?? "",
        };
        string subject = $"[{data.Head.Journal}] {(chinese ? "访问审计报告" : "access report")} {data.Head.Id}: {whole}";
        string text =
            string.Join('\n', facts.Where(fact => fact.Key != "note").Select(fact => $"{fact.Key}: {fact.Value}"))
            + (chinese
            ? "\n\n报告见附件。校验：bastion report verify report.note --key KEY\n"
            : "\n\nThe report is attached. Verify it with: bastion report verify report.note --key KEY\n");
        return new Message(data.Head.Id, MessageKind.Report, subject, text, directory, facts);
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
