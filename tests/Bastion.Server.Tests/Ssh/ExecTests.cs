using System.Text;
using System.Text.Json;
using Bastion.Control.Approvals;
using Bastion.Control.Sessions;
using Bastion.Ssh;

namespace Bastion.Server.Tests.Ssh;

public sealed class ExecTests
{
    [Theory]
    [InlineData(0, "")]
    [InlineData(3, "ran")]
    public async Task Of_a_command_without_a_terminal_so_much_is_kept_as_was_said_and_all_is_digested(int kept,
    string expected)
    {
        await using RelayWorld world = await RelayWorld.StartAsync(keptContent: kept);
        CommandResult result = await world.RunAsync("alice+orders-db", "uptime");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!world.Journal().Contains("session.ended"))
        {
            await Task.Delay(5, deadline.Token);
        }

        Assert.Equal(expected, world.Recordings().TrimEnd('0'));
        string digest = Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(result.Output)));
        Assert.Contains(
            world.Gateway.JournalReader.Read(), entry => entry.Kind == "channel.ended"
                && entry.Text("sha256ToClient") == digest);
    }

    [Fact]
    public async Task A_permitted_command_runs_and_its_exit_status_comes_after_its_output()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        world.Target.Command = async (channel, _) =>
        {
            await channel.WriteAsync("out"u8.ToArray(), RelayWorld.Deadline());
            await channel.WriteExtendedAsync("err"u8.ToArray(), RelayWorld.Deadline());
            await FakeTarget.ExitAsync(channel, 3);
        };
        CommandResult result = await world.RunAsync("alice+orders-db", "uptime");
        Assert.Equal((true, "out", "err", 3u), (result.Started, result.Output, result.Errors, result.Exit));
        Assert.Equal(["Reply", "Data", "ExtendedData", "exit-status", "Eof", "Close"], result.Order);
        Assert.Equal(["exec uptime"], world.Target.Requests);
    }

    [Fact]
    public async Task A_client_that_closes_at_the_last_EOF_is_still_told_the_exit_status_that_follows_it()
    {
        // OpenSSH's client closes so, and its multiplexed sessions exit with 255 when no status comes.
        await using RelayWorld world = await RelayWorld.StartAsync();
        var clientClosed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Target.Command = async (channel, _) =>
        {
            await channel.SendEofAsync(RelayWorld.Deadline());
            await clientClosed.Task;
            // Long enough for a relay that hangs up on the target to have done so.
            await Task.WhenAny(channel.Gone, Task.Delay(300, RelayWorld.Deadline()));
            await FakeTarget.ExitAsync(channel, 3);
        };
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Channel channel = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        Assert.True(await channel.RequestAsync("exec", ExecRequest.Format("uptime"u8), RelayWorld.Deadline()));
        await channel.SendEofAsync(RelayWorld.Deadline());
        Assert.Equal(ChannelItemKind.Eof, (await channel.ReadAsync(RelayWorld.Deadline())).Kind);
        await channel.CloseAsync();
        clientClosed.SetResult();

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!world.Journal().Contains("channel.ended"))
        {
            await Task.Delay(5, deadline.Token);
        }

        string ended = Encoding.UTF8.GetString(world.Gateway.JournalReader.Read()
            .Single(entry => entry.Kind == "channel.ended").Json.Span);
        Assert.Contains("\"exitStatus\":3", ended, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forbidden_command_shows_its_rule_exits_126_and_never_reaches_the_target()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        CommandResult result = await world.RunAsync("alice+orders-db", "mkfs.ext4 /dev/sdb");
        Assert.Equal((true, "", 126u), (result.Started, result.Output, result.Exit));
        Assert.Contains("no-wiping", result.Errors, StringComparison.Ordinal);
        Assert.Contains("bastion: blocked", result.Errors, StringComparison.Ordinal);
        Assert.Empty(world.Target.Requests);
    }

    [Fact]
    public async Task A_held_command_runs_once_after_approval_with_the_approved_bytes()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        Task<CommandResult> running = world.RunAsync("alice+orders-db", "rm -rf /srv/orders");
        ApprovalRequest request = await world.HeldAsync();
        Assert.Equal("rm -rf /srv/orders", request.Command);
        Assert.Empty(world.Target.Requests);
        await world.ApproveAsync(request);
        CommandResult result = await running;
        Assert.Equal((true, "ran rm -rf /srv/orders\n", 0u), (result.Started, result.Output, result.Exit));
        Assert.Contains($"bastion: held, {request.Id}", result.Errors, StringComparison.Ordinal);
        Assert.Equal(["exec rm -rf /srv/orders"], world.Target.Requests);
        Assert.Equal("ExtendedData", result.Order[0]);
    }

    [Fact]
    public async Task A_denied_command_exits_77_with_the_reason()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        Task<CommandResult> running = world.RunAsync("alice+orders-db", "rm -rf /srv/orders");
        await world.DenyAsync(await world.HeldAsync(), "use the runbook");
        CommandResult result = await running;
        Assert.Equal((true, 77u), (result.Started, result.Exit));
        Assert.Contains("use the runbook", result.Errors, StringComparison.Ordinal);
        Assert.Contains("bastion: denied id=R-", result.Errors, StringComparison.Ordinal);
        Assert.Empty(world.Target.Requests);
    }

    [Fact]
    public async Task A_client_that_leaves_while_held_withdraws_its_request()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Channel channel = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        await channel.SendRequestAsync("exec", true, ExecRequest.Format("rm -rf /srv/x"u8), RelayWorld.Deadline());
        ApprovalRequest request = await world.HeldAsync();
        await channel.CloseAsync();
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (world.Gateway.Desk.Open.Count > 0)
        {
            await Task.Delay(5, deadline.Token);
        }

        Assert.Equal(
            ApprovalState.Withdrawn, (await world.Gateway.Desk.FindAsync(request.Id, CancellationToken.None))!.State);
        Assert.Empty(world.Target.Requests);
    }

    [Fact]
    public async Task While_one_channel_is_held_nothing_of_the_session_reaches_the_target()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Target.Command = async (channel, command) =>
        {
            if (command != "cat")
            {
                await FakeTarget.ExitAsync(channel, 0);
                return;
            }

            ChannelItem item = await channel.ReadAsync(RelayWorld.Deadline());
            received.TrySetResult(Encoding.UTF8.GetString(item.Data.Span));
            await FakeTarget.ExitAsync(channel, 0);
        };
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Channel running = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        Assert.True(await running.RequestAsync("exec", ExecRequest.Format("cat"u8), RelayWorld.Deadline()));
        Channel held = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        await held.SendRequestAsync("exec", true, ExecRequest.Format("rm -rf /srv/x"u8), RelayWorld.Deadline());
        ApprovalRequest request = await world.HeldAsync();
        Assert.Equal(ChannelItemKind.ExtendedData, (await held.ReadAsync(RelayWorld.Deadline())).Kind);

        await running.WriteAsync("rm -rf /srv/x\n"u8.ToArray(), RelayWorld.Deadline());
        Channel third = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        await third.SendRequestAsync("exec", true, ExecRequest.Format("ls"u8), RelayWorld.Deadline());
        Assert.True((await client.SendGlobalRequestAsync("keepalive@openssh.com", default,
            RelayWorld.Deadline())).Data.IsEmpty);
        Assert.False(received.Task.IsCompleted);
        Assert.Equal(["exec cat"], world.Target.Requests);

        await world.DenyAsync(request, "no");
        Assert.Equal("rm -rf /srv/x\n", await received.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(0u, (await CommandResult.ReadAsync(third)).Exit);
    }

    [Fact]
    public async Task A_program_that_asks_for_json_gets_an_object_a_line()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Channel channel = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        await channel.SendRequestAsync("env", false, new EnvironmentVariable("BASTION_JSON", "1").Format(),
            RelayWorld.Deadline());
        await channel.SendRequestAsync("exec", true, ExecRequest.Format("rm -rf /srv/orders"u8), RelayWorld.Deadline());
        ApprovalRequest request = await world.HeldAsync();
        await world.DenyAsync(request, "use the runbook");
        CommandResult result = await CommandResult.ReadAsync(channel);
        JsonElement[] lines =
            [.. result.Errors.TrimEnd().Split('\n').Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["held", "denied"], lines.Select(line => line.GetProperty("event").GetString()));
        Assert.Equal("bob", lines[0].GetProperty("asked")[0].GetString());
        Assert.All(lines, line => Assert.Equal(request.Id, line.GetProperty("id").GetString()));
        Assert.Equal("bob", lines[1].GetProperty("by").GetString());
        Assert.Equal(77, lines[1].GetProperty("exit").GetInt32());
        Assert.Equal(77u, result.Exit);
    }

    [Fact]
    public async Task Only_granted_variables_reach_the_target()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Channel channel = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        foreach (string name in new[] { "LANG", "LD_PRELOAD", "BASTION_REASON" })
        {
            await channel.SendRequestAsync("env", false, new EnvironmentVariable(name, "x").Format(),
                RelayWorld.Deadline());
        }

        await channel.SendRequestAsync("x11-req", false, default, RelayWorld.Deadline());
        await channel.SendRequestAsync("exec", true, ExecRequest.Format("env"u8), RelayWorld.Deadline());
        await CommandResult.ReadAsync(channel);
        Assert.Contains("request.refused", world.Journal());
        Assert.Equal(["env LANG", "exec env"], world.Target.Requests);
    }

    [Fact]
    public async Task A_stopped_client_stops_the_target()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        long sent = 0;
        world.Target.Command = async (channel, _) =>
        {
            byte[] block = new byte[64 * 1024];
            while (await channel.WriteAsync(block, RelayWorld.Deadline()))
            {
                Interlocked.Add(ref sent, block.Length);
            }
        };
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Channel channel = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        Assert.True(await channel.RequestAsync("exec", ExecRequest.Format("yes"u8), RelayWorld.Deadline()));
        long before;
        do
        {
            before = Interlocked.Read(ref sent);
            await Task.Delay(200);
        }
        while (before == 0 || Interlocked.Read(ref sent) != before);
        // Two windows, and what lies in sockets and pipes.
        Assert.InRange(before, 1, 16 * 1024 * 1024);
        await channel.CloseAsync();
    }

    [Fact]
    public async Task Every_step_of_a_session_is_in_the_journal()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await world.RunAsync("alice+orders-db", "uptime");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!world.Journal().Contains("session.ended"))
        {
            await Task.Delay(5, deadline.Token);
        }

        string[] wanted = ["login.succeeded", "session.started", "channel.opened", "command.decided", "channel.ended",
            "session.ended"];
        Assert.Equal(wanted.Order(), world.Journal().Where(wanted.Contains).Order());
        Assert.Empty(world.Gateway.Sessions.Live);
    }

    [Fact]
    public async Task A_killed_session_ends_with_its_reason_on_every_channel()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        world.Target.Command = async (channel, _) => await channel.Gone;
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Channel channel = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        Assert.True(await channel.RequestAsync("exec", ExecRequest.Format("sleep 1000"u8), RelayWorld.Deadline()));
        Session session = Assert.Single(world.Gateway.Sessions.Live);
        Assert.True(world.Gateway.Sessions.Kill(session.Id, "bob", "maintenance"));
        CommandResult result = await CommandResult.ReadAsync(channel);
        Assert.Equal(75u, result.Exit);
        Assert.Contains("maintenance", result.Errors, StringComparison.Ordinal);
        await client.Completion.WaitAsync(TimeSpan.FromSeconds(20));
    }
}
