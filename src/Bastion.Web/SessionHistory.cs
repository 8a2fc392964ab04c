using Bastion.Audit;
using Bastion.Audit.Masking;
using Bastion.Control.Sessions;

namespace Bastion.Web;

/// <summary>Reads what happened in one session back from the journal.</summary>
internal sealed class SessionHistory(JournalReader journal)
{
    /// <summary>More than a person reads; a longer history is for the search over the journal.</summary>
    private const int MaximumEvents = 5_000;

    /// <summary>What tells the story; openings and ends of channels stay in the journal.</summary>
    private static readonly string[] Told =
    [
        "session.started", "session.ended", "session.interrupted", "command.decided", "file.operation",
        "approval.approved", "approval.denied", "approval.expired", "approval.withdrawn", "approval.superseded",
        "channel.refused", "request.refused",
    ];

    /// <param name="unmasked">With keys, tokens and passwords as they were typed.</param>
    public IReadOnlyList<SessionEventView> EventsOf(SessionSummary session, bool unmasked,
        CancellationToken cancellationToken)
    {
        var events = new List<SessionEventView>();
        DateTimeOffset? recorded = session.Recordings.Count == 0
            ? (DateTimeOffset?)null
            : session.Recordings[0].Started;
        foreach (JournalEntry entry in journal.Read(session.FirstRecord))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.Session == session.Id && Told.Contains(entry.Kind))
            {
                SessionEventView told = EventOf(entry, recorded);
                events.Add(unmasked ? told : told with { Text = SecretMask.Of(told.Text) });
            }

            bool over = entry.Session == session.Id && entry.Kind is ("session.ended" or "session.interrupted");
            if (over || events.Count == MaximumEvents || entry.Sequence >= session.LastRecord)
            {
                break;
            }
        }

        return events;
    }

    private static SessionEventView EventOf(JournalEntry entry, DateTimeOffset? recorded) => new(
        entry.Sequence,
        entry.At,
        recorded is { } start ? Math.Max(0, (entry.At - start).TotalSeconds) : null,
        entry.Kind,
        TextOf(entry),
        entry.Text("risk"),
        entry.Text("verdict"));

    private static string TextOf(JournalEntry entry) => entry.Kind switch
    {
        "session.started" => $"{entry.Text("account")}@{entry.Text("target")}",
        "file.operation" when entry.Text("destination") is { } to =>
            $"{entry.Text("operation")} {entry.Text("path")} -> {to}",
        "file.operation" => $"{entry.Text("operation")} {entry.Text("path")}",
        "approval.approved" or "approval.denied" =>
            entry.Text("reason") is { } reason ? $"{entry.Text("approver")}: {reason}" : entry.Text("approver") ?? "",
        _ => entry.Text("command") ?? entry.Text("detail") ?? entry.Text("reason") ?? "",
    };
}
