using Bastion.Audit.Records;

namespace Bastion.Control.Evidence;

/// <summary>The journal did not take a record. Whatever waited for it must not happen.</summary>
public sealed class EvidenceUnavailableException(Exception inner)
    : Exception("the journal cannot be written: " + inner.Message, inner);

/// <summary>
/// The one way to the journal. A record is durable when the call returns. There is no cancellation: a decision that began
/// to be written is written, whoever has gone away meanwhile.
/// </summary>
public sealed class EvidenceLog(Func<AuditRecord, ValueTask> append)
{
    private int _failed;

    /// <summary>False from the first failed write on: no new session starts without evidence.</summary>
    public bool IsAvailable => Volatile.Read(ref _failed) == 0;

    public async ValueTask RecordAsync(AuditRecord record)
    {
        try
        {
            await append(record);
        }
        catch (Exception failure)
        {
            Volatile.Write(ref _failed, 1);
            throw new EvidenceUnavailableException(failure);
        }
    }

    /// <summary>For what makes things safer (a refusal, an end): it happens also when it cannot be recorded.</summary>
    public async ValueTask<bool> TryRecordAsync(AuditRecord record)
    {
        try
        {
            await RecordAsync(record);
            return true;
        }
        catch (EvidenceUnavailableException)
        {
            return false;
        }
    }
}
