using System.Diagnostics;
using System.Net;

namespace Bastion.EndToEnd;

/// <summary>`init` and `serve` in front of an OpenSSH server, with the tools of engineers and what goes wrong in
/// practice.</summary>
public class RealTargetTests
{
    [Fact]
    public async Task Stock_tools_work_through_it_and_a_deletion_waits()
    {
        await using StockSshd target = await StockSshd.StartAsync();
        await using RealGateway gateway = await RealGateway.StartAsync(target);
        ProgramResult ran = await gateway.SshAsync("cat; echo err >&2; exit 3", "through");
        Assert.Equal((3, "through", "err\n"), (ran.ExitCode, ran.Output, ran.Error));

        string work = target.Work;
        string local = Path.Combine(gateway.Folder, "local");
        Directory.CreateDirectory(local);
        await File.WriteAllTextAsync(Path.Combine(local, "app.conf"), "one\n");
        await CopyAsync(gateway, Path.Combine(local, "app.conf"), $"{work}/app.conf");
        await File.WriteAllTextAsync(Path.Combine(local, "app.conf"), "two, and longer\n");
        await CopyAsync(gateway, Path.Combine(local, "app.conf"), $"{work}/app.conf");
        Assert.Equal("two, and longer\n", await File.ReadAllTextAsync(Path.Combine(work, "app.conf")));
        ProgramResult synced = await Programs.RunAsync(
            "rsync", ["-a", "-e", $"ssh {string.Join(' ', gateway.SshOptions)} -p {gateway.SshPort}", local + "/",
                $"alice+server-1@127.0.0.1:{work}/tree/"]);
        Assert.True(synced.ExitCode == 0, synced.ToString());
        Assert.Equal("two, and longer\n", await File.ReadAllTextAsync(Path.Combine(work, "tree", "app.conf")));

        using Process held = gateway.StartSsh("alice+server-1@127.0.0.1", $"rm -rf '{work}/tree' && echo gone");
        Task<ProgramResult> finishing = Programs.FinishAsync(held);
        using WebUser bob = await gateway.SignInBobAsync();
        string id = (await bob.WaitForRequestAsync()).GetProperty("id").GetString()!;
        Assert.True(Directory.Exists(work + "/tree"));
        using HttpResponseMessage approved = await bob.ApproveAsync(id);
        Assert.Equal(HttpStatusCode.OK, approved.StatusCode);
        ProgramResult removed = await finishing;
        Assert.Equal((0, "gone\n"), (removed.ExitCode, removed.Output));
        Assert.False(Directory.Exists(work + "/tree"));
        ProgramResult verified = await gateway.VerifyAsync();
        Assert.True(verified.ExitCode == 0, verified.ToString());
    }

    [Fact]
    public async Task A_host_key_that_is_not_the_pinned_one_is_one_clear_sentence()
    {
        await using StockSshd target = await StockSshd.StartAsync();
        await using StockSshd other = await StockSshd.StartAsync();
        await using RealGateway gateway = await RealGateway.StartAsync(
            target, policy => policy.Replace(target.HostKey, other.HostKey, StringComparison.Ordinal));
        ProgramResult refused = await gateway.SshAsync("true");
        Assert.NotEqual(0, refused.ExitCode);
        string line = Assert.Single(refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains("host key", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_is_down_is_one_clear_sentence_and_comes_back_by_itself()
    {
        StockSshd down = await StockSshd.StartAsync();
        await using RealGateway gateway = await RealGateway.StartAsync(down);
        Assert.Equal(0, (await gateway.SshAsync("true")).ExitCode);
        await down.DisposeAsync();
        ProgramResult refused = await gateway.SshAsync("true");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("server-1", Assert.Single(refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_policy_leaves_the_running_one_and_a_mended_one_is_taken_up()
    {
        await using StockSshd target = await StockSshd.StartAsync();
        await using RealGateway gateway = await RealGateway.StartAsync(target);
        string good = await File.ReadAllTextAsync(gateway.Policy);
        await File.WriteAllTextAsync(gateway.Policy,
            good.Replace("who: engineers", "who: enginers", StringComparison.Ordinal));
        ProgramResult check = await Programs.BastionAsync("policy", "check", Path.GetDirectoryName(gateway.Policy)!);
        Assert.Equal(1, check.ExitCode);
        Assert.Matches(@"policy\.yaml:\d+:\d+: .*`enginers`", check.Output + check.Error);
        await WaitAsync(async () =>
            (await MetricsAsync(gateway)).Contains("\nbastion_policy_current 0\n", StringComparison.Ordinal));
        Assert.Equal(0, (await gateway.SshAsync("true")).ExitCode);

        await File.WriteAllTextAsync(gateway.Policy, good.Replace("because: what is deleted",
            "because: remember that what is deleted", StringComparison.Ordinal));
        await WaitAsync(async () =>
            (await MetricsAsync(gateway)).Contains("\nbastion_policy_current 1\n", StringComparison.Ordinal));
        ProgramResult held = await gateway.SshAsync("rm /srv/x", environment: "BASTION_WAIT=0");
        Assert.Equal(75, held.ExitCode);
        Assert.Contains("remember that", held.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_doctor_tells_a_wrong_host_key_from_a_wrong_credential_and_from_a_dead_target()
    {
        StockSshd target = await StockSshd.StartAsync();
        await using StockSshd other = await StockSshd.StartAsync();
        await using RealGateway gateway = await RealGateway.StartAsync(target);
        string good = await File.ReadAllTextAsync(gateway.Policy);
        Assert.Contains("host key and login are right", await DoctorAsync(gateway, good: true),
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(gateway.Policy,
            good.Replace(target.HostKey, other.HostKey, StringComparison.Ordinal));
        Assert.Contains("which is not the pinned one", await DoctorAsync(gateway, good: false),
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(gateway.Policy, good);
        string accepted = await File.ReadAllTextAsync(target.AcceptedKey + ".pub");
        File.Copy(other.AcceptedKey + ".pub", target.AcceptedKey + ".pub", overwrite: true);
        Assert.Contains("does not accept `server-1`", await DoctorAsync(gateway, good: false),
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(target.AcceptedKey + ".pub", accepted);
        await target.DisposeAsync();
        Assert.Contains("cannot be reached", await DoctorAsync(gateway, good: false), StringComparison.Ordinal);
    }

    /// <summary>What it says of the target. The gateway runs, so its own ports are always found taken.</summary>
    private static async Task<string> DoctorAsync(RealGateway gateway, bool good)
    {
        ProgramResult found = await Programs.BastionAsync("doctor", "--config", gateway.Configuration);
        string line =
            Assert.Single(found.Output.Split('\n'), line => line.Contains(" target: ", StringComparison.Ordinal));
        Assert.StartsWith(good ? "ok" : "MEND", line, StringComparison.Ordinal);
        Assert.True(good || found.ExitCode == 1, found.ToString());
        return line;
    }

    private static async Task CopyAsync(RealGateway gateway, string from, string to)
    {
        ProgramResult copied = await Programs.RunAsync(
            "scp", ["-q", .. gateway.SshOptions, "-P", $"{gateway.SshPort}", from, $"alice+server-1@127.0.0.1:{to}"]);
        Assert.True(copied.ExitCode == 0, copied.ToString());
    }

    private static async Task<string> MetricsAsync(RealGateway gateway)
    {
        using var http = new HttpClient { BaseAddress = gateway.Web };
        using HttpResponseMessage answer = await http.GetAsync("/metrics");
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (!await condition())
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }
}
