using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Ssh;

namespace Bastion.Server.Ssh.Forwarding;

/// <summary>
/// A client's request that the target listen for it (tcpip-forward, streamlocal-forward@openssh.com), or stop. Whether
/// it may is the gate's word; that it stops is not asked.
/// </summary>
internal sealed class RemoteListener(GlobalRequest request, int number, Task<SessionContext> entering)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            SessionContext session = await entering.WaitAsync(cancellationToken);
            if (PlaceOf(request) is { } place)
            {
                await (IsCancellation
                    ? CancelAsync(session, place, cancellationToken)
                    : ListenAsync(session, place, cancellationToken));
            }
        }
        catch (RelayEndException)
        {
            // There is no target; the session channel says why.
        }
        finally
        {
            // Only where nothing else was answered.
            request.Reply(success: false);
        }
    }

    private bool IsCancellation =>
        request.Name is GlobalRequestNames.CancelTcpIpForward or GlobalRequestNames.CancelStreamLocalForward;

    private async Task ListenAsync(SessionContext session, Destination at, CancellationToken cancellationToken)
    {
        var intent = new ListenIntent(at, new IntentContext(number));
        GateAnswer answer = await session
            .AskingFor(new ForwardRequester(session.Notices, intent.Describe()))
            .AskAsync(intent, cancellationToken);
        if (answer is not GateAnswer.Released { Release: var release })
        {
            // The reply has no room for a reason, so it goes where the person reads.
            await session.Notices.SayAsync(((GateAnswer.Refused)answer).Refusal.Reason.En, cancellationToken);
            if (at is TcpDestination { Port: 0 })
            {
                await session.Notices.SayAsync("a port that the target chooses is never granted; name one",
                    cancellationToken);
            }

            return;
        }

        if (!session.Backchannels.HasRoom)
        {
            await session.Notices.SayAsync(
                $"`{session.Session.Target}` listens at {GrantedBackchannels.MaximumListeners} places for you "
                    + "already; cancel one", cancellationToken);
            return;
        }

        // Before the target knows: the first connection may be there as soon as its answer.
        session.Backchannels.Listening(at);
        GlobalReply reply = await GatedForward.ListenAsync(session, release, cancellationToken);
        if (!reply.Success)
        {
            session.Backchannels.Cancelled(at);
            await session.Notices.SayAsync(
                $"`{session.Session.Target}` does not listen at {at}: its port may be taken, or its sshd forbids it",
                cancellationToken);
            return;
        }

        request.Reply(success: true);
    }

    private async Task CancelAsync(SessionContext session, Destination at, CancellationToken cancellationToken)
    {
        if (session.Backchannels.IsListening(at))
        {
            session.Backchannels.Cancelled(at);
            GlobalReply reply =
                await session.Target.SendGlobalRequestAsync(request.Name, request.Payload, cancellationToken);
            request.Reply(reply.Success);
        }
    }

    /// <summary>An empty address is all of the target's.</summary>
    private static Destination? PlaceOf(GlobalRequest request) => request.Name switch
    {
        GlobalRequestNames.TcpIpForward or GlobalRequestNames.CancelTcpIpForward
            when TcpIpForward.Parse(request.Payload.Span) is { } at =>
            Destination.Tcp(at.Address.Length == 0 ? "*" : at.Address, at.Port),
        GlobalRequestNames.StreamLocalForward or GlobalRequestNames.CancelStreamLocalForward
            when StreamLocalForward.Parse(request.Payload.Span) is { } at => Destination.Socket(at.SocketPath),
        _ => null,
    };
}
