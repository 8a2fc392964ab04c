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

/// <summary>
/// The engineer at the far end of a session channel: says to her that people are asked, and lets her take it back. At a
/// terminal Ctrl-C and Ctrl-D do that, and all other keys are dropped; else only the end of the channel does.
/// </summary>
/// <param name="terminal">Hers; null when nobody sits at one.</param>
internal sealed class ChannelRequester(
    Channel client, ChannelNotices notices, TimeProvider time, PtyRequest? terminal = null, bool waits = true)
    : IRequester
{
    /// <summary>A line that often shows that the command is not stuck, and does not flood a log.</summary>
    private static readonly TimeSpan NoticeInterval = TimeSpan.FromSeconds(30);

    private const byte ControlC = 3;
    private const byte ControlD = 4;

    private readonly StatusLine _status = new(client, (int)Math.Min(terminal?.Columns ?? 0, ushort.MaxValue));
    private TaskCompletionSource _redraw = NewSignal();
    private volatile string? _aside;

    public bool Waits => waits;

    /// <summary>What she said it is for, when she was asked.</summary>
    public string? Reason { get; private set; }

    /// <summary>The client ended its input while it waited; whoever started what was released passes that on.</summary>
    public bool EofSeen { get; private set; }

    /// <summary>The terminal's last size while it waited.</summary>
    public WindowChange? Resized { get; private set; }

    private HeldDisplay Display
    {
        get
        {
            if (notices.IsCovered?.Invoke() == true)
            {
                return HeldDisplay.Nothing;
            }

            return terminal is { Term: not ("" or "dumb" or "unknown") } ? HeldDisplay.Status : HeldDisplay.Lines;
        }
    }

    public void Resize(WindowChange size) => _status.Columns = (int)Math.Min(size.Columns, ushort.MaxValue);

    public async Task<string?> ReasonAsync(CancellationToken cancellationToken)
    {
        if (terminal is null || Display == HeldDisplay.Nothing)
        {
            return null;
        }

        return Reason = await new ReasonPrompt(client).AskAsync(cancellationToken);
    }

    public async Task StayAsync(HeldIntent held, CancellationToken decided)
    {
        HeldDisplay display = Display;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(decided);
        Task talking = TalkAsync(held, display, stop.Token);
        try
        {
            await (terminal is null ? client.Gone.WaitAsync(decided) : WithdrawalKeyAsync(display, decided));
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAny(talking);
        }
    }

    public async ValueTask ToldAsync(HeldIntent held, GateAnswer answer, CancellationToken cancellationToken)
    {
        await _status.EraseAsync(cancellationToken);
        if (answer is GateAnswer.Released && Display != HeldDisplay.Nothing)
        {
            await notices.SayApprovedAsync(held.Request, cancellationToken);
        }
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
