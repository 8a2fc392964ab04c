using System.Text;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.Connection;

public sealed class RequestTests
{
    [Fact]
    public async Task A_reply_stands_in_the_stream_before_the_data_that_follows_it()
    {
        await using var pair = new ConnectionPair();
        (Channel client, Channel server) = await pair.OpenAsync();
        CancellationToken deadline = ScriptedClient.Deadline();
        await client.SendRequestAsync("exec", true, ExecRequest.Format("true"u8), deadline);
        await client.SendRequestAsync("env", false, default, deadline);
        ChannelItem request = await server.ReadAsync(deadline);
        Assert.Equal("exec", request.Request!.Type);
        Assert.True(request.Request.WantReply);
        await server.ReplyAsync(true, deadline);
        await server.WriteAsync("out"u8.ToArray(), deadline);
        await server.CloseAsync();
        Assert.Equal(["reply:True", "data:out", "Close"], await client.ReadAllAsync());
    }

    [Fact]
    public async Task A_peer_that_has_closed_is_still_told_the_exit_status_and_nothing_that_wants_an_answer()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync();
        CancellationToken deadline = ScriptedClient.Deadline();
        client.SendBare(channel, MessageNumber.ChannelClose);
        Assert.Equal(ChannelItemKind.Close, (await channel.ReadAsync(deadline)).Kind);

        Assert.False(await channel.SendRequestAsync("q", true, default, deadline));
        Assert.True(await channel.SendRequestAsync("exit-status", false, ExitStatus.Format(3), deadline));
        await client.Peer.ReceiveAsync(MessageNumber.ChannelRequest);
        await channel.CloseAsync();
        await client.Peer.ReceiveAsync(MessageNumber.ChannelClose);
        Assert.False(await channel.SendRequestAsync("exit-status", false, ExitStatus.Format(3), deadline));
    }

    [Fact]
    public async Task Replies_match_their_requests_in_order()
    {
        await using var pair = new ConnectionPair();
        (Channel client, Channel server) = await pair.OpenAsync();
        CancellationToken deadline = ScriptedClient.Deadline();
        ValueTask<bool> first = client.RequestAsync("a", default, deadline);
        ValueTask<bool> second = client.RequestAsync("b", default, deadline);
        await server.ReadAsync(deadline);
        await server.ReadAsync(deadline);
        await server.ReplyAsync(true, deadline);
        await server.ReplyAsync(false, deadline);
        Assert.True(await first);
        Assert.False(await second);
    }

    [Fact]
    public async Task Replies_that_nobody_asked_for_change_nothing()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync();
        client.SendBare(channel, MessageNumber.ChannelSuccess);
        client.SendBare(channel, MessageNumber.ChannelFailure);
        client.Peer.Send(m => m.Number(MessageNumber.ChannelSuccess).UInt32(55));
        client.Peer.Send(m => m.Number(MessageNumber.RequestSuccess).UInt32(1));
        client.Peer.Send(m => m.Number(MessageNumber.RequestFailure));
        client.SendData(channel, "x"u8);
        Assert.Equal(ChannelItemKind.Data, (await channel.ReadAsync(ScriptedClient.Deadline())).Kind);
        ValueTask<bool> asked = channel.RequestAsync("q", default, ScriptedClient.Deadline());
        await client.Peer.ReceiveAsync(MessageNumber.ChannelRequest);
        client.SendBare(channel, MessageNumber.ChannelSuccess);
        Assert.True(await asked);
    }

    [Fact]
    public async Task A_flood_of_requests_that_nobody_reads_disconnects()
    {
        await using var client = new ScriptedClient(new SshLimits { MaximumQueuedRequestsPerChannel = 10 });
        Channel channel = await client.OpenSessionAsync();
        for (int i = 0; i < 11; i++)
        {
            client.Peer.Send(m => m.Number(MessageNumber.ChannelRequest).UInt32(channel.LocalId).String("env")
                .Boolean(false));
        }

        Assert.Equal(DisconnectReason.ProtocolError, (await client.ConnectionEndAsync()).Reason);
    }

    [Fact]
    public async Task Alternating_streams_that_nobody_reads_are_bounded_in_number()
    {
        await using var client = new ScriptedClient(new SshLimits { MaximumQueuedItemsPerChannel = 20 });
        Channel channel = await client.OpenSessionAsync();
        for (int i = 0; i < 11; i++)
        {
            client.SendData(channel, "o"u8);
            client.Peer.Send(m => m.Number(MessageNumber.ChannelExtendedData).UInt32(channel.LocalId).UInt32(1)
                .String("e"));
        }

        Assert.Equal(DisconnectReason.ProtocolError, (await client.ConnectionEndAsync()).Reason);
    }

    [Fact]
    public async Task Keepalives_are_answered_while_a_request_is_held()
    {
        await using var client = new ScriptedClient();
        Channel channel = await client.OpenSessionAsync();
        client.Peer.Send(m => m.Number(MessageNumber.ChannelRequest).UInt32(channel.LocalId).String("exec")
            .Boolean(true).String("rm -rf /"));
        Assert.Equal(ChannelItemKind.Request, (await channel.ReadAsync(ScriptedClient.Deadline())).Kind);
        for (int i = 0; i < 3; i++)
        {
            client.Peer.Send(m => m.Number(MessageNumber.GlobalRequest).String("keepalive@openssh.com").Boolean(true));
            await client.Peer.ReceiveAsync(MessageNumber.RequestFailure);
        }

        await channel.ReplyAsync(true, ScriptedClient.Deadline());
        await client.Peer.ReceiveAsync(MessageNumber.ChannelSuccess);
        client.Peer.Send(m => m.Number(MessageNumber.ChannelRequest).UInt32(channel.LocalId)
            .String("keepalive@openssh.com").Boolean(true));
        await client.Peer.ReceiveAsync(MessageNumber.ChannelFailure);
    }

    [Fact]
    public async Task Replies_to_global_requests_leave_in_the_order_of_the_requests()
    {
        await using var client = new ScriptedClient();
        client.Peer.Send(m => m.Number(MessageNumber.GlobalRequest).String("tcpip-forward").Boolean(true).String("")
            .UInt32(0));
        client.Peer.Send(m => m.Number(MessageNumber.GlobalRequest).String("keepalive@openssh.com").Boolean(true));
        GlobalRequest forward =
            Assert.IsType<GlobalRequest>(await client.Connection.AcceptAsync(ScriptedClient.Deadline()));
        Assert.Equal(new TcpIpForward("", 0), TcpIpForward.Parse(forward.Payload.Span));
        forward.Reply(true, TcpIpForward.FormatBoundPort(4711));
        byte[] success = await client.Peer.ReceiveAsync(MessageNumber.RequestSuccess);
        Assert.Equal([81, 0, 0, 18, 103], success);
        await client.Peer.ReceiveAsync(MessageNumber.RequestFailure);
    }

    [Fact]
    public async Task A_global_request_of_ours_gets_its_answer_or_false_at_the_end()
    {
        await using var client = new ScriptedClient();
        ValueTask<GlobalReply> asked =
            client.Connection.SendGlobalRequestAsync("x", default, ScriptedClient.Deadline());
        await client.Peer.ReceiveAsync(MessageNumber.GlobalRequest);
        client.Peer.Send(m => m.Number(MessageNumber.RequestSuccess).UInt32(7));
        Assert.Equal([0, 0, 0, 7], (await asked).Data.ToArray());
        ValueTask<GlobalReply> late = client.Connection.SendGlobalRequestAsync("y", default, ScriptedClient.Deadline());
        await client.Peer.DisconnectAsync(DisconnectReason.ByApplication, "");
        Assert.False((await late).Success);
    }

    [Theory]
    [InlineData(new byte[] { 94 })]
    [InlineData(new byte[] { 94, 0, 0, 0, 0, 0, 0, 0, 9, 1 })]
    [InlineData(new byte[] { 90, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 98, 0, 0, 0, 0, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 93, 0, 0, 0, 0, 0, 0, 0, 1, 0 })]
    [InlineData(new byte[] { 80, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 82, 0 })]
    [InlineData(new byte[] { 89 })]
    [InlineData(new byte[] { 101 })]
    [InlineData(new byte[] { 50, 0, 0, 0, 0 })]
    public async Task A_malformed_or_unknown_message_disconnects(byte[] payload)
    {
        await using var client = new ScriptedClient();
        await client.OpenSessionAsync();
        client.Peer.Send(m => m.Bytes(payload));
        Assert.Equal(DisconnectReason.ProtocolError, (await client.ConnectionEndAsync()).Reason);
    }

    [Fact]
    public void Session_payloads_survive_a_round_trip_and_refuse_trailing_bytes()
    {
        var pty = new PtyRequest("xterm", 80, 24, 640, 480, TerminalModes.Format([new(TerminalModes.Echo, 1)]));
        var read = PtyRequest.Parse(pty.Format());
        Assert.NotNull(read);
        Assert.Equal("xterm", read.Term);
        Assert.Equal(1u, TerminalModes.Parse(read.EncodedModes.Span)[TerminalModes.Echo]);
        Assert.Null(PtyRequest.Parse([.. pty.Format(), 0]));
        Assert.True(WindowChange.TryParse(new WindowChange(1, 2, 3, 4).Format(), out WindowChange change));
        Assert.Equal(new WindowChange(1, 2, 3, 4), change);
        Assert.Equal(new EnvironmentVariable("LANG", "C"),
            EnvironmentVariable.Parse(new EnvironmentVariable("LANG", "C").Format()));
        Assert.True(ExecRequest.TryParse(ExecRequest.Format([1, 255, 2]), out ReadOnlyMemory<byte> command));
        Assert.Equal([1, 255, 2], command.ToArray());
        Assert.Equal(new ExitSignal("KILL", true, "gone"),
            ExitSignal.Parse(new ExitSignal("KILL", true, "gone").Format()));
        Assert.Equal(new TcpIpChannel("h", 22, "o", 1), TcpIpChannel.Parse(new TcpIpChannel("h", 22, "o", 1).Format()));
        Assert.Equal(new StreamLocalChannel("/s"), StreamLocalChannel.Parse(new StreamLocalChannel("/s").Format()));
        Assert.False(ExitStatus.TryParse([0, 0, 0], out _));
        Assert.Equal("sftp", NameRequest.Parse(NameRequest.Format("sftp")));
        Assert.Equal("sftp", Encoding.ASCII.GetString(NameRequest.Format("sftp")[4..]));
    }
}
