using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;
using Bastion.Control.Approvals;
using Bastion.Control.Sessions;
using Bastion.Followers.Witnesses;

namespace Bastion.Followers.Receipts;

/// <summary>
/// Hands people the proof of their own acts: the records, each with its way to a checkpoint that is signed over all of
/// them. What is handed out pins the journal: from then on nobody can take out, change or re-order what came before.
/// </summary>
public sealed class ReceiptDesk(Journal journal, JournalReader reader, SessionRegistry sessions, WitnessFleet witnesses)
{
    /// <summary>The newest so many of a session; each is some 1.5 kB. The last one pins those before it as
    /// well.</summary>
    public const int MaximumReceipts = 500;

    /// <summary>Acts of people and what became of them. What else a session leaves is pinned by these.</summary>
    private static readonly string[] Acts =
    [
        "session.started", "session.ended", "session.interrupted", "command.decided", "command.released",
        "command.ended",
        "file.operation", "file.transferred", "approval.requested", "approval.approved", "approval.denied",
        "approval.expired",
        "approval.withdrawn", "approval.consumed", "approval.superseded", "channel.refused", "request.refused",
        "recording.sealed",
    ];

    /// <summary>A file of receipts for one session; empty when the journal has nothing of it.</summary>
    public Task<string> OfSessionAsync(SessionSummary session, CancellationToken cancellationToken) =>
        WriteAsync(RecordsOf(session, cancellationToken).Where(entry => Acts.Contains(entry.Kind)), cancellationToken);

    /// <summary>A file of receipts for one request: what was asked, who decided with what proof, and whether it was
    /// used.</summary>
    public async Task<string> OfRequestAsync(ApprovalRequest request, CancellationToken cancellationToken) =>
        await sessions.FindSummaryAsync(request.SessionId, cancellationToken) is { } session
            ? await WriteAsync(
                RecordsOf(session, cancellationToken).Where(entry => entry.Text("request") == request.Id),
                cancellationToken)
            : "";

    /// <summary>All records of a session, in order.</summary>
    public IEnumerable<JournalEntry> RecordsOf(SessionSummary session, CancellationToken cancellationToken)
    {
        foreach (JournalEntry entry in reader.Read(session.FirstRecord))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.Session == session.Id)
            {
                yield return entry;
            }

            bool over = entry.Session == session.Id && entry.Kind is ("session.ended" or "session.interrupted");
            if (over || entry.Sequence >= session.LastRecord)
            {
                yield break;
            }
        }
    }

    private async Task<string> WriteAsync(IEnumerable<JournalEntry> entries, CancellationToken cancellationToken)
    {
        var sequences = new Queue<long>();
        foreach (JournalEntry entry in entries)
        {
            sequences.Enqueue(entry.Sequence);
            if (sequences.Count > MaximumReceipts)
            {
                sequences.Dequeue();
            }
        }

        var receipts = new List<Receipt>(sequences.Count);
        if (sequences.Count == 0)
        {
            return "";
        }

        await journal.CheckpointAsync();
        Checkpoint head = await witnesses.HeadAsync(cancellationToken)
            ?? throw new JournalUnavailableException("the checkpoint that was just signed cannot be read back");
        foreach (long sequence in sequences)
        {
            cancellationToken.ThrowIfCancellationRequested();
            receipts.Add(journal.Tiles.ReceiptFor(sequence, head));
        }

        return string.Join('\n', receipts);
    }
}
