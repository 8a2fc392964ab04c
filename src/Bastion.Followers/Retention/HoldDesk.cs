using System.Security.Cryptography;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;

namespace Bastion.Followers.Retention;

/// <summary>Where legal holds are placed and lifted. A hold is a record and nothing else.</summary>
internal sealed class HoldDesk(RetentionLedger ledger, EvidenceLog evidence) : IDisposable
{
    private const int IdBytes = 5;

    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <summary>Waits until a hold was placed or lifted. One caller at a time.</summary>
    public Task ChangedAsync(CancellationToken cancellationToken) => _changed.WaitAsync(cancellationToken);

    public void Dispose() => _changed.Dispose();

    /// <summary>The hold as it stands in the journal now.</summary>
    public async Task<LegalHold> PlaceAsync(HoldPlaced hold, CancellationToken cancellationToken)
    {
        await evidence.RecordAsync(hold);
        SayChanged();
        return (await ledger.HoldsAsync(cancellationToken)).Single(placed => placed.Id == hold.Hold);
    }

    /// <summary>Null when it is lifted, else why it is not.</summary>
    public async Task<string?> LiftAsync(HoldLifted lifting, CancellationToken cancellationToken)
    {
        LegalHold? hold =
            (await ledger.HoldsAsync(cancellationToken)).FirstOrDefault(placed => placed.Id == lifting.Hold);
        if (hold is null)
        {
            return "there is no such hold in force";
        }

        if (hold.By == lifting.By.ToString())
        {
            return "whoever placed a hold does not lift it: ask another auditor";
        }

        await evidence.RecordAsync(lifting);
        SayChanged();
        return null;
    }

    private void SayChanged()
    {
        lock (_changed)
        {
            if (_changed.CurrentCount == 0)
            {
                _changed.Release();
            }
        }
    }

    public static string NewId() => "H-" + Convert.ToHexString(RandomNumberGenerator.GetBytes(IdBytes));
}
