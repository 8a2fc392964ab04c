using System.Diagnostics.CodeAnalysis;
using System.Text;
using Bastion.Audit.Recordings;
using Bastion.Audit.Records;
using Bastion.Control;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Server.Ssh.Sftp;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>
/// One session channel of a client, from its opening to its end:
///   1  read what is to be started (terminal, environment, exec / shell / subsystem)
///   2  ask the gate; while people decide, nothing goes to the target
///   3  begin the recording
///   4  start on the target what was released
///   5  relay: one pump for each direction, in order, recorded before forwarded, credited after the far side took it
///   6  write down what went through
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "RunAsync gives the agent back at its end")]
internal sealed class ChannelRelay(Channel client, int number, Task<SessionContext> entering)
{
    /// <summary>Columns or rows that the gateway follows; the target is told the true size.</summary>
    private const uint WidestTerminal = 1000;

    /// <summary>How long a last word may take to reach a client that does not read.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(1);

    private readonly ChannelPreamble _preamble = new(client);
    private Release? _agent;
    private IDisposable? _lent;

    /// <summary>Returns when the channel is over.</summary>
    /// <exception cref="RecordingFailedException">The session must end.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        SshMetrics.ChannelOpened();
        try
        {
            if (await _preamble.ReadAsync(LendAgentAsync, cancellationToken) is { } start)
            {
                await ServeAsync(start, cancellationToken);
            }
        }
        finally
        {
            _lent?.Dispose();
            await client.CloseAsync();
            SshMetrics.ChannelEnded();
        }
    }

    private bool HasTerminal => _preamble.Terminal is not null;

    private async Task ServeAsync(StartRequest start, CancellationToken cancellationToken)
    {
        var notices = new ChannelNotices(client, HasTerminal, _preamble.Json && !HasTerminal);
        SessionContext session;
        try
        {
            session = await entering.WaitAsync(cancellationToken);
        }
        catch (RelayEndException end)
        {
            await AnswerAsync(start, cancellationToken);
            if (end.Commands is { } own && start.Type == RequestNames.Exec
                && await own(Encoding.UTF8.GetString(start.Argument.Span), client, notices,
                cancellationToken) is { } status)
            {
                await ExitAsync(status, cancellationToken);
                return;
            }

            foreach (string line in end.Message.Split('\n'))
            {
                await notices.SayAsync(line, cancellationToken);
            }

            await ExitAsync(end.Outcome.ExitCode(), cancellationToken);
            return;
        }

        // The target's channel is opened while the gate thinks; nothing can be sent on it without a release.
        Task<Channel> opening = session.Target.OpenChannelAsync(ChannelTypes.Session, default, cancellationToken)
            .AsTask();
        try
        {
            using IDisposable listed = await session.Notices.AddAsync(notices, cancellationToken);
            await RelayAsync(session, start, notices, opening, cancellationToken);
        }
        finally
        {
            await Task.WhenAny(opening);
            if (opening.IsCompletedSuccessfully)
            {
                await (await opening).CloseAsync();
            }
        }
    }

    private async Task RelayAsync(
        SessionContext session, StartRequest start, ChannelNotices notices, Task<Channel> opening,
        CancellationToken cancellationToken)
    {
        var requester = new ChannelRequester(client, notices, session.Time, _preamble.Terminal, _preamble.Waits);
        await SayRefusedRequestsAsync(session, notices, cancellationToken);
        Task opened = session.Evidence.RecordAsync(OpenedRecord(session, start)).AsTask();
        StartIntent intent = _preamble.IntentOf(start, number, session.Session.Access.Shell);
        GateAnswer answer = await session.AskingFor(requester).AskAsync(intent, cancellationToken);
        await opened;
        if (answer is not GateAnswer.Released { Release: var release })
        {
            await AnswerAsync(start, cancellationToken);
            Refusal refusal = ((GateAnswer.Refused)answer).Refusal;
            await notices.SayRefusedAsync(refusal, cancellationToken);
            await ExitAsync(refusal.ExitCode, cancellationToken);
            return;
        }

        await using var recorder = new ChannelRecorder(session, RecordingHeaderOf(session, start), KindOf(start));
        await recorder.StartAsync();
        if (await StartAsync(session, release, opening, cancellationToken) is not { } target)
        {
            await AnswerAsync(start, cancellationToken);
            await notices.SayAsync($"`{session.Session.Target}` opened no channel for it", cancellationToken);
            await ExitAsync(ExitCodes.TryAgain, cancellationToken);
            return;
        }

        // What she said at the terminal is the reason for everything on this channel.
        _preamble.Reason = requester.Reason ?? _preamble.Reason;
        await PassOnWhatCameMeanwhileAsync(requester, target, cancellationToken);
        var ends = new ChannelEnds(session, client, target, recorder, notices, requester, _preamble.SettingOf(number));
        await PumpAsync(ends, start, cancellationToken);
        session.Count(recorder.BytesToTarget, recorder.BytesToClient);
        SshMetrics.Relayed(recorder.BytesToTarget, recorder.BytesToClient);
        await session.Evidence.RecordAsync(await recorder.CompleteAsync());
    }

    /// <summary>The client's agent, for what is started on this channel: an intent of its own, before it.</summary>
    private async ValueTask<bool> LendAgentAsync(CancellationToken cancellationToken)
    {
        if (_agent is not null)
        {
            return true;
        }

        SessionContext session;
        try
        {
            session = await entering.WaitAsync(cancellationToken);
        }
        catch (RelayEndException)
        {
            // There is nothing to lend it to; what is started next says why.
            return false;
        }

        // Not yet on a terminal: clients ask for the agent before the terminal, and show this as it is.
        var notices = new ChannelNotices(client, terminal: false);
        GateAnswer answer = await session
            .AskingFor(new ChannelRequester(client, notices, session.Time, waits: _preamble.Waits))
            .AskAsync(new AgentIntent(_preamble.SettingOf(number)), cancellationToken);
        if (answer is GateAnswer.Released { Release: var release })
        {
            _agent = release;
            _lent = session.Backchannels.LendAgent();
            return true;
        }

        await notices.SayAsync($"your agent is not lent: {((GateAnswer.Refused)answer).Refusal.Reason.En}",
            cancellationToken);
        return false;
    }

    private async ValueTask SayRefusedRequestsAsync(
        SessionContext session, ChannelNotices notices, CancellationToken cancellationToken)
    {
        foreach (string type in _preamble.Refused)
        {
            if (type == RequestNames.X11)
            {
                await notices.SayAsync("X11 forwarding is not offered by this gateway", cancellationToken);
            }

            await session.Evidence.RecordAsync(new RequestRefused
            {
                Session = session.Session.Id,
                Channel = number,
                What = "channel-request",
                User = session.Session.Principal,
                Subject = type,
                Reason = "this gateway does not offer it",
            });
        }
    }

    private async ValueTask<RunningTarget?> StartAsync(
        SessionContext session, Release release, Task<Channel> opening, CancellationToken cancellationToken)
    {
        try
        {
            var target = new GatedTarget(await opening, session.Session);
            IEnumerable<EnvironmentVariable> environment =
                _preamble.Environment.Where(variable => session.Session.Access.PermitsVariable(variable.Name));
            return await target.StartAsync(
                release, new ChannelSetting(_preamble.Terminal, [.. environment], _agent), cancellationToken);
        }
        catch (Exception failure) when (failure is ChannelOpenException or SshDisconnectException)
        {
            return null;
        }
    }

    private static async ValueTask PassOnWhatCameMeanwhileAsync(
        ChannelRequester requester, RunningTarget target, CancellationToken cancellationToken)
    {
        if (requester.Resized is { } size)
        {
            await target.NotifyAsync(RequestNames.WindowChange, size.Format(), cancellationToken);
        }

        if (requester.EofSeen)
        {
            await target.SendEofAsync(cancellationToken);
        }
    }

    private async Task PumpAsync(ChannelEnds ends, StartRequest start, CancellationToken cancellationToken)
    {
        IChannelPath path = PathFor(ends, start);
        ends.Notices.IsCovered = () => path.IsFullScreen;
        try
        {
            bool whole = await new ChannelPumps(ends, path, start).RunAsync(cancellationToken);
            if (!whole && !client.Gone.IsCompleted)
            {
                await SayFarewellAsync(ends, $"`{ends.Session.Session.Target}` broke off the connection");
            }
        }
        catch (OperationCanceledException) when (ends.Session.Session.End is { } end)
        {
            await SayFarewellAsync(ends, $"the session has ended: {end.Reason}");
        }
        catch (SftpProtocolException broken)
        {
            await ends.Session.Evidence.RecordAsync(new RequestRefused
            {
                Session = ends.Session.Session.Id,
                Channel = number,
                What = "sftp",
                User = ends.Session.Session.Principal,
                Subject = start.Type,
                Reason = broken.Message,
            });
            await SayFarewellAsync(ends, $"this is not SFTP as the gateway knows it: {broken.Message}");
        }
        catch (RecordingFailedException)
        {
            await SayFarewellAsync(ends, "the recording cannot be written, so the session ends");
            throw;
        }
        finally
        {
            // Before the client can see the end: nothing of this channel asks her agent after it.
            _lent?.Dispose();
            await ends.Target.CloseAsync();
            await client.CloseAsync();
            await path.DisposeAsync();
        }
    }

    private RecordingKind KindOf(StartRequest start) => start.Type switch
    {
        RequestNames.Subsystem => RecordingKind.Operations,
        _ when HasTerminal => RecordingKind.Terminal,
        _ => RecordingKind.Stream,
    };

    private IChannelPath PathFor(ChannelEnds ends, StartRequest start)
    {
        // 0 is how a client says that it does not know; the screen then takes 80 by 24.
        int columns = (int)Math.Min(_preamble.Terminal?.Columns ?? 0, WidestTerminal);
        int rows = (int)Math.Min(_preamble.Terminal?.Rows ?? 0, WidestTerminal);
        return start.Type switch
        {
            RequestNames.Subsystem => new SftpPath(ends),
            RequestNames.Shell when HasTerminal => new ObservedShellPath(ends, columns, rows),
            _ when HasTerminal => new TerminalCommandPath(ends, columns, rows),
            _ => new ExecPath(ends),
        };
    }

    /// <summary>RFC 4254 section 6.5. Success also for what did not run: clients that get a bare failure exit with 0 or
    /// in silence.</summary>
    private async ValueTask AnswerAsync(StartRequest start, CancellationToken cancellationToken)
    {
        if (start.WantReply)
        {
            await client.ReplyAsync(success: true, cancellationToken);
        }
    }

    private async ValueTask ExitAsync(int status, CancellationToken cancellationToken)
    {
        await client.SendRequestAsync(
            RequestNames.ExitStatus, wantReply: false, ExitStatus.Format((uint)status), cancellationToken);
        await client.SendEofAsync(cancellationToken);
        await client.CloseAsync();
    }

    private async Task SayFarewellAsync(ChannelEnds ends, string sentence)
    {
        using var limit = new CancellationTokenSource(Farewell, ends.Session.Time);
        try
        {
            await ends.Notices.SayOnOwnLineAsync(sentence, limit.Token);
            await ExitAsync(ExitCodes.TryAgain, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // The client does not read; it will see the end of the connection.
        }
    }

    private ChannelOpened OpenedRecord(SessionContext session, StartRequest start) => new()
    {
        Session = session.Session.Id,
        Channel = number,
        Type = client.Type,
        Use = start.Type,
        Destination = start.Type == RequestNames.Subsystem ? new PeerText(start.Argument) : default(PeerText?),
        Terminal = HasTerminal,
    };

    private static int RecordedSize(uint? asked, int usual) =>
        asked is null or 0 ? usual : (int)Math.Min(asked.Value, WidestTerminal);

    private RecordingHeader RecordingHeaderOf(SessionContext session, StartRequest start) => new(
        session.Session.Id,
        number,
        RecordedSize(_preamble.Terminal?.Columns, 80),
        RecordedSize(_preamble.Terminal?.Rows, 24))
    {
        TerminalType = _preamble.Terminal is { } terminal ? PeerText.FromString(terminal.Term) : default(PeerText?),
        Command = start.Type == RequestNames.Exec ? new PeerText(start.Argument) : default(PeerText?),
        Title = $"{session.Session.Principal} on {session.Session.Account}@{session.Session.Target}",
    };
}
