using Bastion.Control.Approvals;
using Bastion.Control.Gating;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>How the person who waits is told of it.</summary>
internal enum HeldDisplay
{
    /// <summary>Lines now and then: no terminal, or one that cannot draw a line over.</summary>
    Lines,

    /// <summary>One line at a terminal that counts down.</summary>
    Status,

    /// <summary>A full-screen program has the terminal: nothing is drawn into it.</summary>
    Nothing,
}

/// <summary>Waits with the engineer for people to decide, says so, and lets her take it back.</summary>
internal sealed class HeldWait(Channel client, ChannelNotices notices, SessionFlow flow, TimeProvider time,
    PtyRequest? terminal = null)
{
    /// <summary>A line that often shows that the command is not stuck, and does not flood a log.</summary>
    private static readonly TimeSpan NoticeInterval = TimeSpan.FromSeconds(30);

    private const byte ControlC = 3;
    private const byte ControlD = 4;

    private readonly StatusLine _status = new(client, (int)Math.Min(terminal?.Columns ?? 0, ushort.MaxValue));
    private TaskCompletionSource _redraw = NewSignal();
    private volatile string? _aside;

    /// <summary>The client ended its input while it waited; whoever started what was released passes that on.</summary>
    public bool EofSeen { get; private set; }

    /// <summary>The terminal's last size while it waited.</summary>
    public WindowChange? Resized { get; private set; }

    /// <summary>Who refused, when a person did.</summary>
    public string? RefusedBy { get; private set; }

    /// <summary>For a terminal on which no full-screen program is.</summary>
    public HeldDisplay TerminalDisplay =>
        terminal is { Term: not ("" or "dumb" or "unknown") } ? HeldDisplay.Status : HeldDisplay.Lines;

    public void Resize(WindowChange size) => _status.Columns = (int)Math.Min(size.Columns, ushort.MaxValue);

    /// <summary>Released or refused. While this runs nothing of the session goes to the target.</summary>
    /// <param name="readsKeys">Ctrl-C and Ctrl-D withdraw, all others are dropped; else only the end of the channel
    /// does.</param>
    public async Task<GateAnswer> WaitAsync(
        HeldIntent held, bool readsKeys, HeldDisplay display, CancellationToken cancellationToken)
    {
        using IDisposable hold = flow.Hold();
        using var withdrawn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var decided = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<GateAnswer> deciding = held.WaitAsync(withdrawn.Token);
        Task leaving = readsKeys ? WithdrawalKeyAsync(display, decided.Token) : client.Gone;
        Task talking = TalkAsync(held, display, decided.Token);
        GateAnswer answer;
        try
        {
            if (await Task.WhenAny(deciding, leaving) == leaving && !leaving.IsCanceled)
            {
                await withdrawn.CancelAsync();
            }

            answer = await deciding;
        }
        finally
        {
            await decided.CancelAsync();
            await Task.WhenAny(talking);
            if (readsKeys)
            {
                await Task.WhenAny(leaving);
            }
        }

        await _status.EraseAsync(cancellationToken);
        ApprovalRequest request = held.Request;
        if (answer is GateAnswer.Released && display != HeldDisplay.Nothing)
        {
            await notices.SayApprovedAsync(request, cancellationToken);
        }

        RefusedBy = answer is GateAnswer.Refused { Refusal.Kind: RefusalKind.ByPerson }
            ? request.Votes.LastOrDefault(vote => !vote.Approved)?.Approver
            : null;
        return answer;
    }

    private async Task TalkAsync(HeldIntent held, HeldDisplay display, CancellationToken cancellationToken)
    {
        if (display == HeldDisplay.Nothing)
        {
            return;
        }

        await notices.SayHeldAsync(held, cancellationToken);
        if (display == HeldDisplay.Status)
        {
            await CountDownAsync(held, cancellationToken);
        }

        using var timer = new PeriodicTimer(NoticeInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await notices.SayStillHeldAsync(held, cancellationToken);
        }
    }

    /// <summary>Draws until cancelled: when somebody decides, when the window changes, and as time passes.</summary>
    private async Task CountDownAsync(HeldIntent held, CancellationToken cancellationToken)
    {
        while (true)
        {
            long seen = held.Request.Revision;
            Task redraw = Volatile.Read(ref _redraw).Task;
            await _status.DrawAsync(held, _aside, cancellationToken);
            using var next = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task changed = held.ChangedAsync(seen, next.Token);
            var later = Task.Delay(StatusLine.UntilNext(held.Remaining), time, next.Token);
            await Task.WhenAny(changed, redraw, later);
            await next.CancelAsync();
            await Task.WhenAny(Task.WhenAll(changed, later));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private void Redraw() => Interlocked.Exchange(ref _redraw, NewSignal()).TrySetResult();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the person withdraws, or is gone.</summary>
    private async Task WithdrawalKeyAsync(HeldDisplay display, CancellationToken cancellationToken)
    {
        while (true)
        {
            ChannelItem item = await client.ReadAsync(cancellationToken);
            switch (item.Kind)
            {
                case ChannelItemKind.Close or ChannelItemKind.Disconnected:
                    return;
                case ChannelItemKind.Eof:
                    EofSeen = true;
                    break;
                case ChannelItemKind.Data:
                    bool withdraws = item.Data.Span.ContainsAny(ControlC, ControlD);
                    client.Consumed(item.Data.Length);
                    if (withdraws)
                    {
                        return;
                    }

                    await SayDroppedAsync(display, cancellationToken);
                    break;
                case ChannelItemKind.Request:
                    if (item.Request!.Type == RequestNames.WindowChange
                        && WindowChange.TryParse(item.Request.Payload.Span, out WindowChange size))
                    {
                        Resized = size;
                        Resize(size);
                        Redraw();
                    }

                    if (item.Request.WantReply)
                    {
                        await client.ReplyAsync(success: false, cancellationToken);
                    }

                    break;
            }
        }
    }

    private async ValueTask SayDroppedAsync(HeldDisplay display, CancellationToken cancellationToken)
    {
        const string dropped = "keys are dropped, Ctrl-C withdraws";
        if (_aside is not null)
        {
            return;
        }

        _aside = dropped;
        if (display == HeldDisplay.Status)
        {
            Redraw();
        }
        else if (display == HeldDisplay.Lines)
        {
            await notices.SayAsync($"waiting for approval; {dropped}", cancellationToken);
        }
    }
}
