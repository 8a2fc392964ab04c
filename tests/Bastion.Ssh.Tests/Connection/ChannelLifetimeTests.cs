using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.Connection;

public sealed class ChannelLifetimeTests
{
    [Fact]
    public async Task Items_come_in_the_order_in_which_they_were_sent()
    {
        await using var pair = new ConnectionPair();
        (Channel client, Channel server) = await pair.OpenAsync();
        CancellationToken deadline = ScriptedClient.Deadline();
        await server.WriteAsync("a"u8.ToArray(), deadline);
        await server.WriteAsync("b"u8.ToArray(), deadline);
        await server.WriteExtendedAsync("c"u8.ToArray(), deadline);
        await server.WriteAsync("d"u8.ToArray(), deadline);
        await server.SendEndOfWriteAsync(deadline);
        await server.SendRequestAsync("exit-status", false, ExitStatus.Format(3), deadline);
        await server.SendEofAsync(deadline);
        await server.CloseAsync();
        List<string> items = await client.ReadAllAsync();
        Assert.Equal("ab", string.Concat(items.Where(i => i.StartsWith("data:", StringComparison.Ordinal)).Take(2)
            .Select(i => i[5..]))[..2]);
        Assert.Equal(["stderr:c", "data:d", "EndOfWrite", "request:exit-status", "Eof", "Close"],
            items.SkipWhile(i => i != "stderr:c"));
    }

    [Fact]
    public async Task After_the_peers_eof_our_direction_still_flows()
    {
        await using var pair = new ConnectionPair();
        (Channel client, Channel server) = await pair.OpenAsync();
        await client.SendEofAsync(ScriptedClient.Deadline());
        Assert.Equal(ChannelItemKind.Eof, (await server.ReadAsync(ScriptedClient.Deadline())).Kind);
        Assert.True(await server.WriteAsync("late"u8.ToArray(), ScriptedClient.Deadline()));
        Assert.Equal(4, (await client.ReadAsync(ScriptedClient.Deadline())).Data.Length);
        Assert.False(await client.WriteAsync("after eof"u8.ToArray(), ScriptedClient.Deadline()));
    }

    [Fact]
    public async Task Data_after_eof_disconnects()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync();
        client.SendBare(channel, MessageNumber.ChannelEof);
        client.SendBare(channel, MessageNumber.ChannelEof);
        client.SendData(channel, "x"u8);
        SshDisconnectException end = await client.ConnectionEndAsync();
        Assert.Contains("after its end", end.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((byte)MessageNumber.ChannelData)]
    [InlineData((byte)MessageNumber.ChannelEof)]
    [InlineData((byte)MessageNumber.ChannelClose)]
    [InlineData((byte)MessageNumber.ChannelRequest)]
    public async Task A_message_after_the_peers_close_disconnects(byte number)
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync();
        client.SendBare(channel, MessageNumber.ChannelClose);
        client.Peer.Send(m => Append(m.Number((MessageNumber)number).UInt32(channel.LocalId), (MessageNumber)number));
        Assert.Equal(DisconnectReason.ProtocolError, (await client.ConnectionEndAsync()).Reason);
    }

    [Theory]
    [InlineData((byte)MessageNumber.ChannelData)]
    [InlineData((byte)MessageNumber.ChannelEof)]
    [InlineData((byte)MessageNumber.ChannelClose)]
    [InlineData((byte)MessageNumber.ChannelRequest)]
    [InlineData((byte)MessageNumber.ChannelOpenConfirmation)]
    [InlineData((byte)MessageNumber.ChannelOpenFailure)]
    public async Task A_message_for_a_channel_that_never_was_disconnects(byte number)
    {
        await using var client = new ScriptedClient();
        client.Peer.Send(m => Append(m.Number((MessageNumber)number).UInt32(77), (MessageNumber)number));
        Assert.Equal(DisconnectReason.ProtocolError, (await client.ConnectionEndAsync()).Reason);
    }

    [Theory]
    [InlineData((byte)MessageNumber.ChannelData)]
    [InlineData((byte)MessageNumber.ChannelEof)]
    [InlineData((byte)MessageNumber.ChannelClose)]
    [InlineData((byte)MessageNumber.ChannelRequest)]
    [InlineData((byte)MessageNumber.ChannelWindowAdjust)]
    [InlineData((byte)MessageNumber.ChannelOpenConfirmation)]
    public async Task A_message_before_the_channel_was_confirmed_disconnects(byte number)
    {
        await using var client = new ScriptedClient();
        client.RequestSession();
        client.Peer.Send(m => Append(m.Number((MessageNumber)number).UInt32(0), (MessageNumber)number));
        Assert.Equal(DisconnectReason.ProtocolError, (await client.ConnectionEndAsync()).Reason);
    }

    [Fact]
    public async Task Late_messages_after_our_close_are_dropped_until_the_peer_closes_too()
    {
        await using var client = new ScriptedClient();
        Channel first = await client.OpenSessionAsync();
        await first.CloseAsync();
        await client.Peer.ReceiveAsync(MessageNumber.ChannelClose);
        client.SendData(first, "late"u8);
        client.Peer.Send(m => m.Number(MessageNumber.ChannelRequest).UInt32(first.LocalId).String("window-change")
            .Boolean(false));
        client.SendBare(first, MessageNumber.ChannelEof);
        Channel second = await client.OpenSessionAsync(1);
        Assert.NotEqual(first.LocalId, second.LocalId);
        client.SendBare(first, MessageNumber.ChannelClose);
        Channel third = await client.OpenSessionAsync(2);
        Assert.Equal(first.LocalId, third.LocalId);
    }

    [Fact]
    public async Task Nothing_is_sent_on_a_channel_after_close()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync();
        await channel.CloseAsync();
        await channel.CloseAsync();
        await client.Peer.ReceiveAsync(MessageNumber.ChannelClose);
        CancellationToken deadline = ScriptedClient.Deadline();
        Assert.False(await channel.WriteAsync("x"u8.ToArray(), deadline));
        Assert.False(await channel.WriteExtendedAsync("x"u8.ToArray(), deadline));
        Assert.False(await channel.SendRequestAsync("exit-status", false, ExitStatus.Format(0), deadline));
        Assert.False(await channel.RequestAsync("x", default, deadline));
        Assert.False(await channel.SendEofAsync(deadline));
        Assert.True(client.Peer.NothingSent);
    }

    [Fact]
    public async Task What_was_queued_is_still_read_after_the_connection_was_lost()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync();
        client.SendData(channel, "last words"u8);
        await client.Peer.DisconnectAsync(DisconnectReason.ByApplication, "");
        Assert.Equal(["data:last words", "Disconnected"], await channel.ReadAllAsync());
        Assert.Null(await client.Connection.AcceptAsync(ScriptedClient.Deadline()));
    }

    private static void Append(MessageBuilder message, MessageNumber number)
    {
        switch (number)
        {
            case MessageNumber.ChannelData:
                message.String("x");
                break;
            case MessageNumber.ChannelRequest:
                message.String("shell").Boolean(true);
                break;
            case MessageNumber.ChannelWindowAdjust:
                message.UInt32(1);
                break;
            case MessageNumber.ChannelOpenConfirmation:
                message.UInt32(5).UInt32(1000).UInt32(1000);
                break;
            case MessageNumber.ChannelOpenFailure:
                message.UInt32(1).String("no").String("");
                break;
        }
    }
}
