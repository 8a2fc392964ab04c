using Bastion.Control.Approvals;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;

namespace Bastion.Control.Gating;

/// <summary>An intent that waits for people, as whoever shows it to the requester sees it.</summary>
public sealed class HeldIntent
{
    private readonly Gate _gate;
    private readonly OpenRequest _open;

    internal HeldIntent(Gate gate, OpenRequest open, Session session, Intent intent)
    {
        _gate = gate;
        _open = open;
        Session = session;
        Intent = intent;
    }

    /// <summary>How the request stands now.</summary>
    public ApprovalRequest Request => _open.Current;

    /// <summary>Time left for the people asked; never below zero.</summary>
    public TimeSpan Remaining => _gate.Remaining(_open) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    internal Session Session { get; }

    internal Intent Intent { get; }

    /// <summary>
    /// Waits for the outcome: <see cref="GateAnswer.Released"/> or <see cref="GateAnswer.Refused"/>. Cancelling
    /// (Ctrl-C, the channel closed) withdraws the request and answers with exit code 130; so does the end of the
    /// session.
    /// </summary>
    internal Task<GateAnswer> WaitAsync(CancellationToken cancellationToken) =>
        _gate.WaitAsync(this, _open, cancellationToken);

    /// <summary>Returns the request when it is newer than <paramref name="seenRevision"/>: for the status
    /// line.</summary>
    public async Task<ApprovalRequest> ChangedAsync(long seenRevision, CancellationToken cancellationToken)
    {
        while (true)
        {
            (ApprovalRequest? request, Task? changed) = _open.Observe();
            if (request.Revision > seenRevision)
            {
                return request;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }
}
