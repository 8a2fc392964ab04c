using System.Diagnostics;
using Bastion.Audit.Canonical;
using Bastion.Audit.Records;

namespace Bastion.Audit;

/// <summary>A record on its way to the disk.</summary>
internal sealed record PendingAppend(AuditRecord Record, EncodedRecord Encoded, DateTimeOffset At)
{
    public TaskCompletionSource<JournalPosition> Committed { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// Puts records on disk in groups: one write and one fsync for all that arrived while the disk was busy. Who finds the
/// disk idle commits itself, for handing over to another thread and back takes longer than a fast disk; what arrives
/// meanwhile is left to a thread of its own. One thread at a time has the writer. The first thing that fails is the
/// last thing done: after a failed fsync nothing is known about what was written before, so none is tried again.
/// </summary>
internal sealed class JournalCommitter : IDisposable
{
    // Written in some milliseconds by any disk that is fit for a gateway.
    private const long MaximumGroupBytes = 4 * 1024 * 1024;

    private readonly JournalOptions _options;
    private readonly JournalWriter _writer;
    private readonly Action _uncovered;
    private readonly ITimer _patienceTimer;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Everything below is under this lock.
    private readonly object _gate = new();
    private List<PendingAppend> _arriving = [];

    // Something that arrived is waited for. The rest may stay until something is.
    private bool _urgent;

    // Somebody has the writer: the committer's thread, a caller of AppendAsync, or one of Alone.
    private bool _committing;

    // So many wait to have the writer for themselves; they go first.
    private int _alone;
    private bool _closing;
    private bool _ending;
    private long _size;
    private TimeSpan _lastCommit;
    private JournalUnavailableException? _fault;

    /// <param name="options">Of the journal.</param>
    /// <param name="writer">Whoever has a turn here uses it, nobody else.</param>
    /// <param name="uncovered">Told after each group: there are records that no checkpoint covers.</param>
    public JournalCommitter(JournalOptions options, JournalWriter writer, Action uncovered)
    {
        _options = options;
        _writer = writer;
        _uncovered = uncovered;
        _size = writer.Size;
        _patienceTimer = options.TimeProvider.CreateTimer(
            _ => CommitArrived(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // A thread of its own: when many wait for a slow disk, at most one of the threads that serve sessions waits in
        // it.
        new Thread(Run) { IsBackground = true, Name = "journal" }.Start();
    }

    /// <summary>Completes when nothing is committed any more: everything that was taken up is durable, or it
    /// faulted.</summary>
    public Task Ended => _ended.Task;

    public (long Size, TimeSpan LastCommit, JournalUnavailableException? Fault) State
    {
        get
        {
            lock (_gate)
            {
                return (_size, _lastCommit, _fault);
            }
        }
    }

    /// <summary>Takes a record up; commits it on the caller's thread when nobody else is at it.</summary>
    /// <exception cref="JournalUnavailableException">Nothing is taken up any more.</exception>
    public void Append(PendingAppend pending, bool waits)
    {
        if (Enqueue(pending, waits) is { } batch)
        {
            CommitAsLeader(batch);
        }
    }

    /// <summary>Lets the caller have the writer for itself, before anything else that waits for it. What it throws is a
    /// fault of the journal.</summary>
    /// <exception cref="JournalUnavailableException">There is nothing to be done any more, or it failed.</exception>
    public T Alone<T>(Func<JournalWriter, T> act)
    {
        lock (_gate)
        {
            _alone++;
            while (_committing && _fault is null)
            {
                Monitor.Wait(_gate);
            }

            _alone--;
            if (_fault is not null || _ending)
            {
                Monitor.PulseAll(_gate);
                throw _fault ?? Closed();
            }

            _committing = true;
        }

        try
        {
            return act(_writer);
        }
        catch (Exception exception)
        {
            throw Fail(exception);
        }
        finally
        {
            EndTurn();
        }
    }

    /// <summary>The journal takes no more records, because of this.</summary>
    /// <returns>What is thrown for it from now on: the first that failed counts.</returns>
    public JournalUnavailableException Fail(Exception exception) => Fail([], exception);

    /// <summary>Commits what has arrived, and takes nothing up any more.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose() => _patienceTimer.Dispose();

    /// <summary>Gives back what the caller is to commit itself: all that has arrived, when the disk is idle.</summary>
    private List<PendingAppend>? Enqueue(PendingAppend pending, bool waits)
    {
        lock (_gate)
        {
            if (_fault is not null || _closing)
            {
                pending.Encoded.Dispose();
                throw _fault ?? Closed();
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
            if (!_committing && _alone == 0 && Thread.CurrentThread.IsThreadPoolThread)
            {
                _committing = true;
                List<PendingAppend> batch = _arriving;
                _arriving = [];
                return batch;
            }

            _urgent = true;
            if (!_committing)
            {
                Monitor.PulseAll(_gate);
            }

            return null;
        }
    }

    /// <summary>One group, and what came meanwhile is the thread's: nobody commits for others without end.</summary>
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
        finally
        {
            EndTurn();
        }
    }

    private bool HasWork => _urgent || _closing || _fault is not null;

    private void EndTurn()
    {
        lock (_gate)
        {
            _committing = false;
            _size = _writer.Size;
            if (HasWork || _alone > 0)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    private void CommitArrived()
    {
        lock (_gate)
        {
            _urgent |= _arriving.Count > 0;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        var batch = new List<PendingAppend>();
        try
        {
            while (Take(ref batch))
            {
                Commit(batch);
                batch.Clear();
                EndTurn();
            }
        }
        catch (Exception exception)
        {
            Fail(batch, exception);
        }

        _ended.SetResult();
    }

    /// <summary>Waits for work and takes it all; false when the journal closes and nothing is left, and when it
    /// faulted and nobody has the writer any more.</summary>
    private bool Take(ref List<PendingAppend> batch)
    {
        lock (_gate)
        {
            while (_committing || (_alone > 0 && _fault is null) || !HasWork)
            {
                Monitor.Wait(_gate);
            }

            (batch, _arriving) = (_arriving, batch);
            _urgent = false;
            _ending = _fault is not null || (_closing && batch.Count == 0);
            _committing = !_ending;
            return _committing;
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
        long sequence = _writer.Commit([.. batch.Select(pending => pending.Encoded)]);
        foreach (PendingAppend pending in batch)
        {
            _writer.Observe(pending.Record);
            pending.Encoded.Dispose();
        }

        lock (_gate)
        {
            _size = _writer.Size;
            _lastCommit = Stopwatch.GetElapsedTime(started);
        }

        _uncovered();
        foreach (PendingAppend pending in batch)
        {
            pending.Committed.TrySetResult(new JournalPosition(sequence++, pending.At));
        }
    }

    private JournalUnavailableException Fail(List<PendingAppend> batch, Exception exception)
    {
        List<PendingAppend> refused;
        JournalUnavailableException fault;
        lock (_gate)
        {
            fault = _fault ??= exception as JournalUnavailableException ?? Unavailable(exception);
            refused = [.. batch, .. _arriving];
            _arriving = [];
            Monitor.PulseAll(_gate);
        }

        foreach (PendingAppend pending in refused)
        {
            pending.Encoded.Dispose();
            pending.Committed.TrySetException(fault);
        }

        return fault;
    }

    private static JournalUnavailableException Closed() => new("the journal is closed");

    private static JournalUnavailableException Unavailable(Exception exception) => new(
        $"the journal cannot be written and takes no more records: {exception.Message} (free or mend the disk, then "
            + "start again)", exception);
}
