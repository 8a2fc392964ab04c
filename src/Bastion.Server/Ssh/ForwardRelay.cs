using Bastion.Audit.Recordings;
using Bastion.Audit.Records;
using Bastion.Control.Gating;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

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
                ChannelOpenFailureReason.ConnectFailed, PlainText.OneLine(end.Message), cancellationToken);
            return;
        }
        GateAnswer answer = await AskAsync(session, destination, cancellationToken);
        if (answer is GateAnswer.Released { Release: var release })
        {
            await ConnectAsync(session, release, destination, cancellationToken);
            return;
        }
        string reason = ((GateAnswer.Refused)answer).Refusal.Reason.En;
        await open.RejectAsync(
            ChannelOpenFailureReason.AdministrativelyProhibited, PlainText.OneLine(reason), cancellationToken);
    }

    private async Task<GateAnswer> AskAsync(
        SessionContext session, Destination destination, CancellationToken cancellationToken)
    {
        await session.Flow.FreeAsync(cancellationToken);
        Intent intent = Intent.DirectTcpIp(destination, new IntentContext(number));
        GateAnswer answer = await session.Gate.SubmitAsync(session.Session, intent, cancellationToken);
        if (answer is not GateAnswer.Held { Intent: var held })
        {
            return answer;
        }
        // There is no channel yet to say anything on; the client waits for its answer.
        using IDisposable hold = session.Flow.Hold();
        return await held.WaitAsync(cancellationToken);
    }

    private async Task ConnectAsync(
        SessionContext session, Release release, Destination destination, CancellationToken cancellationToken)
    {
        RunningTarget? target;
        try
        {
            target = await GatedForward.OpenAsync(session, release, open.Type, cancellationToken);
        }
        catch (ChannelOpenException refused)
        {
            await open.RejectAsync(
                ChannelOpenFailureReason.ConnectFailed,
                $"`{session.Session.Target}` cannot connect: {PlainText.OneLine(refused.Message)}", cancellationToken);
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
            await PumpAsync(session, client, target, destination, cancellationToken);
        }
        finally
        {
            await target.CloseAsync();
        }
    }

    private async Task PumpAsync(
        SessionContext session, Channel client, RunningTarget target, Destination destination,
        CancellationToken cancellationToken)
    {
        RecordingHeader header = new(session.Session.Id, number, 80, 24) { Title = $"{open.Type} {destination}" };
        await using ChannelRecorder recorder = new(session, header, RecordingKind.Operations);
        ChannelNotices notices = new(client, terminal: false);
        ChannelEnds ends = new(
            session, client, target, recorder, notices, new HeldWait(client, notices, session.Flow, session.Time),
            new IntentContext(number));
        SshMetrics.ChannelOpened();
        try
        {
            await session.Evidence.RecordAsync(new ChannelOpened
            {
                Session = session.Session.Id,
                Channel = number,
                Type = open.Type,
                Use = "forward",
                Destination = destination.ToString(),
            });
            StartRequest nothing = new("", default, WantReply: false);
            await new ChannelPumps(ends, new CommandPath(ends), nothing).RunAsync(cancellationToken);
        }
        finally
        {
            await client.CloseAsync();
            SshMetrics.ChannelEnded();
        }
        session.Count(recorder.BytesToTarget, recorder.BytesToClient);
        SshMetrics.Relayed(recorder.BytesToTarget, recorder.BytesToClient);
        await session.Evidence.RecordAsync(await recorder.CompleteAsync() with { Opaque = true });
    }

    private static Destination? DestinationOf(ChannelOpenRequest open) => open.Type switch
    {
        ChannelTypes.DirectTcpIp when TcpIpChannel.Parse(open.ExtraData.Span) is { Port: <= ushort.MaxValue } to =>
            new Destination(to.Host, (int)to.Port),
        // For a unix socket the path stands in the host's place, with port 0.
        ChannelTypes.DirectStreamLocal when StreamLocalChannel.Parse(open.ExtraData.Span) is { } to =>
            new Destination(to.SocketPath, 0),
        _ => null,
    };
}
