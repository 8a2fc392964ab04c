using System.Collections.Concurrent;
using System.Text;
using Bastion.Conformance.Peers;
using Bastion.Ssh;

namespace Bastion.Conformance;

/// <summary>OpenSSH's clients against our server role.</summary>
[Collection(nameof(ServerRole))]
public sealed class OpenSshClientTests(ServerRole role)
{
    /// <summary>Two at once: one to each processor of the smallest machine this runs on.</summary>
    private const int AtOnce = 2;

    [Fact]
    public async Task Every_pair_of_kex_cipher_host_key_and_user_key_carries_data_through_several_rekeys()
    {
        string[] kex = await KnownToBothAsync("kex", SshAlgorithms.ForServerCompatible.KeyExchange);
        string[] ciphers = await KnownToBothAsync("cipher", SshAlgorithms.ForServerCompatible.Cipher);
        string[] macs = await KnownToBothAsync("mac", SshAlgorithms.ForServerCompatible.Mac);
        string[] suites = [.. ciphers.SelectMany(cipher => cipher.EndsWith("-ctr", StringComparison.Ordinal) ? macs.Select(mac => $"{cipher} {mac}") : [cipher])];
        IReadOnlyList<string[]> rows = Pairwise.Cover(kex, suites, SshAlgorithms.ForServerCompatible.HostKey, TestKeyRing.UserKeyNames);
        ConcurrentQueue<string> failures = [];
        await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (row, _) =>
        {
            string[] suite = row[1].Split(' ');
            List<string> options =
            [
                "-o", $"KexAlgorithms={row[0]}", "-o", $"Ciphers={suite[0]}", "-o", $"HostKeyAlgorithms={row[2]}", "-o", "RekeyLimit=48K",
            ];
            if (suite.Length > 1)
            {
                options.AddRange(["-o", $"MACs={suite[1]}"]);
            }
            ProgramResult result = await role.SshAsync(options, "cat", ServerRole.Noise, row[3]);
            if (result.ExitCode != 0 || !result.Output.AsSpan().SequenceEqual(ServerRole.Noise))
            {
                failures.Enqueue($"{string.Join(" / ", row)}: exit {result.ExitCode}, {result.Output.Length} bytes, {result.Errors}");
            }
        });
        Assert.True(failures.IsEmpty, $"{failures.Count} of {rows.Count} failed:\n{string.Join('\n', failures.Take(20))}");
    }

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("kill -TERM $$", 255)] // exit-signal: OpenSSH's client says so and exits 255
    [InlineData("true", 0)]
    public async Task Exit_status_and_signal_arrive(string command, int expected)
    {
        ProgramResult result = await role.SshAsync([], command);
        Assert.True(expected == result.ExitCode, result.Explain());
    }

    [Fact]
    public async Task Output_and_errors_are_kept_apart_and_input_ends()
    {
        ProgramResult result = await role.SshAsync([], "cat; echo problem >&2", "line\n"u8.ToArray());
        Assert.Equal(("line\n", "problem\n"), (result.Text, result.Errors));
    }

    [Fact]
    public async Task Terminal_is_given_its_type_and_size()
    {
        ProgramResult result = await role.SshAsync(["-tt"], "tty; echo $TERM; stty size");
        Assert.True(result.ExitCode == 0, result.Explain());
        Assert.StartsWith("/dev/pts/", result.Text, StringComparison.Ordinal);
        Assert.Contains("\r\n", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shell_reads_lines_from_a_terminal()
    {
        ProgramResult result = await StockProgram.RunAsync(
            "ssh", [.. role.SshOptions("ed25519"), "-tt", "-p", $"{role.Server.Port}", "alice@127.0.0.1"], "echo $((6*7))marker\nexit 3\n"u8.ToArray());
        Assert.Contains("42marker", result.Text, StringComparison.Ordinal);
        Assert.Equal(3, result.ExitCode);
    }

    [Fact]
    public async Task Environment_is_passed()
    {
        ProgramResult result = await role.SshAsync(["-o", "SetEnv=LC_CONFORMANCE=yes"], "echo $LC_CONFORMANCE");
        Assert.Equal("yes\n", result.Text);
    }

    [Fact]
    public async Task Large_output_and_input_pass_whole()
    {
        ProgramResult down = await role.SshAsync(["-o", "RekeyLimit=4M"], "head -c 20000000 /dev/zero | tr '\\0' x");
        Assert.Equal(20_000_000, down.Output.Length);
        ProgramResult up = await role.SshAsync(["-o", "RekeyLimit=4M"], "wc -c", ServerRole.MakeNoise(20_000_000));
        Assert.Equal("20000000", up.Text.Trim());
    }

    [Fact]
    public async Task Multiplexed_sessions_share_one_connection()
    {
        string socket = role.Keys.PathOf("mux");
        string[] shared = ["-o", $"ControlPath={socket}"];
        int before = role.Server.Logins.Count;
        ProgramResult master = await StockProgram.RunAsync(
            "ssh", [.. role.SshOptions("ed25519"), .. shared, "-o", "ControlMaster=yes", "-o", "ControlPersist=30", "-p", $"{role.Server.Port}", "alice@127.0.0.1", "true"]);
        Assert.True(master.ExitCode == 0, master.Explain());
        ProgramResult[] results = await Task.WhenAll(Enumerable.Range(0, 6).Select(index => role.SshAsync(shared, $"cat; echo {index}", ServerRole.Noise)));
        for (int index = 0; index < results.Length; index++)
        {
            Assert.True(results[index].ExitCode == 0, results[index].Explain());
            Assert.Equal([.. ServerRole.Noise, .. Encoding.ASCII.GetBytes($"{index}\n")], results[index].Output);
        }
        Assert.Equal(before + 1, role.Server.Logins.Count);
        await StockProgram.RunAsync("ssh", [.. shared, "-O", "exit", "alice@127.0.0.1"]);
    }

    [Fact]
    public async Task Forwards_are_refused_with_a_reason_and_the_session_lives_on()
    {
        ProgramResult result = await role.SshAsync(["-o", "LogLevel=INFO", "-R", "0:127.0.0.1:9", "-o", "ExitOnForwardFailure=no"], "echo alive");
        Assert.Contains("alive", result.Text, StringComparison.Ordinal);
        ProgramResult direct = await StockProgram.RunAsync(
            "ssh", ["-o", "LogLevel=INFO", .. role.SshOptions("ed25519"), "-p", $"{role.Server.Port}", "-W", "127.0.0.1:9", "alice@127.0.0.1"]);
        Assert.NotEqual(0, direct.ExitCode);
        Assert.Contains("sessions only", direct.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-O")]
    [InlineData("-s")]
    public async Task Scp_copies_both_ways(string protocol)
    {
        string source = role.Keys.PathOf("scp_source" + protocol);
        string back = role.Keys.PathOf("scp_back" + protocol);
        await File.WriteAllBytesAsync(source, ServerRole.Noise);
        string remote = Path.Combine(role.Server.Home, "scp" + protocol);
        string[] options = [protocol, .. role.SshOptions("ecdsa256"), "-P", $"{role.Server.Port}"];
        ProgramResult up = await StockProgram.RunAsync("scp", [.. options, source, $"alice@127.0.0.1:{remote}"]);
        Assert.True(up.ExitCode == 0, up.Explain());
        ProgramResult down = await StockProgram.RunAsync("scp", [.. options, $"alice@127.0.0.1:{remote}", back]);
        Assert.True(down.ExitCode == 0, down.Explain());
        Assert.Equal(ServerRole.Noise, await File.ReadAllBytesAsync(back));
    }

    [Fact]
    public async Task Sftp_puts_lists_renames_and_removes()
    {
        string source = role.Keys.PathOf("sftp_source");
        string back = role.Keys.PathOf("sftp_back");
        await File.WriteAllBytesAsync(source, ServerRole.Noise);
        string script = $"""
            cd {role.Server.Home}
            mkdir d
            put {source} d/one
            rename d/one d/two
            chmod 600 d/two
            ls -l d
            get d/two {back}
            rm d/two
            rmdir d
            """;
        ProgramResult result = await StockProgram.RunAsync(
            "sftp", ["-b", "-", .. role.SshOptions("rsa"), "-P", $"{role.Server.Port}", "alice@127.0.0.1"], Encoding.UTF8.GetBytes(script + "\n"));
        Assert.True(result.ExitCode == 0, result.Explain());
        Assert.Equal(ServerRole.Noise, await File.ReadAllBytesAsync(back));
        Assert.False(Directory.Exists(Path.Combine(role.Server.Home, "d")));
    }

    [Fact]
    public async Task Rsync_copies_a_tree_both_ways()
    {
        StockProgram.Require("rsync");
        string source = Directory.CreateDirectory(role.Keys.PathOf("rsync_source")).FullName;
        for (int index = 0; index < 20; index++)
        {
            await File.WriteAllBytesAsync(Path.Combine(source, $"file{index}"), ServerRole.Noise.AsMemory(0, index * 1000));
        }
        string remote = Path.Combine(role.Server.Home, "rsync");
        string back = role.Keys.PathOf("rsync_back");
        string shell = "ssh " + string.Join(' ', role.SshOptions("ed25519")) + $" -p {role.Server.Port}";
        ProgramResult up = await StockProgram.RunAsync("rsync", ["-a", "-e", shell, source + "/", $"alice@127.0.0.1:{remote}/"]);
        Assert.True(up.ExitCode == 0, up.Explain());
        ProgramResult down = await StockProgram.RunAsync("rsync", ["-a", "-e", shell, $"alice@127.0.0.1:{remote}/", back + "/"]);
        Assert.True(down.ExitCode == 0, down.Explain());
        Assert.Equal(20, Directory.GetFiles(back).Length);
        Assert.Equal(ServerRole.Noise.AsSpan(0, 19_000).ToArray(), await File.ReadAllBytesAsync(Path.Combine(back, "file19")));
    }

    [Fact]
    public async Task Key_then_code_logs_in()
    {
        string askPass = role.Keys.PathOf("askpass");
        await File.WriteAllTextAsync(askPass, "#!/bin/sh\necho 123456\n");
        File.SetUnixFileMode(askPass, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ProgramResult result = await StockProgram.RunAsync(
            "ssh", ["-o", "BatchMode=no", .. role.SshOptions("ecdsa384"), "-p", $"{role.Server.Port}", "coded@127.0.0.1", "echo in"],
            environment: new Dictionary<string, string> { ["SSH_ASKPASS"] = askPass, ["SSH_ASKPASS_REQUIRE"] = "force" });
        Assert.True(result.Text == "in\n", result.Explain());
    }

    [Theory]
    [InlineData("alice", "stranger")]
    [InlineData("nobody", "ed25519")]
    public async Task Wrong_key_and_unknown_user_are_refused_and_recorded(string user, string key)
    {
        ProgramResult result = await role.SshAsync(["-o", "PreferredAuthentications=publickey"], "true", key: key, user: user);
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("Permission denied (publickey,keyboard-interactive,password)", result.Errors, StringComparison.Ordinal);
        Assert.Contains(role.Server.Logins, login => login.User == user && login.Reason == "not a key of this user");
    }

    [Fact]
    public async Task Our_key_and_certificate_files_are_read_by_ssh_keygen()
    {
        foreach (string name in TestKeyRing.PlainKeyNames)
        {
            ProgramResult key = await StockProgram.RunAsync("ssh-keygen", ["-y", "-P", "", "-f", role.Keys.PathOf(name)]);
            Assert.True(key.ExitCode == 0, key.Explain());
            Assert.StartsWith(role.Keys.UserKey(name).PublicKey.ToString(), key.Text, StringComparison.Ordinal);
        }
        string locked = role.Keys.PathOf("locked");
        await File.WriteAllTextAsync(locked, role.Keys.UserKey("ecdsa521").ToOpenSsh("correct horse"));
        File.SetUnixFileMode(locked, UnixFileMode.UserRead);
        ProgramResult opened = await StockProgram.RunAsync("ssh-keygen", ["-y", "-P", "correct horse", "-f", locked]);
        Assert.True(opened.ExitCode == 0, opened.Explain());
        ProgramResult certificate = await StockProgram.RunAsync("ssh-keygen", ["-L", "-f", role.Keys.PathOf("rsa+cert-cert.pub")]);
        Assert.Contains("Key ID: \"conformance rsa\"", certificate.Text, StringComparison.Ordinal);
        Assert.Contains("permit-pty", certificate.Text, StringComparison.Ordinal);
    }

    /// <summary>What `ssh -Q` and we both have; a name that only newer releases know is then tested where there is one.</summary>
    private static async Task<string[]> KnownToBothAsync(string query, IReadOnlyList<string> ours)
    {
        ProgramResult result = await StockProgram.RunAsync("ssh", ["-Q", query]);
        return [.. result.Text.Split('\n').Where(name => ours.Contains(name))];
    }
}
