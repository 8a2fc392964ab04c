using System.Text;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>Asks the person at a terminal what something is for, before others are asked to approve it.</summary>
internal sealed class ReasonPrompt(Channel client)
{
    /// <summary>In bytes. A sentence and a ticket's number.</summary>
    private const int MaximumLength = 400;

    private const byte ControlC = 3;
    private const byte ControlD = 4;
    private const byte Backspace = 8;
    private const byte Delete = 127;

    /// <summary>Null when she would rather drop it, or is gone.</summary>
    public async Task<string?> AskAsync(CancellationToken cancellationToken)
    {
        await SayAsync("bastion: reason (Enter sends, Ctrl-C drops the command): ", cancellationToken);
        List<byte> reason = [];
        while (true)
        {
            ChannelItem item = await client.ReadAsync(cancellationToken);
            if (item.Kind is ChannelItemKind.Close or ChannelItemKind.Disconnected or ChannelItemKind.Eof)
            {
                return null;
            }

            if (item is { Kind: ChannelItemKind.Request, Request.WantReply: true })
            {
                await client.ReplyAsync(success: false, cancellationToken);
            }

            byte[] keys = item.Data.ToArray();
            client.Consumed(keys.Length);
            foreach (byte key in keys)
            {
                switch (key)
                {
                    case ControlC or ControlD:
                        await SayAsync("\r\n", cancellationToken);
                        return null;
                    case (byte)'\r' or (byte)'\n':
                        await SayAsync("\r\n", cancellationToken);
                        return reason.Count == 0 ? null : Encoding.UTF8.GetString([.. reason]);
                    case Backspace or Delete:
                        await EraseAsync(reason, cancellationToken);
                        break;
                    case >= (byte)' ' when reason.Count < MaximumLength:
                        reason.Add(key);
                        await client.WriteAsync(new[] { key }, cancellationToken);
                        break;
                }
            }
        }
    }

    /// <summary>Takes the last character back, however many bytes it has.</summary>
    private async ValueTask EraseAsync(List<byte> reason, CancellationToken cancellationToken)
    {
        if (reason.Count == 0)
        {
            return;
        }

        while (reason.Count > 0 && (reason[^1] & 0xC0) == 0x80)
        {
            reason.RemoveAt(reason.Count - 1);
        }

        reason.RemoveAt(reason.Count - 1);
        await SayAsync("\b \b", cancellationToken);
    }

    private async ValueTask SayAsync(string text, CancellationToken cancellationToken) =>
        await client.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
}
