using Bastion.Audit;
using Bastion.Audit.Records;

namespace Bastion.Control.Evidence;

/// <summary>The journal did not take a record. Whatever waited for it must not happen.</summary>
public sealed class EvidenceUnavailableException(JournalUnavailableException inner) : Exception(inner.Message, inner);

/// <summary>
/// The one way to the journal. A record is durable when the call returns. There is no cancellation: a decision that
/// began to be written is written, whoever has gone away meanwhile.
/// </summary>
public sealed class EvidenceLog(Journal journal)
{
    /// <summary>False from the first failed write on: no new session starts without evidence.</summary>
    public bool IsAvailable => journal.Health.State == JournalState.Running;

    public ValueTask<JournalPosition> RecordAsync(AuditRecord record) => AppendAsync(journal.AppendAsync(record));

    /// <summary>
    /// For what has happened and nothing waits for: durable with the next record that something waits for, or a moment
    /// later.
    /// </summary>
    public ValueTask<JournalPosition> RecordSoonAsync(AuditRecord record) =>
        AppendAsync(journal.AppendSoonAsync(record));

    /// <summary>For what makes things safer (a refusal, an end): it happens also when it cannot be recorded.</summary>
    public async ValueTask<JournalPosition?> TryRecordAsync(AuditRecord record)
    {
        try
        {
            return await RecordAsync(record);
        }
        catch (EvidenceUnavailableException)
        {
            return null;
        }
    }

    private static async ValueTask<JournalPosition> AppendAsync(Task<JournalPosition> appending)
    {
        try
        {
            return await appending;
        }
        catch (JournalUnavailableException failure)
        {
            throw new EvidenceUnavailableException(failure);
        }
    }
}
