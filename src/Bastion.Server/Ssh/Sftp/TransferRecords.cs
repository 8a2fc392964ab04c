using Bastion.Audit.Records;
using Bastion.Control.Evidence;

namespace Bastion.Server.Ssh.Sftp;

/// <summary>
/// Records of finished transfers on their way to the journal. One waits a moment, so that it becomes durable in the
/// same commit as the decision on the next file: else a directory of small files would cost two commits a file.
/// </summary>
internal sealed class TransferRecords : IAsyncDisposable
{
    /// <summary>At most this much later than its transfer does a record go to the journal.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly EvidenceLog _evidence;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private FileTransferred? _waiting;
    private Task _written = Task.CompletedTask;

    public TransferRecords(EvidenceLog evidence, TimeProvider time)
    {
        _evidence = evidence;
        _timer = time.CreateTimer(_ => Write(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits for the record before the last, so that no more than two are ever on their way.</summary>
    /// <exception cref="EvidenceUnavailableException">An earlier record could not be written.</exception>
    public async ValueTask AddAsync(FileTransferred record)
    {
        Task written;
        lock (_lock)
        {
            written = _written;
        }
        await written;
        Write();
        lock (_lock)
        {
            _waiting = record;
        }
        _timer.Change(Patience, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Sends what waits to the journal, without waiting for it to be durable.</summary>
    public void Write()
    {
        lock (_lock)
        {
            if (_waiting is { } record)
            {
                _waiting = null;
                Task before = _written;
                Task now = _evidence.RecordAsync(record).AsTask();
                _written = before.IsCompletedSuccessfully ? now : Task.WhenAll(before, now);
            }
        }
    }

    /// <exception cref="EvidenceUnavailableException">A record could not be written.</exception>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        Write();
        await _written;
    }
}
