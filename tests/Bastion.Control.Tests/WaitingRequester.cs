using Bastion.Control.Approvals;
using Bastion.Control.Gating;

namespace Bastion.Control.Tests;

/// <summary>Somebody who waits as long as it takes, and cannot be asked anything.</summary>
internal sealed class WaitingRequester : IRequester
{
    private readonly TaskCompletionSource<HeldIntent> _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool Waits => true;

    /// <summary>Completes when what she asked for is held.</summary>
    public Task<HeldIntent> Held => _held.Task;

    public Task<string?> ReasonAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    public Task StayAsync(HeldIntent held, CancellationToken decided)
    {
        _held.TrySetResult(held);
        return Task.Delay(Timeout.InfiniteTimeSpan, decided);
    }

    public ValueTask ToldAsync(HeldIntent held, GateAnswer answer, CancellationToken cancellationToken) => default;
}

/// <summary>What waits for people, and what will come of it.</summary>
internal sealed record HeldCommand(HeldIntent Held, Task<GateAnswer> Answer)
{
    public ApprovalRequest Request => Held.Request;
}
