using System.Text;
using Bastion.Control.Approvals;
using Bastion.Server.Ssh;
using Bastion.Ssh;

namespace Bastion.Server.Tests.Ssh;

public sealed class ShellTests
{
    [Fact]
    public async Task An_ordinary_line_passes_as_it_is_typed()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using ShellClient shell = await ShellClient.StartAsync(world);
        await shell.TypeAsync("ls -l\r");
        await shell.UntilSeenAsync("ran `ls -l`");
    }

    [Fact]
    public async Task A_held_line_runs_after_approval_and_not_before()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using ShellClient shell = await ShellClient.StartAsync(world);
        await shell.TypeAsync("rm -rf /srv/orders\r");
        ApprovalRequest request = await world.HeldAsync();
        Assert.Equal("rm -rf /srv/orders", request.Command);
        await shell.UntilSeenAsync($"held, {request.Id}");
        Assert.Empty(shell.Ran);
        await world.ApproveAsync(request);
        await shell.UntilSeenAsync("ran `rm -rf /srv/orders`");
        Assert.Equal(["rm -rf /srv/orders"], shell.Ran);
    }

    [Fact]
    public async Task A_denied_line_is_cleared_on_the_target_and_the_next_one_works()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using ShellClient shell = await ShellClient.StartAsync(world);
        await shell.TypeAsync("rm -rf /srv/orders\recho pasted behind\r");
        await world.DenyAsync(await world.HeldAsync(), "no");
        await shell.UntilSeenAsync("bastion: denied");
        await shell.TypeAsync("pwd\r");
        await shell.UntilSeenAsync("ran `pwd`");
        Assert.Equal(["pwd"], shell.Ran);
    }

    [Fact]
    public async Task A_reason_that_policy_wants_is_asked_for_at_the_terminal()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using ShellClient shell = await ShellClient.StartAsync(world);
        await shell.TypeAsync("systemctl stop orders\r");
        await shell.UntilSeenAsync("reason (Enter sends");
        await shell.TypeAsync("INC-45\u007f521 upgrade\r");
        ApprovalRequest request = await world.HeldAsync();
        Assert.Equal("INC-4521 upgrade", request.Reason);
        await world.ApproveAsync(request);
        await shell.UntilSeenAsync("ran `systemctl stop orders`");
    }

    [Fact]
    public async Task A_held_line_counts_down_in_place_and_says_who_approved()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using ShellClient shell = await ShellClient.StartAsync(world);
        await shell.TypeAsync("rm -rf /srv/orders\r");
        ApprovalRequest request = await world.HeldAsync();
        await shell.UntilSeenAsync($"asked bob");
        await shell.UntilSeenAsync($"Ctrl-C withdraws  {request.Id}  waiting for bob\e[K");
        await shell.TypeAsync("x");
        await shell.UntilSeenAsync("keys are dropped, Ctrl-C withdraws");
        await shell.ResizeAsync(20);
        await shell.UntilSeenAsync("\r[HELD");
        await shell.UntilSeenAsync("\e[K");
        await world.ApproveAsync(request);
        await shell.UntilSeenAsync("\r\e[Kbastion: approved by bob, ");
        await shell.UntilSeenAsync("ran `rm -rf /srv/orders`");
        Assert.DoesNotContain("x`", string.Join(' ', shell.Ran.Select(ran => ran + "`")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[HELD 4:59] Ctrl-C", 11, "[HELD 4:59]")]
    [InlineData("[HELD] 张三", 9, "[HELD] 张")]
    [InlineData("[HELD] 张三", 10, "[HELD] 张")]
    [InlineData("short", 80, "short")]
    public void A_status_line_is_cut_to_the_window_by_what_it_shows(string text, int width, string shown) =>
        Assert.Equal(shown, StatusLine.Cut(text, width));

    [Fact]
    public async Task Ctrl_C_withdraws_a_held_line()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using ShellClient shell = await ShellClient.StartAsync(world);
        await shell.TypeAsync("rm -rf /srv/orders\r");
        ApprovalRequest request = await world.HeldAsync();
        await shell.TypeAsync("\u0003");
        await shell.UntilSeenAsync("withdrawn");
        Assert.Equal(ApprovalState.Withdrawn,
            (await world.Gateway.Desk.FindAsync(request.Id, CancellationToken.None))!.State);
        Assert.Empty(shell.Ran);
    }

    [Fact]
    public async Task The_recording_holds_what_was_shown_and_not_what_was_typed_without_echo()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using (ShellClient shell = await ShellClient.StartAsync(world))
        {
            await shell.TypeAsync("read-password\r");
            await shell.UntilSeenAsync("Password:");
            await shell.TypeAsync("hunter2-secret\r");
            await shell.UntilSeenAsync("thanks");
            await shell.TypeAsync("uname\r");
            await shell.UntilSeenAsync("ran `uname`");
        }

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!world.Journal().Contains("session.ended"))
        {
            await Task.Delay(5, deadline.Token);
        }

        string recording = world.Recordings();
        Assert.Contains("uname", recording, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", recording, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_typed_into_a_command_at_a_terminal_is_not_recorded()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using (ShellClient shell = await ShellClient.StartAsync(world, "login-tool"))
        {
            await shell.TypeAsync("read-password\r");
            await shell.UntilSeenAsync("Password:");
            await shell.TypeAsync("hunter2-secret\r");
            await shell.UntilSeenAsync("thanks");
        }

        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!world.Journal().Contains("session.ended"))
        {
            await Task.Delay(5, deadline.Token);
        }

        string recording = world.Recordings();
        Assert.Contains("thanks", recording, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", recording, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recording_that_cannot_be_written_keeps_the_shell_from_starting()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        // A file where the directory of recordings should be.
        Directory.Delete(world.Gateway.Data.Recordings, recursive: true);
        await File.WriteAllTextAsync(world.Gateway.Data.Recordings, "");
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Channel channel = await client.OpenChannelAsync("session", default, RelayWorld.Deadline());
        await channel.SendRequestAsync("pty-req", false, new PtyRequest("xterm", 80, 24, 0, 0, default).Format(),
            RelayWorld.Deadline());
        await channel.SendRequestAsync("shell", true, default, RelayWorld.Deadline());
        CommandResult result = await CommandResult.ReadAsync(channel);
        Assert.NotEqual(0u, result.Exit ?? 1);
        await client.Completion.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Empty(world.Target.Requests);
    }
}

/// <summary>A person at a terminal, and behind the gateway a shell that echoes what is typed and says what it
/// ran.</summary>
internal sealed class ShellClient : IAsyncDisposable
{
    private readonly SshConnection _connection;
    private readonly Channel _channel;
    private readonly StringBuilder _seen = new();
    private readonly List<string> _ran;
    private int _from;

    private ShellClient(SshConnection connection, Channel channel, List<string> ran)
    {
        _connection = connection;
        _channel = channel;
        _ran = ran;
    }

    public IReadOnlyList<string> Ran
    {
        get
        {
            lock (_ran)
            {
                return [.. _ran];
            }
        }
    }

    public static async Task<ShellClient> StartAsync(RelayWorld world, string? command = null)
    {
        List<string> ran = [];
        world.Target.Command = (channel, _) => RunShellAsync(channel, ran);
        SshConnection connection = await world.ConnectAsync("alice+orders-db");
        Channel channel = await connection.OpenChannelAsync("session", default, RelayWorld.Deadline());
        Assert.True(await channel.RequestAsync("pty-req", new PtyRequest("xterm", 80, 24, 0, 0, default).Format(),
            RelayWorld.Deadline()));
        Assert.True(command is null
            ? await channel.RequestAsync("shell", default, RelayWorld.Deadline())
            : await channel.RequestAsync("exec", ExecRequest.Format(Encoding.UTF8.GetBytes(command)),
            RelayWorld.Deadline()));
        var client = new ShellClient(connection, channel, ran);
        await client.UntilSeenAsync("$ ");
        return client;
    }

    public async Task ResizeAsync(uint columns) => await _channel.SendRequestAsync(
        "window-change", wantReply: false, new WindowChange(columns, 24, 0, 0).Format(), RelayWorld.Deadline());

    public async Task TypeAsync(string keys) =>
        await _channel.WriteAsync(Encoding.UTF8.GetBytes(keys), RelayWorld.Deadline());

    /// <summary>Reads on until the text was shown, counted from what was waited for before.</summary>
    public async Task UntilSeenAsync(string text)
    {
        while (true)
        {
            int at = _seen.ToString().IndexOf(text, _from, StringComparison.Ordinal);
            if (at >= 0)
            {
                _from = at + text.Length;
                return;
            }

            ChannelItem item = await _channel.ReadAsync(RelayWorld.Deadline());
            Assert.False(
                item.Kind is ChannelItemKind.Close or ChannelItemKind.Disconnected,
                $"the channel ended; seen: {_seen}");
            _seen.Append(Encoding.UTF8.GetString(item.Data.Span));
            _channel.Consumed(item.Data.Length);
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>A line editor as small as can be: echo, Enter, Ctrl-C, Ctrl-E, Ctrl-U, and one prompt without
    /// echo.</summary>
    private static async Task RunShellAsync(Channel channel, List<string> ran)
    {
        var line = new StringBuilder();
        bool echo = true;
        await SayAsync(channel, "$ ");
        while (true)
        {
            ChannelItem item = await channel.ReadAsync(RelayWorld.Deadline());
            if (item.Kind is ChannelItemKind.Close or ChannelItemKind.Disconnected)
            {
                await channel.CloseAsync();
                return;
            }

            string keys = Encoding.UTF8.GetString(item.Data.Span);
            channel.Consumed(item.Data.Length);
            foreach (char key in keys)
            {
                switch (key)
                {
                    case '\r' when !echo:
                        echo = true;
                        line.Clear();
                        await SayAsync(channel, "\r\nthanks\r\n$ ");
                        break;
                    case '\r' when line.ToString() == "read-password":
                        echo = false;
                        line.Clear();
                        await SayAsync(channel, "\r\nPassword: ");
                        break;
                    case '\r':
                        lock (ran)
                        {
                            ran.Add(line.ToString());
                        }

                        await SayAsync(channel, $"\r\nran `{line}`\r\n$ ");
                        line.Clear();
                        break;
                    case '\u0003':
                        line.Clear();
                        await SayAsync(channel, "^C\r\n$ ");
                        break;
                    case '\u0005':
                        break;
                    case '\u0015':
                        await SayAsync(channel, string.Concat(Enumerable.Repeat("\b \b", line.Length)));
                        line.Clear();
                        break;
                    default:
                        line.Append(key);
                        if (echo)
                        {
                            await SayAsync(channel, key.ToString());
                        }

                        break;
                }
            }
        }
    }

    private static async Task SayAsync(Channel channel, string text) =>
        await channel.WriteAsync(Encoding.UTF8.GetBytes(text), RelayWorld.Deadline());
}
