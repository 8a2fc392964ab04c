using System.Threading.Tasks.Sources;

namespace Bastion.Ssh.Connection;

/// <summary>
/// An auto-reset event with one waiter that is used again and again without allocating. A signal given while nobody
/// waits is kept (once), so a waiter always looks at the state again after it was woken.
/// </summary>
internal sealed class AsyncSignal : IValueTaskSource
{
    private readonly Lock _lock = new();
    private ManualResetValueTaskSourceCore<bool> _source;
    private CancellationTokenRegistration _registration;
    private bool _signalled;
    private bool _waiting;

    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        ValueTask wait;
        lock (_lock)
        {
            if (_signalled)
            {
                _signalled = false;
                return ValueTask.CompletedTask;
            }

            if (_waiting)
            {
                throw new InvalidOperationException("one waiter at a time");
            }

            _source.Reset();
            _waiting = true;
            wait = new ValueTask(this, _source.Version);
        }

        if (cancellationToken.CanBeCanceled)
        {
            // Set can have happened meanwhile; then the registration is disposed in GetResult without having fired.
            _registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((AsyncSignal)state!).Cancel(token), this);
        }

        return wait;
    }

    /// <summary>
    /// Wakes the waiter. <paramref name="inline"/> runs it on this thread, which saves a hop for data; only for callers
    /// that hold no lock and can afford what the waiter does until it awaits.
    /// </summary>
    public void Set(bool inline)
    {
        lock (_lock)
        {
            if (!_waiting)
            {
                _signalled = true;
                return;
            }

            _waiting = false;
            _source.RunContinuationsAsynchronously = !inline;
        }

        _source.SetResult(true);
    }

    private void Cancel(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_waiting)
            {
                return;
            }

            _waiting = false;
            _source.RunContinuationsAsynchronously = true;
        }

        _source.SetException(new OperationCanceledException(cancellationToken));
    }

    void IValueTaskSource.GetResult(short token)
    {
        _registration.Dispose();
        _registration = default;
        _source.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _source.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);
}
