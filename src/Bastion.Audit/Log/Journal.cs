using Bastion.Audit.Canonical;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;
using Bastion.Audit.Recordings;
using Bastion.Audit.Records;

namespace Bastion.Audit;

/// <summary>
/// The journal of a data directory, open for appending by this process alone. What is appended is committed by
/// <see cref="JournalCommitter"/>, and what is committed is signed by <see cref="CheckpointSigner"/>.
/// </summary>
public sealed class Journal : IAsyncDisposable
{
    private readonly JournalOptions _options;
    private readonly JournalWriter _writer;
    private readonly IDisposable _directoryLock;
    private readonly JournalCommitter _committer;
    private readonly CheckpointSigner _signer;
    private readonly ITimer _watch;
    private readonly SemaphoreSlim _places;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Journal(
        JournalOptions options, JournalWriter writer, IDisposable directoryLock, JournalOpening opening,
        JournalTiles tiles)
    {
        _options = options;
        _writer = writer;
        _directoryLock = directoryLock;
        Opening = opening;
        Tiles = tiles;
        _places = new SemaphoreSlim(options.MaximumPendingAppends, options.MaximumPendingAppends);
        _committer = new JournalCommitter(options, writer, () => _signer!.Uncovered());
        _signer = new CheckpointSigner(options, _committer);
        _watch = options.TimeProvider.CreateTimer(_ => Watch(), null, options.WatchInterval, options.WatchInterval);
        _ = FinishAsync();
    }

    /// <summary>What opening found.</summary>
    public JournalOpening Opening { get; }

    /// <summary>Durable records.</summary>
    public long Size => _committer.State.Size;

    public Checkpoint? LatestCheckpoint => _writer.Latest;

    /// <summary>The journal as a tiled log, for `/log/` and for proofs.</summary>
    public JournalTiles Tiles { get; }

    /// <summary>Completes when the journal was closed in order; fails with <see cref="JournalUnavailableException"/>
    /// when it faulted.</summary>
    public Task Completion => _completion.Task;

    public JournalHealth Health
    {
        get
        {
            (long size, TimeSpan lastCommit, JournalUnavailableException? fault) = _committer.State;
            JournalState state = fault is not null ? JournalState.Faulted
                : _completion.Task.IsCompleted ? JournalState.Closed
                : JournalState.Running;
            return new JournalHealth(
                state, fault?.Message, size, LatestCheckpoint?.Size ?? 0,
                _options.MaximumPendingAppends - _places.CurrentCount, lastCommit);
        }
    }

    /// <summary>
    /// Opens `journal/` below <paramref name="dataDirectory"/>, making it when it is missing. Cuts off a torn tail,
    /// writes what it found, and closes the sessions that a crash left open.
    /// </summary>
    /// <exception cref="JournalDamagedException">What was acknowledged is not there as it was written.</exception>
    /// <exception cref="JournalUnavailableException">Another process has it, or something foreign lies in
    /// it.</exception>
    public static Task<Journal> OpenAsync(string dataDirectory, JournalOptions options,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Task.Run(() => JournalOpener.Open(new JournalLayout(dataDirectory), options), cancellationToken);
    }

    /// <summary>
    /// Appends a record. When the task completes the record is durable. Cancelling helps only while it waits for a
    /// place among the pending ones; once taken up it is committed.
    /// </summary>
    /// <exception cref="JournalUnavailableException">The journal is faulted or closed; the record is not in
    /// it.</exception>
    public Task<JournalPosition> AppendAsync(AuditRecord record, CancellationToken cancellationToken = default) =>
        AppendAsync(record, waits: true, cancellationToken);

    /// <summary>
    /// The same for a record that nothing waits for (what has happened, not what is about to): it may become durable
    /// together with the next one that something waits for, at most <see cref="JournalOptions.Patience"/> later.
    /// </summary>
    /// <exception cref="JournalUnavailableException">The journal is faulted or closed; the record is not in
    /// it.</exception>
    public Task<JournalPosition> AppendSoonAsync(AuditRecord record, CancellationToken cancellationToken = default) =>
        AppendAsync(record, waits: false, cancellationToken);

    private async Task<JournalPosition> AppendAsync(AuditRecord record, bool waits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Session is not null && !RecordingPath.IsSessionId(record.Session))
        {
            throw new ArgumentException($"`{record.Session}` is no session identifier", nameof(record));
        }

        await _places.WaitAsync(cancellationToken);
        try
        {
            DateTimeOffset at = _options.TimeProvider.GetUtcNow();
            var pending = new PendingAppend(record, RecordEncoder.Encode(record, at), at);
            _committer.Append(pending, waits);
            return await pending.Committed.Task;
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Signs a checkpoint over all that is durable now, unless the latest one covers it already.</summary>
    public Task<Checkpoint?> CheckpointAsync() => _signer.SignAsync();

    /// <summary>
    /// The receipt for a record: it, its proof, and a checkpoint that covers it, signed now if need be. For the person
    /// whom the record is about.
    /// </summary>
    public async Task<Receipt> ReceiptAsync(long sequence)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sequence, Size);
        if ((LatestCheckpoint?.Size ?? 0) <= sequence)
        {
            await CheckpointAsync();
        }

        return await Task.Run(() => Tiles.ReceiptFor(sequence))
            ?? throw new JournalUnavailableException("the checkpoint that was just signed cannot be read back");
    }

    /// <summary>
    /// Lets another key sign from now on. The next opening needs the new one; keep the old public key for those who
    /// trust it.
    /// </summary>
    public Task RotateKeyAsync(INoteSigner next, PeerText? by = null)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (next.VerifierKey.Name != _options.Signer.VerifierKey.Name)
        {
            throw new ArgumentException($"the new key must keep the log's name, `{_options.Signer.VerifierKey.Name}`",
                nameof(next));
        }

        return Task.Run(() => _committer.Alone(writer =>
        {
            writer.RotateKey(next, by);
            return next;
        }));
    }

    /// <summary>Commits what is pending, writes `journal.closed`, signs the last checkpoint and gives the directory
    /// free.</summary>
    public async ValueTask DisposeAsync()
    {
        await _signer.StopAsync();
        _committer.Close();
        await Task.WhenAny(_completion.Task);
        await _watch.DisposeAsync();
        _signer.Dispose();
        _committer.Dispose();
    }

    private void Watch()
    {
        if (!_completion.Task.IsCompleted && _writer.Misplaced is { } path)
        {
            _committer.Fail(JournalUnavailableException.Misplaced(path));
        }
    }

    /// <summary>When nobody commits any more: the last words, if it did not fault, and everything is given
    /// back.</summary>
    private async Task FinishAsync()
    {
        await _committer.Ended;
        await _signer.StopAsync();
        if (_committer.State.Fault is null)
        {
            try
            {
                _writer.Commit([new JournalClosed()]);
                _writer.SignCheckpoint();
            }
            catch (Exception exception)
            {
                _committer.Fail(exception);
            }
        }

        _writer.Dispose();
        _directoryLock.Dispose();
        if (_committer.State.Fault is { } fault)
        {
            _completion.SetException(fault);
            // Whoever asks Completion sees it; nobody has to.
            _ = _completion.Task.Exception;
        }
        else
        {
            _completion.SetResult();
        }
    }
}
