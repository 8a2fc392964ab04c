namespace Bastion.Control.Sessions;

/// <summary>
/// Whether anything may go to the target now. While something of the session waits for approval nothing does, on any
/// channel: another channel could carry the same act.
/// </summary>
public sealed class SessionFlow
{
    private readonly Lock _lock = new();
    private int _holds;
    private TaskCompletionSource? _free;

    public bool IsHeld
    {
        get
        {
            lock (_lock)
            {
                return _holds > 0;
            }
        }
    }

    /// <summary>Stops the session's way to the target until the result is disposed of.</summary>
    public IDisposable Hold()
    {
        lock (_lock)
        {
            _holds++;
            _free ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return new Held(this);
    }

    /// <summary>Completes when nothing is held; at once, and without allocating, when nothing is.</summary>
    public ValueTask FreeAsync(CancellationToken cancellationToken)
    {
        Task free;
        lock (_lock)
        {
            if (_holds == 0)
            {
                return ValueTask.CompletedTask;
            }

            free = _free!.Task;
        }

        return new ValueTask(free.WaitAsync(cancellationToken));
    }

    private void Release()
    {
        TaskCompletionSource? free = null;
        lock (_lock)
        {
            if (--_holds == 0)
            {
                free = _free;
                _free = null;
            }
        }

        free?.SetResult();
    }

    private sealed class Held(SessionFlow flow) : IDisposable
    {
        private int _released;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _released, 1) == 0)
            {
                flow.Release();
            }
        }
    }
}
