using System.Buffers.Binary;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.Connection;

public sealed class SendWindowTests
{
    [Fact]
    public async Task Writing_stops_at_the_peers_window_and_goes_on_after_a_credit()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync(window: 10);
        ValueTask<bool> writing = channel.WriteAsync(new byte[25], ScriptedClient.Deadline());
        Assert.Equal(10, await ReceiveDataLengthAsync(client));
        Assert.False(writing.IsCompleted);
        client.Peer.Send(m => m.Number(MessageNumber.ChannelWindowAdjust).UInt32(channel.LocalId).UInt32(15));
        Assert.Equal(15, await ReceiveDataLengthAsync(client));
        Assert.True(await writing);
    }

    [Fact]
    public async Task Data_is_cut_to_the_peers_maximum_packet_size()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync(maximumPacket: 7);
        Assert.True(await channel.WriteAsync(new byte[20], ScriptedClient.Deadline()));
        List<int> lengths = [];
        for (int i = 0; i < 3; i++)
        {
            lengths.Add(await ReceiveDataLengthAsync(client));
        }

        Assert.Equal([7, 7, 6], lengths);
    }

    [Fact]
    public async Task The_largest_window_is_legal_and_growing_it_is_not()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync(window: uint.MaxValue, maximumPacket: uint.MaxValue);
        Assert.True(await channel.WriteAsync(new byte[40_000], ScriptedClient.Deadline()));
        Assert.Equal(32 * 1024, await ReceiveDataLengthAsync(client));
        Assert.Equal(40_000 - (32 * 1024), await ReceiveDataLengthAsync(client));
        client.Peer.Send(m => m.Number(MessageNumber.ChannelWindowAdjust).UInt32(channel.LocalId).UInt32(40_001));
        Assert.Equal(DisconnectReason.ProtocolError, (await client.ConnectionEndAsync()).Reason);
    }

    [Fact]
    public async Task A_request_passes_data_that_waits_for_the_window()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync(window: 0);
        ValueTask<bool> writing = channel.WriteAsync(new byte[5], ScriptedClient.Deadline());
        Assert.True(
            await channel.SendRequestAsync("signal", false, NameRequest.Format("INT"), ScriptedClient.Deadline()));
        await client.Peer.ReceiveAsync(MessageNumber.ChannelRequest);
        client.Peer.Send(m => m.Number(MessageNumber.ChannelWindowAdjust).UInt32(channel.LocalId).UInt32(5));
        Assert.True(await writing);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_writer_that_waits_for_the_window_gives_up_when_the_channel_closes(bool byPeer)
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync(window: 0);
        ValueTask<bool> writing = channel.WriteAsync(new byte[5], ScriptedClient.Deadline());
        if (byPeer)
        {
            client.SendBare(channel, MessageNumber.ChannelClose);
        }
        else
        {
            await channel.CloseAsync();
        }

        Assert.False(await writing);
    }

    [Fact]
    public async Task A_writer_that_waits_for_the_window_gives_up_when_the_connection_ends()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync(window: 0);
        ValueTask<bool> writing = channel.WriteAsync(new byte[5], ScriptedClient.Deadline());
        await client.Peer.DisconnectAsync(DisconnectReason.ByApplication, "");
        Assert.False(await writing);
        Assert.Equal(DisconnectReason.ConnectionLost, (await client.ConnectionEndAsync()).Reason);
    }

    [Fact]
    public async Task A_cancelled_write_leaves_the_channel_usable()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync(window: 0);
        using var cancelled = new CancellationTokenSource();
        ValueTask<bool> writing = channel.WriteAsync(new byte[5], cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await writing);
        client.Peer.Send(m => m.Number(MessageNumber.ChannelWindowAdjust).UInt32(channel.LocalId).UInt32(3));
        Assert.True(await channel.WriteAsync(new byte[3], ScriptedClient.Deadline()));
        Assert.Equal(3, await ReceiveDataLengthAsync(client));
    }

    private static async Task<int> ReceiveDataLengthAsync(ScriptedClient client)
    {
        byte[] message = await client.Peer.ReceiveAsync(MessageNumber.ChannelData);
        return BinaryPrimitives.ReadInt32BigEndian(message.AsSpan(5));
    }
}
