using Bastion.Audit.Notes;

namespace Bastion.Audit;

/// <summary>
/// Signs a checkpoint some seconds after the first record that none covers, and whenever somebody asks. Drafting one
/// takes the writer for some microseconds; signing it and its fsyncs go on while others commit.
/// </summary>
internal sealed class CheckpointSigner : IDisposable
{
    private readonly JournalCommitter _committer;
    private readonly TimeSpan _interval;
    private readonly ITimer _timer;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Everything below is under this lock.
    private readonly object _gate = new();
    private List<TaskCompletionSource<Checkpoint?>> _waiters = [];
    private bool _due;
    private bool _armed;
    private bool _stopping;

    public CheckpointSigner(JournalOptions options, JournalCommitter committer)
    {
        _committer = committer;
        _interval = options.CheckpointInterval;
        _timer = options.TimeProvider.CreateTimer(
            _ => Request(null), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        new Thread(Run) { IsBackground = true, Name = "checkpoints" }.Start();
    }

    /// <summary>There are records that no checkpoint covers.</summary>
    public void Uncovered()
    {
        lock (_gate)
        {
            if (!_armed && !_stopping)
            {
                _armed = true;
                _timer.Change(_interval, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Signs over all that is durable now, unless the latest one covers it already.</summary>
    public Task<Checkpoint?> SignAsync()
    {
        var waiter = new TaskCompletionSource<Checkpoint?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Request(waiter);
        return waiter.Task;
    }

    /// <summary>Signs what was asked for, and nothing after.</summary>
    public Task StopAsync()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }

        return _ended.Task;
    }

    public void Dispose() => _timer.Dispose();

    private void Request(TaskCompletionSource<Checkpoint?>? waiter)
    {
        lock (_gate)
        {
            if (_stopping)
            {
                waiter?.SetException(
                    _committer.State.Fault ?? new JournalUnavailableException("the journal is closed"));
                return;
            }

            if (waiter is not null)
            {
                _waiters.Add(waiter);
            }

            _due = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Run()
    {
        while (Take() is { } waiters)
        {
            try
            {
                Checkpoint? checkpoint = Sign();
                waiters.ForEach(waiter => waiter.SetResult(checkpoint));
            }
            catch (Exception exception)
            {
                JournalUnavailableException fault = _committer.Fail(exception);
                waiters.ForEach(waiter => waiter.SetException(fault));
            }
        }

        _ended.SetResult();
    }

    private List<TaskCompletionSource<Checkpoint?>>? Take()
    {
        lock (_gate)
        {
            while (!_due && !_stopping)
            {
                Monitor.Wait(_gate);
            }

            if (!_due)
            {
                return null;
            }

            _due = false;
            List<TaskCompletionSource<Checkpoint?>> waiters = _waiters;
            _waiters = [];
            return waiters;
        }
    }

    private Checkpoint? Sign()
    {
        JournalWriter writer = _committer.Alone(writer =>
        {
            lock (_gate)
            {
                // What is committed from here on is not in the draft.
                _armed = false;
            }

            writer.BeginCheckpoint();
            return writer;
        });
        return writer.EndCheckpoint();
    }
}
