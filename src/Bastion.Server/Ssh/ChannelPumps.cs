using System.Runtime.CompilerServices;
using Bastion.Control;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>
/// Carries a running channel: one pump for each direction, each taking one ordered stream of items, so that nothing
/// overtakes anything (an exit status its last output, a window change a key). A pump that waits for the far side reads
/// no further, and the near side's window stays shut: back-pressure from end to end.
/// </summary>
internal sealed class ChannelPumps(ChannelEnds ends, IChannelPath path, StartRequest start)
{
    /// <summary>How long a target that has no more output may take to say how its command ended, once the client has
    /// closed.</summary>
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(5);

    private bool _terminalAnswered = !ends.Target.HasTerminal;
    private volatile bool _outputEnded;

    /// <summary>True when the target closed the channel, false when the client did, or when both are gone.</summary>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task toTarget = PumpToTargetAsync(stop.Token);
        Task<bool> toClient = PumpToClientAsync(stop.Token);
        Task first = await Task.WhenAny(toTarget, toClient);
        if (toTarget.IsCompletedSuccessfully && _outputEnded && !toClient.IsCompleted)
        {
            // OpenSSH's client closes when both sides have sent EOF, and still wants the exit status that follows.
            await Task.WhenAny(toClient, Task.Delay(LastWord, ends.Session.Time, stop.Token));
            first = toClient.IsCompleted ? toClient : toTarget;
        }

        if (first == toTarget)
        {
            // The client is gone: whatever the target still says has nobody to go to.
            await ends.Target.CloseAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAny(Task.WhenAll(toTarget, toClient));
        await first;
        return first == toClient && await toClient;
    }

    private async Task PumpToTargetAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (ends.Client.TryRead(out ChannelItem item))
            {
                if (!await TakeFromClientAsync(item, cancellationToken))
                {
                    return;
                }
            }

            await ends.Client.WaitToReadAsync(cancellationToken);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TakeFromClientAsync(ChannelItem item, CancellationToken cancellationToken)
    {
        switch (item.Kind)
        {
            case ChannelItemKind.Data:
                ends.Session.Session.Touch(ends.Session.Time.GetTimestamp());
                await path.ToTargetAsync(item.Data, cancellationToken);
                ends.Client.Consumed(item.Data.Length);
                return true;
            case ChannelItemKind.Request:
                await RelayRequestToTargetAsync(item.Request!, cancellationToken);
                return true;
            case ChannelItemKind.Eof:
                await ends.Session.Flow.FreeAsync(cancellationToken);
                await ends.Target.SendEofAsync(cancellationToken);
                return true;
            case ChannelItemKind.EndOfWrite:
                await ends.Target.SendEndOfWriteAsync(cancellationToken);
                return true;
            case ChannelItemKind.Close:
            case ChannelItemKind.Disconnected:
                return false;
            default:
                // RFC 4254 defines no extended data towards a server.
                ends.Client.Consumed(item.Data.Length);
                return true;
        }
    }

    private async ValueTask RelayRequestToTargetAsync(ChannelRequest request, CancellationToken cancellationToken)
    {
        bool known = true;
        switch (request.Type)
        {
            case RequestNames.WindowChange when WindowChange.TryParse(request.Payload.Span, out WindowChange size):
                path.Resized(size);
                ends.Requester.Resize(size);
                await ends.Recorder.ResizeAsync(Dimension(size.Columns), Dimension(size.Rows));
                await ends.Target.NotifyAsync(request.Type, request.Payload, cancellationToken);
                break;
            case RequestNames.Signal:
            case RequestNames.Break:
                await ends.Session.Flow.FreeAsync(cancellationToken);
                await ends.Target.NotifyAsync(request.Type, request.Payload, cancellationToken);
                break;
            default:
                known = false;
                break;
        }

        if (request.WantReply)
        {
            await ends.Client.ReplyAsync(known, cancellationToken);
        }
    }

    private async Task<bool> PumpToClientAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            while (ends.Target.TryRead(out ChannelItem item))
            {
                if (item.Kind is ChannelItemKind.Close or ChannelItemKind.Disconnected)
                {
                    return item.Kind == ChannelItemKind.Close;
                }

                await TakeFromTargetAsync(item, cancellationToken);
            }

            await ends.Target.WaitToReadAsync(cancellationToken);
        }
    }

    private async ValueTask TakeFromTargetAsync(ChannelItem item, CancellationToken cancellationToken)
    {
        switch (item.Kind)
        {
            case ChannelItemKind.Data:
                await path.ToClientAsync(item.Data, cancellationToken);
                ends.Target.Consumed(item.Data.Length);
                break;
            case ChannelItemKind.ExtendedData:
                await ends.Recorder.OutputAsync(item.Data);
                await ends.Client.WriteExtendedAsync(item.Data, cancellationToken);
                ends.Target.Consumed(item.Data.Length);
                break;
            case ChannelItemKind.Reply:
                await TakeReplyAsync(item.Success, cancellationToken);
                break;
            case ChannelItemKind.Request:
                await RelayRequestToClientAsync(item.Request!, cancellationToken);
                break;
            case ChannelItemKind.Eof:
                _outputEnded = true;
                await ends.Client.SendEofAsync(cancellationToken);
                break;
            case ChannelItemKind.EndOfWrite:
                await ends.Client.SendEndOfWriteAsync(cancellationToken);
                break;
        }
    }

    /// <summary>The terminal's reply comes first, if one was asked for; then that of what was started.</summary>
    private async ValueTask TakeReplyAsync(bool success, CancellationToken cancellationToken)
    {
        if (!_terminalAnswered)
        {
            _terminalAnswered = true;
            if (!success)
            {
                await ends.Notices.SayAsync($"`{ends.Session.Session.Target}` gives no terminal", cancellationToken);
            }

            return;
        }

        if (!success)
        {
            await ends.Notices.SayAsync($"`{ends.Session.Session.Target}` refused the {start.Type} request",
                cancellationToken);
        }

        if (start.WantReply)
        {
            // Success also then: clients that get a bare failure exit with 0 or without a word.
            await ends.Client.ReplyAsync(success: true, cancellationToken);
        }

        if (!success)
        {
            await ends.Client.SendRequestAsync(
                RequestNames.ExitStatus, wantReply: false, ExitStatus.Format(ExitCodes.Blocked), cancellationToken);
            await ends.Target.CloseAsync();
            await ends.Client.CloseAsync();
        }
    }

    private async ValueTask RelayRequestToClientAsync(ChannelRequest request, CancellationToken cancellationToken)
    {
        switch (request.Type)
        {
            case RequestNames.ExitStatus when ExitStatus.TryParse(request.Payload.Span, out uint status):
                await ends.Recorder.ExitedAsync((int)status);
                break;
            case RequestNames.ExitSignal when ExitSignal.Parse(request.Payload.Span) is { } signal:
                ends.Recorder.ExitedBySignal(VisibleText.Of(signal.Name));
                break;
            case RequestNames.FlowControl:
                break;
            default:
                // Nothing else goes from a target to a client on a session channel.
                request = request with { Type = "" };
                break;
        }

        if (request.Type.Length > 0)
        {
            await ends.Client.SendRequestAsync(request.Type, wantReply: false, request.Payload, cancellationToken);
        }
    }

    private static int Dimension(uint size) => (int)Math.Min(size, ushort.MaxValue);
}
