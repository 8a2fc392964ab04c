using Bastion.Analysis.Terminal;
using Bastion.Control.Gating;

namespace Bastion.Server.Ssh;

/// <summary>The engineer in front of an observed shell, with a line of hers under the cursor: whatever is said to her
/// begins on a line of its own, unless a program has the whole screen.</summary>
internal sealed class LineRequester(ChannelEnds ends, ObservedLine line, bool fullScreen) : IRequester
{
    public bool Waits => ends.Requester.Waits;

    /// <summary>She was asked something or told to wait; everything else that she typed since is dropped.</summary>
    public bool HasSpoken { get; private set; }

    public async Task<string?> ReasonAsync(CancellationToken cancellationToken)
    {
        await SpeakAsync(cancellationToken);
        return await ends.Requester.ReasonAsync(cancellationToken);
    }

    public async Task StayAsync(HeldIntent held, CancellationToken decided)
    {
        await SpeakAsync(decided);
        await ends.Recorder.MarkAsync($"held: {line.Text}");
        await ends.Requester.StayAsync(held, decided);
    }

    public ValueTask ToldAsync(HeldIntent held, GateAnswer answer, CancellationToken cancellationToken) =>
        ends.Requester.ToldAsync(held, answer, cancellationToken);

    private async ValueTask SpeakAsync(CancellationToken cancellationToken)
    {
        if (!HasSpoken && !fullScreen)
        {
            await ends.Client.WriteAsync("\r\n"u8.ToArray(), cancellationToken);
        }

        HasSpoken = true;
    }
}
