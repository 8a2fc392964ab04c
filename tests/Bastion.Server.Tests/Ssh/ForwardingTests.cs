using System.Text;
using Bastion.Ssh;

namespace Bastion.Server.Tests.Ssh;

/// <summary>Forwards that a grant gives: the target listening for the client, and the client's agent on the
/// target.</summary>
public sealed class ForwardingTests
{
    [Fact]
    public async Task Where_the_target_may_listen_connections_come_back_to_the_client_and_are_recorded()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        GlobalReply reply = await client.SendGlobalRequestAsync(
            "tcpip-forward", new TcpIpForward("localhost", 8008).Format(), RelayWorld.Deadline());
        Assert.True(reply.Success);
        ValueTask<Channel> opening = world.Target.Connection!.OpenChannelAsync(
            "forwarded-tcpip", new TcpIpChannel("localhost", 8008, "127.0.0.1", 40000).Format(), RelayWorld.Deadline());
        ChannelOpenRequest open = Assert.IsType<ChannelOpenRequest>(await client.AcceptAsync(RelayWorld.Deadline()));
        Assert.Equal(8008u, TcpIpChannel.Parse(open.ExtraData.Span)!.Port);
        await using Channel atClient = await open.AcceptAsync(RelayWorld.Deadline());
        await using Channel atTarget = await opening;
        await atTarget.WriteAsync("from outside"u8.ToArray(), RelayWorld.Deadline());
        Assert.Equal("from outside", await ReadAsync(atClient));
        await atClient.WriteAsync("from the client"u8.ToArray(), RelayWorld.Deadline());
        Assert.Equal("from the client", await ReadAsync(atTarget));
        await atTarget.CloseAsync();
        await UntilAsync(() => world.Journal().Contains("channel.ended"));
    }

    [Fact]
    public async Task A_socket_may_be_listened_at_where_its_path_is_granted()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Assert.True((await client.SendGlobalRequestAsync(
            "streamlocal-forward@openssh.com", new StreamLocalForward("/run/app.sock").Format(),
            RelayWorld.Deadline())).Success);
        Assert.False((await client.SendGlobalRequestAsync(
            "streamlocal-forward@openssh.com", new StreamLocalForward("/run/other.sock").Format(),
            RelayWorld.Deadline())).Success);
        Assert.Single(world.Target.Requests, "streamlocal-forward@openssh.com");
    }

    [Fact]
    public async Task After_cancelling_nothing_comes_back_any_more()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        byte[] place = new TcpIpForward("localhost", 8001).Format();
        Assert.True((await client.SendGlobalRequestAsync("tcpip-forward", place, RelayWorld.Deadline())).Success);
        Assert.True(
            (await client.SendGlobalRequestAsync("cancel-tcpip-forward", place, RelayWorld.Deadline())).Success);
        Assert.False(
            (await client.SendGlobalRequestAsync("cancel-tcpip-forward", place, RelayWorld.Deadline())).Success);
        await Assert.ThrowsAsync<ChannelOpenException>(async () => await world.Target.Connection!.OpenChannelAsync(
            "forwarded-tcpip", new TcpIpChannel("localhost", 8001, "127.0.0.1", 1).Format(), RelayWorld.Deadline()));
    }

    [Theory]
    [InlineData("forwarded-tcpip")]
    [InlineData("auth-agent@openssh.com")]
    [InlineData("x11")]
    [InlineData("session")]
    public async Task What_a_target_opens_unasked_is_refused_and_recorded(string type)
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        await client.SendGlobalRequestAsync("tcpip-forward", new TcpIpForward("localhost", 8001).Format(),
            RelayWorld.Deadline());
        byte[] extra = type == "forwarded-tcpip" ? new TcpIpChannel("localhost", 22, "127.0.0.1", 1).Format() : [];
        await Assert.ThrowsAsync<ChannelOpenException>(async () =>
            await world.Target.Connection!.OpenChannelAsync(type, extra, RelayWorld.Deadline()));
        Assert.Contains("channel.refused", world.Journal());
    }

    [Fact]
    public async Task A_granted_agent_is_lent_to_the_channel_that_asked_and_no_longer()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        var signed = new TaskCompletionSource<string>();
        SshConnection? gateway = null;
        world.Target.Command = async (channel, _) =>
        {
            gateway = world.Target.Connection;
            await using Channel agent =
                await gateway!.OpenChannelAsync("auth-agent@openssh.com", default, RelayWorld.Deadline());
            await agent.WriteAsync("which keys?"u8.ToArray(), RelayWorld.Deadline());
            signed.SetResult(await ReadAsync(agent));
            await FakeTarget.ExitAsync(channel, 0);
        };
        await using SshConnection client = await world.ConnectAsync("tess+orders-db");
        Channel channel = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        Assert.True(await channel.RequestAsync("auth-agent-req@openssh.com", default, RelayWorld.Deadline()));
        await channel.SendRequestAsync("exec", true, ExecRequest.Format("ssh-add -l"u8), RelayWorld.Deadline());
        ChannelOpenRequest open = Assert.IsType<ChannelOpenRequest>(await client.AcceptAsync(RelayWorld.Deadline()));
        await using (Channel agent = await open.AcceptAsync(RelayWorld.Deadline()))
        {
            Assert.Equal("which keys?", await ReadAsync(agent));
            await agent.WriteAsync("none"u8.ToArray(), RelayWorld.Deadline());
            Assert.Equal("none", await signed.Task);
        }

        Assert.Equal(0u, (await CommandResult.ReadAsync(channel)).Exit);
        Assert.Equal("auth-agent-req@openssh.com", world.Target.Requests.First());
        await Assert.ThrowsAsync<ChannelOpenException>(async () =>
            await gateway!.OpenChannelAsync("auth-agent@openssh.com", default, RelayWorld.Deadline()));
    }

    [Fact]
    public async Task A_forward_that_waits_for_approval_says_so_on_the_session_channel()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        var done = new TaskCompletionSource();
        world.Target.Command = async (channel, _) =>
        {
            await done.Task;
            await FakeTarget.ExitAsync(channel, 0);
        };
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Channel session = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        await session.RequestAsync("exec", ExecRequest.Format("sleep 60"u8), RelayWorld.Deadline());
        ValueTask<Channel> opening = client.OpenChannelAsync(
            "direct-tcpip", new TcpIpChannel("10.0.0.9", 5432, "127.0.0.1", 1).Format(), RelayWorld.Deadline());
        await world.ApproveAsync(await world.HeldAsync());
        await using Channel forward = await opening;
        Assert.Equal("10.0.0.9:5432 ", await ReadAsync(forward));
        done.SetResult();
        CommandResult result = await CommandResult.ReadAsync(session);
        Assert.Contains("bastion: to connect to 10.0.0.9:5432: held, R-", result.Errors, StringComparison.Ordinal);
        Assert.Contains("bastion: approved by bob, ", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_that_is_not_granted_is_not_lent_and_the_command_runs_without()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Channel channel = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        Assert.False(await channel.RequestAsync("auth-agent-req@openssh.com", default, RelayWorld.Deadline()));
        await channel.SendRequestAsync("exec", true, ExecRequest.Format("true"u8), RelayWorld.Deadline());
        CommandResult result = await CommandResult.ReadAsync(channel);
        Assert.Contains("bastion: your agent is not lent", result.Errors, StringComparison.Ordinal);
        Assert.Equal("ran true\n", result.Output);
        Assert.Equal(["exec true"], world.Target.Requests);
    }

    [Fact]
    public async Task What_is_not_granted_is_said_on_stderr()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        await client.SendGlobalRequestAsync("tcpip-forward", new TcpIpForward("localhost", 9999).Format(),
            RelayWorld.Deadline());
        Channel channel = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        await channel.SendRequestAsync("x11-req", false, default, RelayWorld.Deadline());
        await channel.SendRequestAsync("exec", true, ExecRequest.Format("true"u8), RelayWorld.Deadline());
        CommandResult result = await CommandResult.ReadAsync(channel);
        Assert.Contains("bastion: X11 forwarding is not offered", result.Errors, StringComparison.Ordinal);
        Assert.Contains("remote-forward to `localhost:9999`", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Gateway.Options.PolicyDirectory, result.Errors, StringComparison.Ordinal);
        Assert.Equal(0u, result.Exit);
    }

    private static async Task<string> ReadAsync(Channel channel)
    {
        ChannelItem item = await channel.ReadAsync(RelayWorld.Deadline());
        Assert.Equal(ChannelItemKind.Data, item.Kind);
        string text = Encoding.UTF8.GetString(item.Data.Span);
        channel.Consumed(item.Data.Length);
        return text;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(5, deadline.Token);
        }
    }
}
