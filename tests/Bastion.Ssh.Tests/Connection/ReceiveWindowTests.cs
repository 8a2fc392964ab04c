using System.Buffers.Binary;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.Connection;

public sealed class ReceiveWindowTests
{
    private static readonly SshLimits Small = new()
    {
        ChannelWindow = 4096,
        MinimumWindow = 1024,
        ReceiveBudget = 8192,
    };

    [Fact]
    public async Task Data_beyond_the_window_disconnects_with_protocol_error()
    {
        await using var client = new ScriptedClient(Small);
        Channel channel = await client.OpenSessionAsync();
        client.SendData(channel, new byte[4096]);
        client.SendData(channel, new byte[1]);
        SshDisconnectException end = await client.ConnectionEndAsync();
        Assert.Equal(DisconnectReason.ProtocolError, end.Reason);
        Assert.Contains("window is 0", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_window_is_charged_on_arrival_also_when_the_data_was_read_but_not_consumed()
    {
        await using var client = new ScriptedClient(Small);
        Channel channel = await client.OpenSessionAsync();
        client.SendData(channel, new byte[4096]);
        ChannelItem item = await channel.ReadAsync(ScriptedClient.Deadline());
        Assert.Equal(4096, item.Data.Length);
        client.SendData(channel, new byte[1]);
        Assert.Equal(DisconnectReason.ProtocolError, (await client.ConnectionEndAsync()).Reason);
    }

    [Fact]
    public async Task Consumed_credits_in_batches_of_a_quarter_window()
    {
        await using var client = new ScriptedClient(Small);
        Channel channel = await client.OpenSessionAsync();
        client.SendData(channel, new byte[4096]);
        await channel.ReadAsync(ScriptedClient.Deadline());
        channel.Consumed(1023);
        Assert.True(client.Peer.NothingSent);
        channel.Consumed(1);
        byte[] adjust = await client.Peer.ReceiveAsync(MessageNumber.ChannelWindowAdjust);
        Assert.Equal(100u, BinaryPrimitives.ReadUInt32BigEndian(adjust.AsSpan(1)));
        Assert.Equal(1024u, BinaryPrimitives.ReadUInt32BigEndian(adjust.AsSpan(5)));
    }

    [Fact]
    public async Task Crediting_more_than_was_received_is_refused()
    {
        await using var client = new ScriptedClient(Small);
        Channel channel = await client.OpenSessionAsync();
        Assert.Throws<ArgumentOutOfRangeException>(() => channel.Consumed(1));
    }

    [Fact]
    public async Task Channels_beyond_the_budget_get_the_smallest_window()
    {
        await using var client = new ScriptedClient(Small);
        List<uint> windows = [];
        for (uint id = 0; id < 4; id++)
        {
            client.RequestSession(id);
            var request = (ChannelOpenRequest)(await client.Connection.AcceptAsync(ScriptedClient.Deadline()))!;
            await request.AcceptAsync(ScriptedClient.Deadline());
            byte[] confirmation = await client.Peer.ReceiveAsync(MessageNumber.ChannelOpenConfirmation);
            windows.Add(BinaryPrimitives.ReadUInt32BigEndian(confirmation.AsSpan(9)));
        }

        Assert.Equal([4096, 4096, 1024, 1024], windows);
    }

    [Fact]
    public async Task Stderr_is_charged_to_the_same_window()
    {
        await using var client = new ScriptedClient(Small);
        Channel channel = await client.OpenSessionAsync();
        client.SendData(channel, new byte[4000]);
        client.Peer.Send(m => m.Number(MessageNumber.ChannelExtendedData).UInt32(channel.LocalId).UInt32(1)
            .String(new byte[97]));
        Assert.Equal(DisconnectReason.ProtocolError, (await client.ConnectionEndAsync()).Reason);
    }

    [Fact]
    public async Task A_message_larger_than_the_announced_maximum_disconnects()
    {
        await using var client = new ScriptedClient(new SshLimits { MaximumPacketSize = 1000 });
        Channel channel = await client.OpenSessionAsync();
        client.SendData(channel, new byte[1001]);
        Assert.Equal(DisconnectReason.ProtocolError, (await client.ConnectionEndAsync()).Reason);
    }

    [Fact]
    public async Task Extended_data_of_an_unknown_type_is_dropped_and_does_not_starve_the_window()
    {
        await using var client = new ScriptedClient(Small);
        Channel channel = await client.OpenSessionAsync();
        foreach (uint type in new uint[] { 0, 2, 77 })
        {
            client.Peer.Send(m => m.Number(MessageNumber.ChannelExtendedData).UInt32(channel.LocalId).UInt32(type)
                .String(new byte[500]));
        }

        await client.Peer.ReceiveAsync(MessageNumber.ChannelWindowAdjust);
        client.SendData(channel, "x"u8);
        ChannelItem item = await channel.ReadAsync(ScriptedClient.Deadline());
        Assert.Equal(ChannelItemKind.Data, item.Kind);
        Assert.Equal(1, item.Data.Length);
    }
}
