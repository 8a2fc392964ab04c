using System.Globalization;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Audit.Anomalies;
using Bastion.Audit.Records;
using Bastion.Control;
using Bastion.Control.Evidence;
using Bastion.Followers.Notifications;
using Bastion.Followers.Reports.Pages;
using Bastion.Storage;

namespace Bastion.Followers.Anomalies;

/// <summary>
/// Follows the gateway's own journal: flags what is unusual, and tells those whom the policy or the configuration wants
/// told. What was handled is noted after it was, so a stop loses nothing; what it repeats is said once, since the flags
/// are in the journal themselves.
/// </summary>
internal sealed partial class JournalWatch(
    FollowerOptions options, Journal journal, EvidenceLog evidence, JournalCursors cursors, Notices notices,
    AnomalyBoard board,
    TimeProvider time, ILogger<JournalWatch> log) : BackgroundService
{
    private const string CursorName = "watch";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>What is usual is learned from this long before now.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromDays(90);

    /// <summary>How often the place is noted while much happens.</summary>
    private const int NoteEvery = 1000;

    private readonly AnomalyDetector _detector = new(options.Reports.Zone);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A gateway that never watched begins now: yesterday's oddities are for the reports. That is noted before
        // anything is awaited from the journal, which may stay quiet: a stop before the first record would begin anew
        // after it.
        long begun = journal.Size;
        using var timer = new PeriodicTimer(Interval, time);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                long? noted = cursors.Next(CursorName);
                long handled = noted ?? begun;
                if (noted is null)
                {
                    await cursors.SetAsync(CursorName, handled, stoppingToken);
                }

                long from = new JournalReader(options.DataDirectory).SegmentBefore(time.GetUtcNow() - Memory);
                using var cursor = new JournalCursor(options.DataDirectory, Math.Min(from, handled));
                await LearnAsync(cursor, handled, stoppingToken);
                await FollowAsync(cursor, timer, stoppingToken);
            }
            catch (Exception failure)
                when (failure is IOException or EvidenceUnavailableException or StoreUnavailableException)
            {
                LogFailed(failure);
                await timer.WaitForNextTickAsync(stoppingToken);
            }
        }
    }

    /// <summary>In the background, and giving way: a gateway that starts has better things to do.</summary>
    private async Task LearnAsync(JournalCursor cursor, long until, CancellationToken cancellationToken)
    {
        while (cursor.Next < until && cursor.TryRead(journal.Size) is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _detector.Observe(entry);
            ShowFlag(entry);
            if (cursor.Next % NoteEvery == 0)
            {
                await Task.Yield();
            }
        }
    }

    private async Task FollowAsync(JournalCursor cursor, PeriodicTimer timer, CancellationToken cancellationToken)
    {
        long noted = cursor.Next;
        do
        {
            while (cursor.TryRead(journal.Size) is { } entry)
            {
                await HandleAsync(entry, cancellationToken);
                if (cursor.Next - noted >= NoteEvery)
                {
                    noted = cursor.Next;
                    await cursors.SetAsync(CursorName, noted, cancellationToken);
                }
            }

            if (noted != cursor.Next)
            {
                noted = cursor.Next;
                await cursors.SetAsync(CursorName, noted, cancellationToken);
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task HandleAsync(JournalEntry entry, CancellationToken cancellationToken)
    {
        foreach (Anomaly anomaly in _detector.Observe(entry))
        {
            await evidence.RecordAsync(new AnomalyFlagged
            {
                Rule = anomaly.Rule,
                Subject = anomaly.Subject,
                Object = OptionalText.OrNone(anomaly.Object),
                Reason = anomaly.Reason,
                Evidence = anomaly.Evidence,
            });
        }

        if (ShowFlag(entry) is { } flag)
        {
            await TellOfAsync(flag, cancellationToken);
        }

        if (entry.Kind == "witness.changed")
        {
            await TellOfWitnessAsync(entry, cancellationToken);
        }

        if (entry.Kind is "command.decided" or "file.operation")
        {
            await TellOfDecisionAsync(entry, cancellationToken);
        }
    }

    private AnomalyView? ShowFlag(JournalEntry entry)
    {
        if (entry.Kind != "anomaly.flagged")
        {
            return null;
        }

        JsonElement data = entry.Data();
        var view = new AnomalyView(
            entry.Sequence, entry.At, entry.Text("rule") ?? "", entry.Text("subject") ?? "", entry.Text("object"),
            entry.Text("reason") ?? "",
            data.TryGetProperty("evidence", out JsonElement list)
                ? [.. list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Number)
                .Select(item => item.GetInt64())]
                : []);
        board.Add(view);
        return view;
    }

    private Task TellOfAsync(AnomalyView flag, CancellationToken cancellationToken)
    {
        string language = options.Notifications.Language;
        string name = AnomalyWords.Name(flag.Rule, language);
        var facts = new Dictionary<string, string>
        {
            ["rule"] = flag.Rule,
            ["subject"] = flag.Subject,
            ["object"] = flag.Object ?? "",
            ["record"] = flag.Record.ToString(CultureInfo.InvariantCulture),
            ["evidence"] = string.Join(',', flag.Evidence),
        };
        string who = VisibleText.Of(flag.Subject) + (flag.Object is { } thing ? $" ({VisibleText.Of(thing)})" : "");
        return notices.SayAsync(
            $"{flag.Rule}|{flag.Subject}|{flag.Object}",
            $"[{options.JournalName}] {(language == "zh" ? "异常" : "anomaly")}: {name}",
            $"{name}: {who}\n{VisibleText.Of(AnomalyWords.Reason(flag.Reason, language))}\n"
                + $"{(language == "zh" ? "记录" : "records")}: {facts["evidence"]}",
            facts, options.Notifications.Anomalies, cancellationToken);
    }

    /// <summary>Who is told of anomalies is told of this one too: it may be the only trace of an administrator's
    /// hand.</summary>
    private Task TellOfWitnessAsync(JournalEntry entry, CancellationToken cancellationToken)
    {
        (string? witness, string? state, string? detail) =
            (entry.Text("witness") ?? "", entry.Text("state") ?? "", entry.Text("detail") ?? "");
        var facts = new Dictionary<string, string>
        {
            ["witness"] = witness,
            ["state"] = state,
            ["record"] = entry.Sequence.ToString(CultureInfo.InvariantCulture),
        };
        bool chinese = options.Notifications.Language == "zh";
        string name = (state, chinese) switch
        {
            ("refused", false) => "a witness refuses the journal",
            ("refused", true) => "见证方拒绝为日志签名",
            ("failing", false) => "a witness does not cosign",
            ("failing", true) => "见证方未能联署",
            (_, false) => "a witness cosigns again",
            _ => "见证方已恢复联署",
        };
        return notices.SayAsync(
            $"witness|{witness}|{state}", $"[{options.JournalName}] {name}",
            $"{name}: {VisibleText.Of(witness)}\n{VisibleText.Of(detail)}", facts,
            options.Notifications.Anomalies, cancellationToken);
    }

    /// <summary>The policy's `notify`: who asked what of which target, and what became of it; not the command, which
    /// may be on a lock screen.</summary>
    private async Task TellOfDecisionAsync(JournalEntry entry, CancellationToken cancellationToken)
    {
        JsonElement data = entry.Data();
        if (!data.TryGetProperty("notify", out JsonElement notify) || notify.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        List<string> names = [.. notify.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String)
            .Select(name => name.GetString()!)];
        string rules = data.TryGetProperty("rules", out JsonElement list)
            ? string.Join(", ", list.EnumerateArray().Select(rule => rule.ToString()))
            : "";
        (string? user, string? target, string? verdict) =
            (entry.Text("user") ?? "", entry.Text("target") ?? "", entry.Text("verdict") ?? "");
        var facts = new Dictionary<string, string>
        {
            ["user"] = user,
            ["target"] = target,
            ["verdict"] = verdict,
            ["rules"] = rules,
            ["session"] = entry.Session ?? "",
            ["risk"] = entry.Text("risk") ?? "",
            ["record"] = entry.Sequence.ToString(CultureInfo.InvariantCulture),
            ["notify"] = string.Join(',', names),
        };
        bool chinese = options.Notifications.Language == "zh";
        await notices.SayAsync(
            $"decision|{rules}|{user}|{target}|{verdict}|{facts["notify"]}",
            $"[{options.JournalName}] {(chinese ? "策略通知" : "policy notice")}: {verdict}",
            chinese
                ? $"{VisibleText.Of(user)} 在 {VisibleText.Of(target)} 上的操作：{verdict}（规则 {VisibleText.Of(rules)}）。记录 "
                + $"{entry.Sequence}，会话 {entry.Session}。"
                : $"{VisibleText.Of(user)} on {VisibleText.Of(target)}: {verdict} (rules {VisibleText.Of(rules)}). "
                + $"Record {entry.Sequence}, session {entry.Session}.",
            facts, names, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "the journal is not watched for anomalies and notices; it is tried again")]
    private partial void LogFailed(Exception failure);
}
