using Bastion.Control.Gating;

namespace Bastion.Server.Ssh.Forwarding;

/// <summary>Asks the gate about a forward and waits with it. It has no channel of its own to say so on.</summary>
internal static class ForwardQuestion
{
    /// <summary>Released or refused.</summary>
    public static async Task<GateAnswer> AskAsync(SessionContext session, Intent intent,
        CancellationToken cancellationToken)
    {
        await session.Flow.FreeAsync(cancellationToken);
        GateAnswer answer = await session.Gate.SubmitAsync(session.Session, intent, cancellationToken);
        if (answer is not GateAnswer.Held { Intent: var held })
        {
            return answer;
        }

        using IDisposable hold = session.Flow.Hold();
        await session.Notices.SayHeldAsync($"to {intent.Describe()}", held, cancellationToken);
        answer = await held.WaitAsync(cancellationToken);
        await session.Notices.SayAsync(
            answer is GateAnswer.Refused { Refusal: var refusal }
                ? refusal.Reason.En
                : ChannelNotices.Approved(held.Request),
            cancellationToken);
        return answer;
    }
}
