using Bastion.Control.Gating;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>Waits with the engineer for people to decide, says so in the terminal, and lets her take it back.</summary>
internal sealed class HeldWait(Channel client, ChannelNotices notices, SessionFlow flow, TimeProvider time)
{
    /// <summary>A line that often shows that the command is not stuck, and does not flood a log.</summary>
    private static readonly TimeSpan NoticeInterval = TimeSpan.FromSeconds(30);

    private const byte ControlC = 3;
    private const byte ControlD = 4;

    /// <summary>The client ended its input while it waited; whoever started what was released passes that on.</summary>
    public bool EofSeen { get; private set; }

    /// <summary>The terminal's last size while it waited.</summary>
    public WindowChange? Resized { get; private set; }

    /// <summary>Released or refused. While this runs nothing of the session goes to the target.</summary>
    /// <param name="terminal">Keys are read: Ctrl-C and Ctrl-D withdraw, all others are dropped.</param>
    public async Task<GateAnswer> WaitAsync(HeldIntent held, bool terminal, CancellationToken cancellationToken)
    {
        using IDisposable hold = flow.Hold();
        using CancellationTokenSource withdrawn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using CancellationTokenSource decided = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<GateAnswer> deciding = held.WaitAsync(withdrawn.Token);
        Task leaving = terminal ? WithdrawalKeyAsync(decided.Token) : client.Gone;
        Task talking = TalkAsync(held, decided.Token);
        try
        {
            if (await Task.WhenAny(deciding, leaving) == leaving && !leaving.IsCanceled)
            {
                await withdrawn.CancelAsync();
            }
            return await deciding;
        }
        finally
        {
            await decided.CancelAsync();
            await Task.WhenAny(talking);
            if (terminal)
            {
                await Task.WhenAny(leaving);
            }
        }
    }

    private async Task TalkAsync(HeldIntent held, CancellationToken cancellationToken)
    {
        await notices.SayHeldAsync(held, cancellationToken);
        using PeriodicTimer timer = new(NoticeInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await notices.SayStillHeldAsync(held, cancellationToken);
        }
    }

    /// <summary>Completes when the person withdraws, or is gone.</summary>
    private async Task WithdrawalKeyAsync(CancellationToken cancellationToken)
    {
        bool told = false;
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
                    if (!told)
                    {
                        told = true;
                        await notices.SayAsync("waiting for approval; keys are dropped; Ctrl-C withdraws", cancellationToken);
                    }
                    break;
                case ChannelItemKind.Request:
                    if (item.Request!.Type == RequestNames.WindowChange
                        && WindowChange.TryParse(item.Request.Payload.Span, out WindowChange size))
                    {
                        Resized = size;
                    }
                    if (item.Request.WantReply)
                    {
                        await client.ReplyAsync(success: false, cancellationToken);
                    }
                    break;
            }
        }
    }
}
