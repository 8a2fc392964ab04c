using Bastion.Audit.Recordings;
using Bastion.Audit.Records;
using Bastion.Control.Gating.Intents;
using Bastion.Ssh;

namespace Bastion.Server.Ssh.Forwarding;

/// <summary>What goes through one forwarded connection, whichever end asked for it: opaque, counted and
/// digested.</summary>
/// <param name="type">SSH channel type.</param>
/// <param name="use">What the journal calls it.</param>
internal sealed class ForwardedStream(SessionContext session, int number, string type, string use, string destination)
{
    /// <exception cref="RecordingFailedException">The session must end.</exception>
    public async Task RunAsync(Channel client, RunningTarget target, CancellationToken cancellationToken)
    {
        var header = new RecordingHeader(session.Session.Id, number, 80, 24) { Title = $"{type} {destination}" };
        await using var recorder = new ChannelRecorder(session, header, RecordingKind.Operations);
        var notices = new ChannelNotices(client, terminal: false);
        var ends = new ChannelEnds(
            session, client, target, recorder, notices, new ChannelRequester(client, notices, session.Time),
            new IntentContext(number));
        SshMetrics.ChannelOpened();
        try
        {
            await session.Evidence.RecordAsync(new ChannelOpened
            {
                Session = session.Session.Id,
                Channel = number,
                Type = type,
                Use = use,
                Destination = destination,
            });
            var nothing = new StartRequest("", default, WantReply: false);
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
}
