using System.Diagnostics.CodeAnalysis;
using Bastion.Audit.Recordings;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Server.Ssh.Forwarding;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>
/// One authenticated client connection: takes its channels and requests as they come, gives each channel its relay,
/// and ends all of them together. Its way to the target (<paramref name="entering"/>) may still be under way.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "RunAsync disposes at its end")]
internal sealed partial class SessionRelay(
    SshConnection client, Task<SessionContext> entering, EvidenceLog evidence, ILogger<SessionRelay> logger)
{
    /// <summary>Session channels relayed at once; OpenSSH's MaxSessions is 10, and each holds a channel on the
    /// target.</summary>
    private const int MaximumRelays = 64;

    private readonly Lock _lock = new();
    private readonly HashSet<Task> _relays = [];
    private readonly CancellationTokenSource _over = new();
    private RelayOutcome? _outcome;
    private int _channels;

    /// <summary>Returns when the client is gone or was sent away, and everything of it has ended.</summary>
    public async Task<RelayOutcome> RunAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration stop = cancellationToken.Register(() => End(RelayOutcome.SessionEnded));
        using var accepting = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        Task watching = WatchSessionAsync(accepting.Token);
        try
        {
            while (await client.AcceptAsync(accepting.Token) is { } request)
            {
                await TakeAsync(request, accepting.Token);
            }

            End(ClientEnd());
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // Ended by something else, which has said how.
        }

        await Task.WhenAll(Relays());
        await accepting.CancelAsync();
        await Task.WhenAny(watching);
        // What the watcher may have started last.
        await Task.WhenAll(Relays());
        _over.Dispose();
        return _outcome!.Value;
    }

    private async ValueTask TakeAsync(IncomingRequest request, CancellationToken cancellationToken)
    {
        switch (request)
        {
            case ChannelOpenRequest { Type: ChannelTypes.Session } open when Relays().Length < MaximumRelays:
                Channel channel = await open.AcceptAsync(cancellationToken);
                Start(new ChannelRelay(channel, NextNumber(), entering).RunAsync);
                break;
            case ChannelOpenRequest { Type: ChannelTypes.DirectTcpIp or ChannelTypes.DirectStreamLocal } open
                when Relays().Length < MaximumRelays:
                Start(new ForwardRelay(open, NextNumber(), entering).RunAsync);
                break;
            case ChannelOpenRequest
            {
                Type: ChannelTypes.Session or ChannelTypes.DirectTcpIp
                or ChannelTypes.DirectStreamLocal
            } open:
                await open.RejectAsync(
                    ChannelOpenFailureReason.ResourceShortage, $"{MaximumRelays} sessions are open on this connection",
                    cancellationToken);
                break;
            case ChannelOpenRequest open:
                await RecordRefusalAsync("channel", open.Type, "this kind of channel is not offered");
                await open.RejectAsync(
                    ChannelOpenFailureReason.UnknownChannelType, "this gateway does not offer this kind of channel",
                    cancellationToken);
                break;
            case GlobalRequest
            {
                Name: GlobalRequestNames.TcpIpForward or GlobalRequestNames.CancelTcpIpForward
                    or GlobalRequestNames.StreamLocalForward or GlobalRequestNames.CancelStreamLocalForward,
            } listen when Relays().Length < MaximumRelays:
                Start(new RemoteListener(listen, NextNumber(), entering).RunAsync);
                break;
            case GlobalRequest global:
                global.Reply(success: false);
                break;
        }
    }

    /// <summary>What the target opens and asks: connections to where it listens for the client, the client's
    /// agent.</summary>
    private async Task ServeTargetAsync(SessionContext session, CancellationToken cancellationToken)
    {
        while (await session.Target.AcceptAsync(cancellationToken) is { } request)
        {
            switch (request)
            {
                case ChannelOpenRequest open when Relays().Length < MaximumRelays:
                    Start(new BackwardRelay(open, NextNumber(), session, client).RunAsync);
                    break;
                case ChannelOpenRequest open:
                    await open.RejectAsync(
                        ChannelOpenFailureReason.ResourceShortage, "too many channels are open", cancellationToken);
                    break;
                case GlobalRequest global:
                    global.Reply(success: false);
                    break;
            }
        }
    }

    private int NextNumber() => Interlocked.Increment(ref _channels);

    /// <summary>What is refused without asking the gate still leaves a record, with its session when there is
    /// one.</summary>
    private async ValueTask RecordRefusalAsync(string what, string subject, string reason) =>
        await evidence.TryRecordAsync(new RequestRefused
        {
            Session = entering.IsCompletedSuccessfully ? (await entering).Session.Id : null,
            What = what,
            User = client.UserName,
            Subject = subject,
            Reason = reason,
        });

    /// <summary>Each relay is a task that this connection owns; one that fails ends the connection.</summary>
    private void Start(Func<CancellationToken, Task> relay)
    {
        Task running = RunRelayAsync(relay);
        lock (_lock)
        {
            _relays.Add(running);
        }

        running.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private async Task RunRelayAsync(Func<CancellationToken, Task> relay)
    {
        try
        {
            // Off the accept loop: the first thing a relay does may be ready already.
            await Task.Yield();
            await relay(_over.Token);
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // The session ended.
        }
        catch (RecordingFailedException failure)
        {
            LogRecordingFailed(failure);
            End(RelayOutcome.RecordingFailed);
        }
        catch (EvidenceUnavailableException failure)
        {
            LogRecordingFailed(failure);
            End(RelayOutcome.AuditUnavailable);
        }
        catch (Exception fault)
        {
            LogFault(fault);
            End(RelayOutcome.InternalFault);
        }
    }

    private void Forget(Task relay)
    {
        lock (_lock)
        {
            _relays.Remove(relay);
        }
    }

    private Task[] Relays()
    {
        lock (_lock)
        {
            return [.. _relays];
        }
    }

    /// <summary>Ends the connection when the session ends, or its target does.</summary>
    private async Task WatchSessionAsync(CancellationToken cancellationToken)
    {
        SessionContext session;
        try
        {
            session = await entering.WaitAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is RelayEndException or OperationCanceledException)
        {
            // The channels tell the engineer; the client leaves when they are closed.
            return;
        }

        Start(stopping => ServeTargetAsync(session, stopping));
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = session.Session.Ended.Register(ended.SetResult);
        Task first = await Task.WhenAny(ended.Task, session.Target.Completion.WaitAsync(cancellationToken));
        if (first == ended.Task)
        {
            End(RelayOutcome.SessionEnded);
        }
        else if (session.Target.Completion.IsCompleted)
        {
            // The channels on it say so to the client and close; it may then leave first, and was not the one to begin.
            Settle(RelayOutcome.TargetClosed);
            await Task.WhenAll(Relays());
            End(RelayOutcome.TargetClosed);
        }
    }

    /// <summary>The first outcome is kept. Channels get a moment for their last words, see <see
    /// cref="ChannelRelay"/>.</summary>
    private void End(RelayOutcome outcome)
    {
        Settle(outcome);
        _over.Cancel();
    }

    private void Settle(RelayOutcome outcome)
    {
        lock (_lock)
        {
            _outcome ??= outcome;
        }
    }

    private RelayOutcome ClientEnd() => client.EndReason switch
    {
        { Blame: Blame.Peer, Reason: DisconnectReason.ProtocolError or DisconnectReason.MacError } =>
            RelayOutcome.ClientProtocolError,
        _ => RelayOutcome.ClientClosed,
    };

    [LoggerMessage(1, LogLevel.Error, "the recording or the journal failed; the session ends")]
    private partial void LogRecordingFailed(Exception failure);

    [LoggerMessage(2, LogLevel.Error, "a channel ended by a fault of ours; the session ends")]
    private partial void LogFault(Exception fault);
}
