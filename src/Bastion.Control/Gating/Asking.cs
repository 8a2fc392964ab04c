using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;

namespace Bastion.Control.Gating;

/// <summary>
/// Asks the gate on behalf of one channel. Nothing else talks to the gate:
///   1  wait while something else of the session is held
///   2  submit
///   3  where a reason is missing and somebody can be asked for one, ask her and submit again
///   4  while people decide, nothing of the session flows; she sees it, and may take it back
/// What comes back is a release or a refusal.
/// </summary>
public sealed class Asking(Gate gate, Session session, IRequester requester)
{
    /// <summary>Never throws for what an intent holds; cancelling counts as withdrawing.</summary>
    public async Task<GateAnswer> AskAsync(Intent intent, CancellationToken cancellationToken)
    {
        await session.Flow.FreeAsync(cancellationToken);
        GateAnswer answer = await gate.SubmitAsync(session, intent, cancellationToken, requester.Waits);
        if (answer is GateAnswer.Refused { Refusal.NeedsReason: true }
            && await requester.ReasonAsync(cancellationToken) is { } reason)
        {
            answer = await gate.SubmitAsync(
                session, intent.WithReason(reason), cancellationToken, requester.Waits);
        }

        return answer is GateAnswer.Held { Intent: var held } ? await WaitAsync(held, cancellationToken) : answer;
    }

    private async Task<GateAnswer> WaitAsync(HeldIntent held, CancellationToken cancellationToken)
    {
        using IDisposable hold = session.Flow.Hold();
        using var withdrawn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var decided = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<GateAnswer> deciding = held.WaitAsync(withdrawn.Token);
        Task staying = requester.StayAsync(held, decided.Token);
        GateAnswer answer;
        try
        {
            // She leaves by completing; by failing only after the decision, or when her channel is gone.
            if (await Task.WhenAny(deciding, staying) == staying && !decided.IsCancellationRequested)
            {
                await withdrawn.CancelAsync();
            }

            answer = await deciding;
        }
        finally
        {
            await decided.CancelAsync();
            await Task.WhenAny(staying);
        }

        await requester.ToldAsync(held, answer, cancellationToken);
        return answer;
    }
}

/// <summary>The one who asks, as far as the gateway can speak with her: over the channel that the act is for.</summary>
public interface IRequester
{
    /// <summary>False: what would be held is refused instead.</summary>
    bool Waits { get; }

    /// <summary>What it is for, in her words; null when she cannot be asked or would rather drop it.</summary>
    Task<string?> ReasonAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Shows her that people are asked. Completes when she takes it back or is gone; else runs until
    /// <paramref name="decided"/>.
    /// </summary>
    Task StayAsync(HeldIntent held, CancellationToken decided);

    /// <summary>What came of it, after <see cref="StayAsync"/> has ended.</summary>
    ValueTask ToldAsync(HeldIntent held, GateAnswer answer, CancellationToken cancellationToken);
}
