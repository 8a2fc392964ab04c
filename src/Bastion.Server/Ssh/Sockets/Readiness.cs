using System.Threading.Tasks.Sources;

namespace Bastion.Server.Ssh.Sockets;

/// <summary>
/// Whether one direction of a socket may be tried again, for one who waits at a time. The waiter goes on on the thread
/// that says so. An edge that comes before anybody waits is kept; several are one.
/// </summary>
internal sealed class Readiness : IValueTaskSource
{
    private const int Idle = 0;
    private const int Ready = 1;
    private const int Waiting = 2;
    private const int Over = 3;

    private ManualResetValueTaskSourceCore<bool> _core;
    private CancellationTokenRegistration _cancellation;
    private int _state;

    /// <summary>Forgets an edge: whoever tries now learns as much.</summary>
    public void Clear() => Interlocked.CompareExchange(ref _state, Idle, Ready);

    /// <summary>Completes with the next edge; at once with one that was kept. Without allocating.</summary>
    /// <exception cref="IOException">The socket was closed.</exception>
    public ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        _core.Reset();
        switch (Interlocked.CompareExchange(ref _state, Waiting, Idle))
        {
            case Ready:
                // Only Close can have come between.
                Interlocked.CompareExchange(ref _state, Idle, Ready);
                return default;
            case Over:
                return ValueTask.FromException(Closed());
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (waiter, token) => ((Readiness)waiter!).Cancel(token), this);
        }

        return new ValueTask(this, _core.Version);
    }

    /// <summary>An edge.</summary>
    public void Signal()
    {
        while (true)
        {
            // A wait that is cancelled in between must not take the edge with it: look again.
            switch (Interlocked.CompareExchange(ref _state, Ready, Idle))
            {
                case Waiting when Interlocked.CompareExchange(ref _state, Idle, Waiting) != Waiting:
                    continue;
                case Waiting:
                    _core.SetResult(true);
                    return;
                default:
                    return;
            }
        }
    }

    /// <summary>Whoever waits, or will, gets an <see cref="IOException"/>.</summary>
    public void Close()
    {
        if (Interlocked.Exchange(ref _state, Over) == Waiting)
        {
            _core.SetException(Closed());
        }
    }

    void IValueTaskSource.GetResult(short token)
    {
        // Waits for a callback that is under way: it must not cancel the next wait.
        _cancellation.Dispose();
        _cancellation = default;
        _core.GetResult(token);
    }

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags & ~ValueTaskSourceOnCompletedFlags.UseSchedulingContext);

    private static IOException Closed() => new("the connection was closed");

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
        {
            _core.SetException(new OperationCanceledException(token));
        }
    }
}
