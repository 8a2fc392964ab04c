using Bastion.Audit.Recordings;
using Bastion.Audit.Records;
using Bastion.Ssh;

namespace Bastion.Server.Ssh.Forwarding;

/// <summary>
/// One connection that the target opens towards the client: somebody connected where it listens for her, or asks for
/// her agent. Only what the gate released before is passed on.
/// </summary>
internal sealed class BackwardRelay(ChannelOpenRequest open, int number, SessionContext session, SshConnection client)
{
    /// <exception cref="RecordingFailedException">The session must end.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (session.Backchannels.Permits(open) is not { } purpose)
        {
            await session.Evidence.RecordAsync(new ChannelRefused
            {
                Session = session.Session.Id,
                Type = open.Type,
                Reason = "the target opened it, and nothing like it was granted to this session",
            });
            await open.RejectAsync(
                ChannelOpenFailureReason.AdministrativelyProhibited, "not granted to this session", cancellationToken);
            return;
        }

        Channel toClient;
        try
        {
            toClient = await client.OpenChannelAsync(open.Type, open.ExtraData, cancellationToken);
        }
        catch (ChannelOpenException refused)
        {
            await open.RejectAsync(refused.Reason, VisibleText.Of(refused.Message), cancellationToken);
            return;
        }

        RunningTarget target = await GatedForward.AcceptAsync(open, session, cancellationToken);
        try
        {
            string use = open.Type == ChannelTypes.AgentForwarding ? "agent" : "remote-forward";
            await new ForwardedStream(session, number, open.Type, use, purpose).RunAsync(toClient, target,
                cancellationToken);
        }
        finally
        {
            await target.CloseAsync();
        }
    }
}
