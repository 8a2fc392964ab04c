using Bastion.Audit.Recordings;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Ssh;

namespace Bastion.Server.Ssh.Forwarding;

/// <summary>
/// One connection that a client asks for from the target to somewhere else (direct-tcpip, direct-streamlocal). The
/// gate knows where it goes; what goes through is opaque, counted and digested.
/// </summary>
internal sealed class ForwardRelay(ChannelOpenRequest open, int number, Task<SessionContext> entering)
{
    /// <exception cref="RecordingFailedException">The session must end.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (DestinationOf(open) is not { } destination)
        {
            await open.RejectAsync(
                ChannelOpenFailureReason.ConnectFailed, "the destination cannot be read", cancellationToken);
            return;
        }

        SessionContext session;
        try
        {
            session = await entering.WaitAsync(cancellationToken);
        }
        catch (RelayEndException end)
        {
            await open.RejectAsync(
                ChannelOpenFailureReason.ConnectFailed, VisibleText.Of(end.Message), cancellationToken);
            return;
        }

        var intent = new ConnectIntent(destination, new IntentContext(number));
        GateAnswer answer = await session
            .AskingFor(new ForwardRequester(session.Notices, intent.Describe()))
            .AskAsync(intent, cancellationToken);
        if (answer is GateAnswer.Released { Release: var release })
        {
            await ConnectAsync(session, release, destination, cancellationToken);
            return;
        }

        string reason = ((GateAnswer.Refused)answer).Refusal.Reason.En;
        await open.RejectAsync(
            ChannelOpenFailureReason.AdministrativelyProhibited, VisibleText.Of(reason), cancellationToken);
    }

    private async Task ConnectAsync(
        SessionContext session, Release release, Destination destination, CancellationToken cancellationToken)
    {
        RunningTarget? target;
        try
        {
            target = await GatedForward.OpenAsync(session, release, cancellationToken);
        }
        catch (ChannelOpenException refused)
        {
            await open.RejectAsync(
                ChannelOpenFailureReason.ConnectFailed,
                $"`{session.Session.Target}` cannot connect: {VisibleText.Of(refused.Message)}", cancellationToken);
            return;
        }

        if (target is null)
        {
            await open.RejectAsync(ChannelOpenFailureReason.ConnectFailed, "the session has ended", cancellationToken);
            return;
        }

        try
        {
            Channel client = await open.AcceptAsync(cancellationToken);
            await new ForwardedStream(session, number, open.Type, "forward", destination.ToString())
                .RunAsync(client, target, cancellationToken);
        }
        finally
        {
            await target.CloseAsync();
        }
    }

    private static Destination? DestinationOf(ChannelOpenRequest open) => open.Type switch
    {
        ChannelTypes.DirectTcpIp when TcpIpChannel.Parse(open.ExtraData.Span) is { } to =>
            Destination.Tcp(to.Host, to.Port),
        ChannelTypes.DirectStreamLocal when StreamLocalChannel.Parse(open.ExtraData.Span) is { } to =>
            Destination.Socket(to.SocketPath),
        _ => null,
    };
}
