using Bastion.Control.Gating;

namespace Bastion.Server.Ssh.Forwarding;

/// <summary>Whoever asks for a forward: it has no channel of its own, so what is said goes to those of the
/// session.</summary>
/// <param name="what">What waits, as in `connect to db:5432`.</param>
internal sealed class ForwardRequester(SessionNotices notices, string what) : IRequester
{
    public bool Waits => true;

    /// <summary>There is no terminal of its own to ask at.</summary>
    public Task<string?> ReasonAsync(CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    public async Task StayAsync(HeldIntent held, CancellationToken decided)
    {
        await notices.SayHeldAsync($"to {what}", held, decided);
        await Task.Delay(Timeout.InfiniteTimeSpan, decided);
    }

    public ValueTask ToldAsync(HeldIntent held, GateAnswer answer, CancellationToken cancellationToken) =>
        notices.SayAsync(
            answer is GateAnswer.Refused { Refusal: var refusal }
                ? refusal.Reason.En
                : ChannelNotices.Approved(held.Request),
            cancellationToken);
}
