using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;

namespace Bastion.Control.Approvals;

/// <summary>
/// A request while it is open: the latest <see cref="ApprovalRequest"/>, who waits for it, and the turn that whoever
/// changes it must hold.
/// </summary>
internal sealed class OpenRequest(ApprovalRequest first, Session session, Intent intent, IntentReading reading,
    long opened)
{
    private readonly Lock _lock = new();
    private ApprovalRequest _current = first;
    private TaskCompletionSource _changed = NewSignal();
    private int _ownersWaiting;

    /// <summary>Held across the journal write and the change, so that events on one request happen one after
    /// another.</summary>
    public SemaphoreSlim Turn { get; } = new(1, 1);

    /// <summary>The session the statement names: it alone can use the approval.</summary>
    public Session Session => session;

    public Intent Intent => intent;

    public IntentReading Reading => reading;

    /// <summary>By the monotonic clock, which no change of the wall clock moves.</summary>
    public long OpenedTimestamp => opened;

    /// <summary>When the quorum was reached; 0 before.</summary>
    public long ApprovedTimestamp { get; set; }

    /// <summary>The request is in the journal and may be shown and decided.</summary>
    public bool Announced { get; set; }

    public ApprovalRequest Current
    {
        get
        {
            lock (_lock)
            {
                return _current;
            }
        }
    }

    /// <summary>The request now, and a task that ends when it is no longer that.</summary>
    public (ApprovalRequest Request, Task Changed) Observe()
    {
        lock (_lock)
        {
            return (_current, _changed.Task);
        }
    }

    public void Replace(ApprovalRequest next)
    {
        TaskCompletionSource signal;
        lock (_lock)
        {
            _current = next;
            signal = _changed;
            _changed = NewSignal();
        }

        signal.SetResult();
    }

    public void Attach(Session waiting)
    {
        if (ReferenceEquals(waiting, session))
        {
            Interlocked.Increment(ref _ownersWaiting);
        }
    }

    /// <summary>True when the last one who could use the approval has gone.</summary>
    public bool Detach(Session waiting) =>
        ReferenceEquals(waiting, session) && Interlocked.Decrement(ref _ownersWaiting) == 0;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
