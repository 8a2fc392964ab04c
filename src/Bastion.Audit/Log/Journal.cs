using System.Diagnostics;
using Bastion.Audit.Canonical;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;
using Bastion.Audit.Recordings;
using Bastion.Audit.Records;

namespace Bastion.Audit;

/// <summary>
/// The journal of a data directory, open for appending by this process alone. Appends from any number of sessions are
/// committed together: one write and one fsync for all that arrived while the disk was busy. Who finds the disk idle
/// commits itself, for handing over to another thread and back takes longer than a fast disk; what arrives meanwhile
/// is left to the journal's own thread.
/// </summary>
public sealed partial class Journal : IAsyncDisposable
{
    // Written in some milliseconds by any disk that is fit for a gateway.
    private const long MaximumGroupBytes = 4 * 1024 * 1024;

    private readonly JournalOptions _options;
    private readonly JournalWriter _writer;
    private readonly IDisposable _directoryLock;
    private readonly ITimer _checkpointTimer;
    private readonly ITimer _patienceTimer;
    private readonly SemaphoreSlim _places;
    private readonly Thread _committer;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Everything below is under this lock.
    private readonly object _gate = new();
    private List<PendingAppend> _arriving = [];
    private List<TaskCompletionSource<Checkpoint?>> _checkpointWaiters = [];
    private (INoteSigner Next, PeerText? By, TaskCompletionSource Done)? _rotation;
    private bool _checkpointDue;

    // Something that arrived is waited for. The rest may stay until something is.
    private bool _urgent;

    // Somebody uses the writer: the committer, or a caller of AppendAsync.
    private bool _committing;
    private bool _closing;
    private JournalHealth _health;
    private JournalUnavailableException? _fault;

    private Journal(
        JournalOptions options, JournalWriter writer, IDisposable directoryLock, JournalOpening opening,
        JournalTiles tiles)
    {
        this._options = options;
        this._writer = writer;
        this._directoryLock = directoryLock;
        Opening = opening;
        Tiles = tiles;
        _places = new SemaphoreSlim(options.MaximumPendingAppends, options.MaximumPendingAppends);
        _health =
            new JournalHealth(JournalState.Running, null, writer.Size, writer.Latest?.Size ?? 0, 0, TimeSpan.Zero);
        LatestCheckpoint = writer.Latest;
        _checkpointTimer = options.TimeProvider.CreateTimer(
            _ => RequestCheckpoint(null), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _patienceTimer = options.TimeProvider.CreateTimer(
            _ => CommitArrived(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // A thread of its own: when many wait for a slow disk, at most one of the threads that serve sessions waits in
        // it.
        _committer = new Thread(CommitLoop) { IsBackground = true, Name = "journal" };
        _committer.Start();
    }

    /// <summary>What opening found.</summary>
    public JournalOpening Opening { get; }

    /// <summary>Durable records.</summary>
    public long Size => Health.Size;

    public Checkpoint? LatestCheckpoint { get; private set; }

    /// <summary>The journal as a tiled log, for `/log/` and for proofs.</summary>
    public JournalTiles Tiles { get; }

    /// <summary>Completes when the journal was closed in order; fails with <see cref="JournalUnavailableException"/>
    /// when it faulted.</summary>
    public Task Completion => _completion.Task;

    public JournalHealth Health
    {
        get
        {
            lock (_gate)
            {
                return _health with { PendingAppends = _options.MaximumPendingAppends - _places.CurrentCount };
            }
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
        return Task.Run(() => Open(new JournalLayout(dataDirectory), options), cancellationToken);
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
            if (Enqueue(pending, waits) is { } batch)
            {
                CommitAsLeader(batch);
            }

            return await pending.Committed.Task;
        }
        finally
        {
            _places.Release();
        }
    }

    /// <summary>Signs a checkpoint over all that is durable now, unless the latest one covers it already.</summary>
    public Task<Checkpoint?> CheckpointAsync()
    {
        var waiter = new TaskCompletionSource<Checkpoint?>(TaskCreationOptions.RunContinuationsAsynchronously);
        RequestCheckpoint(waiter);
        return waiter.Task;
    }

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

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_fault is not null || _closing)
            {
                throw _fault ?? new JournalUnavailableException("the journal is closed");
            }

            _rotation = (next, by, done);
            Monitor.Pulse(_gate);
        }

        return done.Task;
    }

    /// <summary>Commits what is pending, writes `journal.closed`, signs the last checkpoint and gives the directory
    /// free.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.Pulse(_gate);
        }

        try
        {
            await _completion.Task;
        }
        catch (JournalUnavailableException)
        {
            // Said already, to every append and through Completion.
        }

        await _checkpointTimer.DisposeAsync();
        await _patienceTimer.DisposeAsync();
    }

    /// <summary>Gives back what the caller is to commit itself: all that has arrived, when the disk is idle.</summary>
    private List<PendingAppend>? Enqueue(PendingAppend pending, bool waits)
    {
        lock (_gate)
        {
            if (_fault is not null || _closing)
            {
                pending.Encoded.Dispose();
                throw _fault ?? new JournalUnavailableException("the journal is closed");
            }

            _arriving.Add(pending);
            if (!waits)
            {
                if (_arriving.Count == 1)
                {
                    _patienceTimer.Change(_options.Patience, Timeout.InfiniteTimeSpan);
                }

                return null;
            }

            // Others than workers of the pool serve more than one session and must not wait for a disk.
            if (!_committing && Thread.CurrentThread.IsThreadPoolThread)
            {
                _committing = true;
                List<PendingAppend> batch = _arriving;
                _arriving = [];
                return batch;
            }

            _urgent = true;
            if (!_committing)
            {
                Monitor.Pulse(_gate);
            }

            return null;
        }
    }

    /// <summary>One group, and what came meanwhile is the committer's: nobody commits for others without end.</summary>
    private void CommitAsLeader(List<PendingAppend> batch)
    {
        try
        {
            Commit(batch);
        }
        catch (Exception exception)
        {
            Fail(batch, exception);
        }

        lock (_gate)
        {
            _committing = false;
            if (HasWork)
            {
                Monitor.Pulse(_gate);
            }
        }
    }

    private bool HasWork => _urgent || _checkpointDue || _rotation is not null || _closing || _fault is not null;

    private void CommitArrived()
    {
        lock (_gate)
        {
            _urgent |= _arriving.Count > 0;
            Monitor.Pulse(_gate);
        }
    }

    private void RequestCheckpoint(TaskCompletionSource<Checkpoint?>? waiter)
    {
        lock (_gate)
        {
            if (waiter is not null && (_fault is not null || _completion.Task.IsCompleted))
            {
                waiter.SetException(_fault ?? new JournalUnavailableException("the journal is closed"));
                return;
            }

            if (waiter is not null)
            {
                _checkpointWaiters.Add(waiter);
            }

            _checkpointDue = true;
            Monitor.Pulse(_gate);
        }
    }

    private void CommitLoop()
    {
        var batch = new List<PendingAppend>();
        try
        {
            while (Take(ref batch, out List<TaskCompletionSource<Checkpoint?>> waiters, out bool sign))
            {
                Commit(batch);
                batch.Clear();
                if (sign)
                {
                    SignCheckpoint(waiters);
                }

                RotateKey();
                lock (_gate)
                {
                    _committing = false;
                }
            }

            if (_fault is not null)
            {
                // A leader's commit failed, and has said so to everybody.
                return;
            }

            _writer.Commit([new JournalClosed()]);
            SignCheckpoint([]);
            Finish(JournalState.Closed, null);
        }
        catch (Exception exception)
        {
            Fail(batch, exception);
        }
    }

    /// <summary>Waits for work and takes it all; false when the journal closes and nothing is left, and when it
    /// faulted.</summary>
    private bool Take(ref List<PendingAppend> batch, out List<TaskCompletionSource<Checkpoint?>> waiters, out bool sign)
    {
        lock (_gate)
        {
            while (_committing || !HasWork)
            {
                Monitor.Wait(_gate);
            }

            (batch, _arriving) = (_arriving, batch);
            (waiters, sign) = (_checkpointWaiters, _checkpointDue);
            _checkpointWaiters = [];
            _checkpointDue = false;
            _urgent = false;
            _committing = true;
            return _fault is null && (batch.Count > 0 || sign || _rotation is not null || !_closing);
        }
    }

    /// <summary>Commits in groups of bounded size, so that a burst of large records neither fills memory nor delays the
    /// first of them.</summary>
    private void Commit(List<PendingAppend> batch)
    {
        int start = 0;
        while (start < batch.Count)
        {
            int end = start;
            long bytes = 0;
            while (end < batch.Count && bytes < MaximumGroupBytes)
            {
                bytes += batch[end++].Encoded.MaximumLength;
            }

            CommitGroup(batch[start..end]);
            start = end;
        }
    }

    private void CommitGroup(List<PendingAppend> batch)
    {
        long started = Stopwatch.GetTimestamp();
        bool armed = _writer.HasUncheckpointed;
        long sequence = _writer.Commit([.. batch.Select(pending => pending.Encoded)]);
        foreach (PendingAppend pending in batch)
        {
            _writer.Observe(pending.Record);
            pending.Encoded.Dispose();
        }

        lock (_gate)
        {
            _health = _health with { Size = _writer.Size, LastCommitDuration = Stopwatch.GetElapsedTime(started) };
        }

        if (!armed)
        {
            _checkpointTimer.Change(_options.CheckpointInterval, Timeout.InfiniteTimeSpan);
        }

        foreach (PendingAppend pending in batch)
        {
            pending.Committed.SetResult(new JournalPosition(sequence++, pending.At));
        }
    }

    private void SignCheckpoint(List<TaskCompletionSource<Checkpoint?>> waiters)
    {
        try
        {
            Checkpoint? checkpoint = _writer.SignCheckpoint();
            lock (_gate)
            {
                _health = _health with { Size = _writer.Size, CheckpointSize = checkpoint?.Size ?? 0 };
                LatestCheckpoint = checkpoint;
            }

            waiters.ForEach(waiter => waiter.SetResult(checkpoint));
        }
        catch (Exception exception)
        {
            waiters.ForEach(waiter => waiter.SetException(Unavailable(exception)));
            throw;
        }
    }

    private void RotateKey()
    {
        (INoteSigner Next, PeerText? By, TaskCompletionSource Done)? asked;
        lock (_gate)
        {
            (asked, _rotation) = (_rotation, null);
        }

        if (asked is not { } change)
        {
            return;
        }

        try
        {
            _writer.RotateKey(change.Next, change.By);
            SignCheckpoint([]);
            change.Done.SetResult();
        }
        catch (Exception exception)
        {
            change.Done.SetException(Unavailable(exception));
            throw;
        }
    }

    private void Fail(List<PendingAppend> batch, Exception exception)
    {
        JournalUnavailableException unavailable = Unavailable(exception);
        List<PendingAppend> refused;
        List<TaskCompletionSource<Checkpoint?>> waiters;
        TaskCompletionSource? rotating;
        lock (_gate)
        {
            _fault = unavailable;
            rotating = _rotation?.Done;
            refused = [.. batch, .. _arriving];
            _arriving = [];
            waiters = _checkpointWaiters;
            _checkpointWaiters = [];
        }

        Finish(JournalState.Faulted, unavailable);
        foreach (PendingAppend pending in refused)
        {
            pending.Encoded.Dispose();
            pending.Committed.TrySetException(unavailable);
        }

        waiters.ForEach(waiter => waiter.TrySetException(unavailable));
        rotating?.TrySetException(unavailable);
    }

    private void Finish(JournalState state, JournalUnavailableException? unavailable)
    {
        _writer.Dispose();
        _directoryLock.Dispose();
        lock (_gate)
        {
            _health = _health with { State = state, Fault = unavailable?.Message };
        }

        if (unavailable is null)
        {
            _completion.SetResult();
        }
        else
        {
            _completion.SetException(unavailable);
            // Whoever asks Completion sees it; nobody has to.
            _ = _completion.Task.Exception;
        }
    }

    private static JournalUnavailableException Unavailable(Exception exception) => new(
        $"the journal cannot be written and takes no more records: {exception.Message} (free or mend the disk, then "
            + "start again)", exception);

    private sealed record PendingAppend(AuditRecord Record, EncodedRecord Encoded, DateTimeOffset At)
    {
        public TaskCompletionSource<JournalPosition> Committed { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
