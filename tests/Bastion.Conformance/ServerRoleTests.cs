using System.Collections.Concurrent;
using Bastion.Conformance.Peers;
using Bastion.Ssh;

namespace Bastion.Conformance;

/// <summary>What only our own server role, with all its algorithms and its own authenticator, can be asked.</summary>
[Collection(nameof(ServerRole))]
public sealed class ServerRoleTests(ServerRole role) : OpenSshClientTests(role)
{
    private readonly IPeerUnderTest _peer = role;

    /// <summary>Two at once: one to each processor of the smallest machine this runs on.</summary>
    private const int AtOnce = 2;

    [Fact]
    public async Task Every_pair_of_kex_cipher_host_key_and_user_key_carries_data_through_several_rekeys()
    {
        string[] kex = await KnownToBothAsync("kex", SshAlgorithms.ForServerCompatible.KeyExchange);
        string[] ciphers = await KnownToBothAsync("cipher", SshAlgorithms.ForServerCompatible.Cipher);
        string[] macs = await KnownToBothAsync("mac", SshAlgorithms.ForServerCompatible.Mac);
        string[] suites = [.. ciphers.SelectMany(cipher => cipher.EndsWith("-ctr", StringComparison.Ordinal)
            ? macs.Select(mac => $"{cipher} {mac}")
            : [cipher])];
        IReadOnlyList<string[]> rows =
            Pairwise.Cover(kex, suites, SshAlgorithms.ForServerCompatible.HostKey, TestKeyRing.UserKeyNames);
        ConcurrentQueue<string> failures = [];
        await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (row, _) =>
        {
            string[] suite = row[1].Split(' ');
            List<string> options =
            [
                "-o", $"KexAlgorithms={row[0]}", "-o", $"Ciphers={suite[0]}", "-o", $"HostKeyAlgorithms={row[2]}", "-o",
                "RekeyLimit=48K",
            ];
            if (suite.Length > 1)
            {
                options.AddRange(["-o", $"MACs={suite[1]}"]);
            }

            ProgramResult result = await _peer.SshAsync(options, "cat", ServerRole.Noise, row[3]);
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

    [Fact]
    public async Task Forwards_are_refused_with_a_reason_and_the_session_lives_on()
    {
        ProgramResult result = await _peer.SshAsync(
            ["-o", "LogLevel=INFO", "-R", "0:127.0.0.1:9", "-o", "ExitOnForwardFailure=no"], "echo alive");
        Assert.Contains("alive", result.Text, StringComparison.Ordinal);
        ProgramResult direct = await StockProgram.RunAsync(
            "ssh", ["-o", "LogLevel=INFO", .. _peer.SshOptions("ed25519"), "-p", $"{role.Server.Port}", "-W",
                "127.0.0.1:9", "alice@127.0.0.1"]);
        Assert.NotEqual(0, direct.ExitCode);
        Assert.Contains("sessions only", direct.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_then_code_logs_in()
    {
        string askPass = role.Keys.PathOf("askpass");
        await File.WriteAllTextAsync(askPass, "#!/bin/sh\necho 123456\n");
        File.SetUnixFileMode(askPass, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        ProgramResult result = await StockProgram.RunAsync(
            "ssh", ["-o", "BatchMode=no", .. _peer.SshOptions("ecdsa384"), "-p", $"{role.Server.Port}",
                "coded@127.0.0.1", "echo in"],
            environment: new Dictionary<string, string>
            {
                ["SSH_ASKPASS"] = askPass,
                ["SSH_ASKPASS_REQUIRE"] = "force",
            });
        Assert.True(result.Text == "in\n", result.Explain());
    }

    [Theory]
    [InlineData("alice", "stranger")]
    [InlineData("nobody", "ed25519")]
    public async Task Wrong_key_and_unknown_user_are_refused_and_recorded(string user, string key)
    {
        ProgramResult result =
            await _peer.SshAsync(["-o", "PreferredAuthentications=publickey"], "true", key: key, user: user);
        Assert.Equal(255, result.ExitCode);
        Assert.Contains("Permission denied (publickey,keyboard-interactive,password)", result.Errors,
            StringComparison.Ordinal);
        Assert.Contains(role.Server.Logins, login => login.User == user && login.Reason == "not a key of this user");
    }

    [Fact]
    public async Task Our_key_and_certificate_files_are_read_by_ssh_keygen()
    {
        foreach (string name in TestKeyRing.PlainKeyNames)
        {
            ProgramResult key =
                await StockProgram.RunAsync("ssh-keygen", ["-y", "-P", "", "-f", role.Keys.PathOf(name)]);
            Assert.True(key.ExitCode == 0, key.Explain());
            Assert.StartsWith(role.Keys.UserKey(name).PublicKey.ToString(), key.Text, StringComparison.Ordinal);
        }

        string locked = role.Keys.PathOf("locked");
        await File.WriteAllTextAsync(locked, role.Keys.UserKey("ecdsa521").ToOpenSsh("correct horse"));
        File.SetUnixFileMode(locked, UnixFileMode.UserRead);
        ProgramResult opened = await StockProgram.RunAsync("ssh-keygen", ["-y", "-P", "correct horse", "-f", locked]);
        Assert.True(opened.ExitCode == 0, opened.Explain());
        ProgramResult certificate =
            await StockProgram.RunAsync("ssh-keygen", ["-L", "-f", role.Keys.PathOf("rsa+cert-cert.pub")]);
        Assert.Contains("Key ID: \"conformance rsa\"", certificate.Text, StringComparison.Ordinal);
        Assert.Contains("permit-pty", certificate.Text, StringComparison.Ordinal);
    }

    /// <summary>What `ssh -Q` and we both have; a name that only newer releases know is then tested where there is
    /// one.</summary>
    private static async Task<string[]> KnownToBothAsync(string query, IReadOnlyList<string> ours)
    {
        ProgramResult result = await StockProgram.RunAsync("ssh", ["-Q", query]);
        return [.. result.Text.Split('\n').Where(name => ours.Contains(name))];
    }
}
