using System.Collections.Concurrent;
using Bastion.Conformance.Peers;
using Bastion.Ssh;

namespace Bastion.Conformance;

/// <summary>The same clients through a whole gateway, with the gate, the recording and a stock target behind
/// it.</summary>
[Collection(nameof(Gateway))]
public sealed class GatewayTests(Gateway gateway) : OpenSshClientTests(gateway)
{
    private readonly IPeerUnderTest _peer = gateway;

    [Fact]
    public async Task Every_pair_of_default_kex_cipher_host_key_and_user_key_carries_data_through_the_gateway()
    {
        SshAlgorithms ours = SshAlgorithms.ForServer;
        string[] known = (await StockProgram.RunAsync("ssh", ["-Q", "kex"])).Text.Split('\n');
        string[] suites = [.. ours.Cipher.SelectMany(cipher => cipher.EndsWith("-ctr", StringComparison.Ordinal)
            ? ours.Mac.Select(mac => $"{cipher} {mac}")
            : [cipher])];
        IReadOnlyList<string[]> rows =
            Pairwise.Cover([.. ours.KeyExchange.Intersect(known)], suites, ours.HostKey, TestKeyRing.PlainKeyNames);
        ConcurrentQueue<string> failures = [];
        await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (row, _) =>
        {
            string[] suite = row[1].Split(' ');
            string[] mac = suite.Length > 1 ? ["-o", $"MACs={suite[1]}"] : [];
            ProgramResult result = await _peer.SshAsync(
                ["-o", $"KexAlgorithms={row[0]}", "-o", $"Ciphers={suite[0]}", "-o", $"HostKeyAlgorithms={row[2]}",
                    "-o", "RekeyLimit=48K", .. mac],
                "cat", ServerRole.Noise, row[3]);
            if (result.ExitCode != 0 || !result.Output.AsSpan().SequenceEqual(ServerRole.Noise))
            {
                failures.Enqueue(
                    $"{string.Join(" / ", row)}: exit {result.ExitCode}, {result.Output.Length} bytes, "
                        + $"{result.Errors}");
            }
        });
        Assert.True(failures.IsEmpty,
            $"{failures.Count} of {rows.Count} failed:\n{string.Join('\n', failures.Take(20))}");
    }

    [Theory]
    [InlineData("alice+dropbear", "")]
    [InlineData("alice+asyncssh", "")]
    [InlineData("alice+prompted@asyncssh", "")]
    public async Task Other_targets_are_reached_by_key_password_and_prompt(string user, string errors)
    {
        ProgramResult result = await _peer.SshAsync([], "cat", "through\n"u8.ToArray(), user: user);
        Assert.True((result.ExitCode, result.Text, result.Errors) == (0, "through\n", errors), result.Explain());
    }

    [Fact]
    public async Task Target_with_another_host_key_is_not_reached_and_it_says_so()
    {
        ProgramResult result = await _peer.SshAsync([], "true", user: "alice+imposter");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("host key", result.Errors, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("alice+nowhere")]
    [InlineData("mallory+openssh")]
    public async Task Unknown_target_and_unknown_user_get_nothing(string user)
    {
        ProgramResult result = await _peer.SshAsync([], "echo in", user: user);
        Assert.NotEqual(0, result.ExitCode);
        Assert.DoesNotContain("in\n", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Dropbear_plink_and_psftp_work_through_the_gateway()
    {
        string converted = gateway.Keys.PathOf("dropbear_gateway");
        await StockProgram.RunAsync("dropbearconvert",
            ["openssh", "dropbear", gateway.Keys.PathOf("ed25519"), converted]);
        ProgramResult dropbear = await StockProgram.RunAsync(
            "dbclient",
            ["-y", "-y", "-i", converted, "-p", $"{gateway.Port}", "alice+openssh@127.0.0.1", "cat; exit 5"],
            ServerRole.Noise, new Dictionary<string, string> { ["HOME"] = gateway.Keys.Directory });
        Assert.True(dropbear.ExitCode == 5 && dropbear.Output.AsSpan().SequenceEqual(ServerRole.Noise),
            dropbear.Explain());

        string ppk = gateway.Keys.PathOf("gateway.ppk");
        await StockProgram.RunAsync("puttygen", [gateway.Keys.PathOf("rsa"), "-O", "private", "-o", ppk]);
        string[] putty =
        [
            "-batch", "-noagent", "-P", $"{gateway.Port}", "-i", ppk,
            .. File.ReadLines(gateway.KnownHosts).SelectMany(line =>
                (string[])["-hostkey", Ssh.Keys.SshPublicKey.ParseText(
                line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..]).Fingerprint]),
        ];
        ProgramResult plink = await StockProgram.RunAsync("plink", [.. putty, "alice+openssh@127.0.0.1", "cat; exit 6"],
            ServerRole.Noise);
        Assert.True(plink.ExitCode == 6 && plink.Output.AsSpan().SequenceEqual(ServerRole.Noise), plink.Explain());

        string source = gateway.Keys.PathOf("psftp_source");
        string script = gateway.Keys.PathOf("psftp_script");
        await File.WriteAllBytesAsync(source, ServerRole.Noise);
        await File.WriteAllTextAsync(script,
            $"put {source} {_peer.Home}/psftp\nget {_peer.Home}/psftp {source}.back\nrm {_peer.Home}/psftp\nquit\n");
        ProgramResult psftp = await StockProgram.RunAsync("psftp", [.. putty, "-b", script, "alice+openssh@127.0.0.1"]);
        Assert.True(psftp.ExitCode == 0, psftp.Explain());
        Assert.Equal(ServerRole.Noise, await File.ReadAllBytesAsync(source + ".back"));
    }

    [Theory]
    [InlineData("paramiko_client.py")]
    [InlineData("asyncssh_client.py")]
    public async Task Python_clients_work_through_the_gateway(string script)
    {
        ProgramResult result = await StockProgram.RunAsync(
            "/usr/bin/python3",
            [
                "-W", "ignore", Path.Combine(AppContext.BaseDirectory, "Scripts", script), $"{gateway.Port}",
                gateway.KnownHosts,
                _peer.User, gateway.Keys.PathOf("ecdsa256"), _peer.Home, "sessions-only",
            ]);
        Assert.True(result.ExitCode == 0 && result.Text.EndsWith("all good\n", StringComparison.Ordinal),
            result.Explain());
    }

    [Fact]
    public void Ssh_net_works_through_the_gateway()
    {
        using var client = new Renci.SshNet.SshClient(
            "127.0.0.1", gateway.Port, _peer.User, new Renci.SshNet.PrivateKeyFile(gateway.Keys.PathOf("ed25519")));
        client.Connect();
        using Renci.SshNet.SshCommand command = client.RunCommand("echo out; exit 6");
        Assert.Equal((6, "out\n"), (command.ExitStatus, command.Result));
    }
}
