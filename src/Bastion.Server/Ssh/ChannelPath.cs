using Bastion.Control.Gating.Intents;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>
/// What the bytes of a running channel go through between client and target. Each call completes when the bytes were
/// recorded and taken by the far side; the pump credits the sender's window only then. One caller for each direction.
/// </summary>
internal interface IChannelPath : IAsyncDisposable
{
    ValueTask ToTargetAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    ValueTask ToClientAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    void Resized(WindowChange size);

    /// <summary>A full-screen program has the terminal.</summary>
    bool IsFullScreen => false;
}

/// <summary>Everything a path works with.</summary>
/// <param name="Setting">What the intents of this channel are asked with: its number, the reason given.</param>
/// <param name="Requester">Who waits for what the gate holds on this channel.</param>
internal sealed record ChannelEnds(
    SessionContext Session, Channel Client, RunningTarget Target, ChannelRecorder Recorder, ChannelNotices Notices,
    ChannelRequester Requester, IntentContext Setting);

/// <summary>Standard input and output of a command: recorded, then passed on as they are.</summary>
internal sealed class CommandPath(ChannelEnds ends) : IChannelPath
{
    public async ValueTask ToTargetAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await ends.Session.Flow.FreeAsync(cancellationToken);
        await ends.Recorder.InputAsync(data);
        await ends.Target.ForwardAsync(data, cancellationToken);
    }

    public async ValueTask ToClientAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await ends.Recorder.OutputAsync(data);
        await ends.Client.WriteAsync(data, cancellationToken);
    }

    public void Resized(WindowChange size)
    {
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
