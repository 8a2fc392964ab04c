using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Bastion.EndToEnd;

/// <summary>Forwards of a stock ssh, granted and not.</summary>
public class ForwardingTests
{
    private const string Granted =
        ", forward: [\"127.0.0.1:*\", /run/*], remote-forward: [\"localhost:*\"], agent: true}";

    [Fact]
    public async Task Granted_forwards_and_a_lent_agent_work_as_through_sshd()
    {
        await using StockSshd target = await StockSshd.StartAsync();
        await using RealGateway gateway = await RealGateway.StartAsync(
            target, policy => policy.Replace("delete: true}}", "delete: true}" + Granted, StringComparison.Ordinal));
        int there = FreePort();
        ProgramResult back = await RunAsync(
            gateway, ["-R", $"{there}:127.0.0.1:{target.Port}"], $"ssh-keyscan -t ed25519 -p {there} localhost");
        Assert.Contains(target.HostKey, back.Output, StringComparison.Ordinal);

        ProgramResult agent = await Programs.RunAsync(
            "ssh-agent",
            [
                "sh", "-c",
                $"ssh-add -q {gateway.Folder}/alice; ssh -A {string.Join(' ', gateway.SshOptions)} -p "
                    + $"{gateway.SshPort} alice+server-1@127.0.0.1 ssh-add -l",
            ]);
        Assert.Contains("(ED25519)", agent.Output, StringComparison.Ordinal);

        int local = FreePort();
        using Process tunnel =
            gateway.StartSsh("-N", "-L", $"{local}:127.0.0.1:{target.Port}", "alice+server-1@127.0.0.1");
        string banner = await BannerAsync(local);
        tunnel.Kill();
        Assert.StartsWith("SSH-2.0-OpenSSH", banner, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forwards_that_nobody_granted_are_refused_in_one_sentence()
    {
        await using StockSshd target = await StockSshd.StartAsync();
        await using RealGateway gateway = await RealGateway.StartAsync(target);
        ProgramResult remote = await RunAsync(gateway, ["-R", $"{FreePort()}:127.0.0.1:1"], "true");
        Assert.True(remote.Error.Contains("remote-forward", StringComparison.Ordinal), remote.ToString());
        Assert.Contains("bastion: refused: nothing grants `alice` remote-forward to `localhost:", remote.Error,
            StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Folder, remote.Error, StringComparison.Ordinal);
        ProgramResult local = await RunAsync(gateway, ["-W", "127.0.0.1:1"]);
        Assert.True(local.Error.Contains("nothing grants `alice` forward to `127.0.0.1:1`", StringComparison.Ordinal),
            local.ToString());
    }

    private static Task<ProgramResult> RunAsync(RealGateway gateway, string[] options, params string[] command) =>
        Programs.RunAsync(
        "ssh",
        ["-o", "LogLevel=INFO", .. gateway.SshOptions, .. options, "-p", $"{gateway.SshPort}",
            "alice+server-1@127.0.0.1", .. command]);

    private static async Task<string> BannerAsync(int port)
    {
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, deadline.Token);
                using var reader = new StreamReader(client.GetStream());
                return await reader.ReadLineAsync(deadline.Token) ?? "";
            }
            catch (SocketException)
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
