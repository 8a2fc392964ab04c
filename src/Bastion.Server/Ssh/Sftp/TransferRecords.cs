using Bastion.Audit.Records;
using Bastion.Control.Evidence;

namespace Bastion.Server.Ssh.Sftp;

/// <summary>
/// Records of finished transfers on their way to the journal. They become durable in the same commit as the decision on
/// the next file: else a directory of small files would cost two commits a file.
/// </summary>
internal sealed class TransferRecords(EvidenceLog evidence) : IAsyncDisposable
{
    /// <summary>On their way at once. Only a client that closes many files at a time ever waits for the
    /// oldest.</summary>
    private const int Maximum = 64;

    private readonly Queue<Task> _written = new();

    /// <exception cref="EvidenceUnavailableException">An earlier record could not be written.</exception>
    public async ValueTask AddAsync(FileTransferred record)
    {
        while (_written.TryPeek(out Task? oldest) && (oldest.IsCompleted || _written.Count >= Maximum))
        {
            await _written.Dequeue();
        }

        _written.Enqueue(evidence.RecordSoonAsync(record).AsTask());
    }

    /// <exception cref="EvidenceUnavailableException">A record could not be written.</exception>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_written);
}
