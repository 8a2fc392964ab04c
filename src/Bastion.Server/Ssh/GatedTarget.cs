using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;
using Bastion.Server.Ssh.Forwarding;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>What goes with a start request and runs nothing by itself: the terminal and the environment.</summary>
/// <param name="Agent">The gate lends the client's agent to what is started.</param>
internal sealed record ChannelSetting(
    PtyRequest? Terminal, IReadOnlyList<EnvironmentVariable> Environment, Release? Agent = null);

/// <summary>
/// The target's end of a session channel on which nothing has started. There is one thing it can do: start what the
/// gate released, with the very bytes that were judged.
/// </summary>
internal sealed class GatedTarget(Channel channel, Session session) : IAsyncDisposable
{
    /// <summary>Null when the release was used up or the target is gone; then nothing was sent.</summary>
    public async ValueTask<RunningTarget?> StartAsync(
        Release release, ChannelSetting setting, CancellationToken cancellationToken)
    {
        if (!release.TryTake(session, out StartIntent? intent))
        {
            return null;
        }

        if (setting.Terminal is { } terminal)
        {
            await channel.SendRequestAsync(
                RequestNames.PseudoTerminal, wantReply: true, terminal.Format(), cancellationToken);
        }

        if (setting.Agent is { } agent && agent.TryTake(session, out AgentIntent? _))
        {
            await channel.SendRequestAsync(RequestNames.AgentForwarding, wantReply: false, default, cancellationToken);
        }

        foreach (EnvironmentVariable variable in setting.Environment)
        {
            await channel.SendRequestAsync(
                RequestNames.Environment, wantReply: false, variable.Format(), cancellationToken);
        }

        (string type, byte[] payload) = StartOf(intent);
        return await channel.SendRequestAsync(type, wantReply: true, payload, cancellationToken)
            ? new RunningTarget(channel, session, hasTerminal: setting.Terminal is not null)
            : null;
    }

    public ValueTask DisposeAsync() => channel.DisposeAsync();

    private static (string Type, byte[] Payload) StartOf(StartIntent intent) => intent.Kind switch
    {
        StartKind.Exec => (RequestNames.Exec, ExecRequest.Format(intent.Bytes.Span)),
        StartKind.Shell => (RequestNames.Shell, []),
        StartKind.Subsystem => (RequestNames.Subsystem, ExecRequest.Format(intent.Bytes.Span)),
    };
}

/// <summary>The one way to forward through a target: to, or from, the very place that the gate released.</summary>
internal static class GatedForward
{
    /// <summary>Null when the release was used up or the session is over.</summary>
    /// <exception cref="ChannelOpenException">The target could not connect.</exception>
    public static async ValueTask<RunningTarget?> OpenAsync(
        SessionContext session, Release release, CancellationToken cancellationToken)
    {
        if (!release.TryTake(session.Session, out ConnectIntent? intent))
        {
            return null;
        }

        // Where the client's own connection came from is its business and not told to the target.
        (string type, byte[] extraData) = intent.To.Match(
            to => (ChannelTypes.DirectTcpIp, new TcpIpChannel(to.Host, (uint)to.Port, "127.0.0.1", 0).Format()),
            to => (ChannelTypes.DirectStreamLocal, new StreamLocalChannel(to.Path).Format()));
        Channel channel = await session.Target.OpenChannelAsync(type, extraData, cancellationToken);
        return new RunningTarget(channel, session.Session, hasTerminal: false);
    }

    /// <summary>Unsuccessful also when the release was used up or the session is over.</summary>
    public static async ValueTask<GlobalReply> ListenAsync(
        SessionContext session, Release release, CancellationToken cancellationToken)
    {
        if (!release.TryTake(session.Session, out ListenIntent? intent))
        {
            return default;
        }

        (string name, byte[] payload) = intent.At.Match(
            at => (GlobalRequestNames.TcpIpForward,
                new TcpIpForward(at.Host == "*" ? "" : at.Host, (uint)at.Port).Format()),
            at => (GlobalRequestNames.StreamLocalForward, new StreamLocalForward(at.Path).Format()));
        return await session.Target.SendGlobalRequestAsync(name, payload, cancellationToken);
    }

    /// <summary>Takes a channel that the target opens by what was released before; <see cref="GrantedBackchannels"/>
    /// has said so.</summary>
    public static async ValueTask<RunningTarget> AcceptAsync(
        ChannelOpenRequest open, SessionContext session, CancellationToken cancellationToken) =>
        new(await open.AcceptAsync(cancellationToken), session.Session, hasTerminal: false);
}

/// <summary>
/// The target's end of a channel on which a released command runs. What the command reads may flow; what starts
/// something new in it (a line of a shell, a file operation) needs a release of its own.
/// </summary>
internal sealed class RunningTarget(Channel channel, Session session, bool hasTerminal)
{
    /// <summary>For the pump that reads; it has no way to send.</summary>
    public bool TryRead(out ChannelItem item) => channel.TryRead(out item);

    public ValueTask WaitToReadAsync(CancellationToken cancellationToken) => channel.WaitToReadAsync(cancellationToken);

    public void Consumed(int count) => channel.Consumed(count);

    /// <summary>Replies that come before the one to the start request: the terminal's.</summary>
    public bool HasTerminal { get; } = hasTerminal;

    /// <summary>Standard input of what runs. False when it takes no more.</summary>
    public ValueTask<bool> ForwardAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        channel.WriteAsync(data, cancellationToken);

    /// <summary>Sends the key that submits a released line, which stands on the target's own line already.</summary>
    public async ValueTask<bool> SubmitTypedAsync(
        Release release, ReadOnlyMemory<byte> key, CancellationToken cancellationToken) =>
        release.TryTake(session, out ShellLineIntent? _) && await channel.WriteAsync(key, cancellationToken);

    /// <summary>Wipes the target's line, types the released bytes in its place, and submits them.</summary>
    public async ValueTask<bool> RetypeAsync(
        Release release, ReadOnlyMemory<byte> clear, ReadOnlyMemory<byte> key, CancellationToken cancellationToken) =>
        release.TryTake(session, out ShellLineIntent? intent)
        && await channel.WriteAsync((byte[])[.. clear.Span, .. intent.Bytes.Span, .. key.Span], cancellationToken);

    /// <summary>Sends a released file operation as the packet that was judged, with its length before it.</summary>
    public async ValueTask<bool> SendPacketAsync(Release release, CancellationToken cancellationToken) =>
        release.TryTake(session, out FileIntent? intent)
        && await channel.WriteAsync(ExecRequest.Format(intent.Bytes.Span), cancellationToken);

    /// <summary>Window changes, signals and breaks: they start nothing. Without a reply: the client was
    /// answered.</summary>
    public ValueTask<bool> NotifyAsync(string type, ReadOnlyMemory<byte> payload,
        CancellationToken cancellationToken) =>
        channel.SendRequestAsync(type, wantReply: false, payload, cancellationToken);

    public ValueTask<bool> SendEofAsync(CancellationToken cancellationToken) => channel.SendEofAsync(cancellationToken);

    public ValueTask<bool> SendEndOfWriteAsync(CancellationToken cancellationToken) =>
        channel.SendEndOfWriteAsync(cancellationToken);

    public ValueTask CloseAsync() => channel.CloseAsync();
}
