using System.Collections.Concurrent;
using System.Text;
using Bastion.Conformance.Peers;
using Bastion.Ssh;
using Bastion.Ssh.Keys;
using Bastion.Ssh.UserAuth;

namespace Bastion.Conformance;

/// <summary>Our client role against targets that others wrote: OpenSSH's sshd, Dropbear, AsyncSSH.</summary>
[Collection(nameof(ServerRole))]
public sealed class TargetTests(ServerRole role)
{
    private const int AtOnce = 2;

    /// <summary>The first account's name: sshd logs in nobody else than who runs it.</summary>
    private static string Account => Environment.UserName;

    [Fact]
    public async Task Sshd_every_pair_of_kex_cipher_host_key_and_user_key_carries_data_through_several_rekeys()
    {
        await using StockTarget sshd = await StockTarget.StartOpenSshAsync(role.Keys);
        SshAlgorithms ours = SshAlgorithms.ForClient;
        string[] suites = [.. ours.Cipher.SelectMany(cipher => cipher.EndsWith("-ctr", StringComparison.Ordinal)
            ? ours.Mac.Select(mac => $"{cipher} {mac}")
            : [cipher])];
        string[] kex =
            [.. ours.KeyExchange.Intersect((await StockProgram.RunAsync("ssh", ["-Q", "kex"])).Text.Split('\n'))];
        IReadOnlyList<string[]> rows = Pairwise.Cover(kex, suites, ours.HostKey, TestKeyRing.UserKeyNames);
        SshLimits limits = SshLimits.Default with { RekeyBytes = 40 * 1024 };
        ConcurrentQueue<string> failures = [];
        await Parallel.ForEachAsync(rows, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (row, _) =>
        {
            string[] suite = row[1].Split(' ');
            SshAlgorithms algorithms = ours with
            {
                KeyExchange = [row[0]],
                Cipher = [suite[0]],
                Mac = suite.Length > 1 ? [suite[1]] : ours.Mac,
                HostKey = [row[2]],
            };
            try
            {
                (CommandResult? result, UserAuthOutcome outcome) = await OurClient.RunAsync(
                    sshd, algorithms, Account, [new KeyCredential(role.Keys.Signer(row[3]))], "cat", ServerRole.Noise,
                    limits);
                if (result?.Status != 0 || !result.Output.AsSpan().SequenceEqual(ServerRole.Noise))
                {
                    failures.Enqueue(
                        $"{string.Join(" / ", row)}: {outcome.Explain()}; status {result?.Status}, "
                            + $"{result?.Output.Length} bytes");
                }
            }
            catch (Exception failure)
                when (failure is SshDisconnectException or OperationCanceledException or IOException)
            {
                failures.Enqueue($"{string.Join(" / ", row)}: {failure.Message}");
            }
        });
        Assert.True(failures.IsEmpty,
            $"{failures.Count} of {rows.Count} failed:\n{string.Join('\n', failures.Take(20))}\n{sshd.Log}");
    }

    [Fact]
    public async Task Sshd_output_errors_status_and_signal_arrive()
    {
        await using StockTarget sshd = await StockTarget.StartOpenSshAsync(role.Keys);
        (CommandResult? result, _) = await RunAsync(sshd, "echo out; echo problem >&2; exit 9");
        Assert.Equal((9u, "out\n", "problem\n"),
            (result!.Status, Encoding.UTF8.GetString(result.Output), Encoding.UTF8.GetString(result.Errors)));
        (CommandResult? killed, _) = await RunAsync(sshd, "kill -KILL $$");
        Assert.Equal("KILL", killed!.Signal);
    }

    [Fact]
    public async Task Sshd_large_transfers_pass_whole_both_ways()
    {
        await using StockTarget sshd = await StockTarget.StartOpenSshAsync(role.Keys, "RekeyLimit 4M");
        (CommandResult? up, _) = await RunAsync(sshd, "wc -c", ServerRole.MakeNoise(20_000_000));
        Assert.Equal("20000000", Encoding.ASCII.GetString(up!.Output).Trim());
        (CommandResult? down, _) = await RunAsync(sshd, "head -c 20000000 /dev/zero");
        Assert.Equal(20_000_000, down!.Output.Length);
    }

    [Fact]
    public async Task Sshd_that_wants_two_keys_gets_two_keys()
    {
        await using StockTarget sshd =
            await StockTarget.StartOpenSshAsync(role.Keys, "AuthenticationMethods publickey,publickey");
        (CommandResult? result, UserAuthOutcome outcome) = await OurClient.RunAsync(
            sshd, SshAlgorithms.ForClient, Account,
            [new KeyCredential(role.Keys.UserKey("ed25519")), new KeyCredential(role.Keys.UserKey("rsa"))], "true", []);
        Assert.True(result?.Status == 0, outcome.Explain() + sshd.Log);
        Assert.True(outcome.PartialSuccess);
    }

    [Fact]
    public async Task Sshd_refuses_a_stranger_and_the_outcome_says_what_was_tried()
    {
        await using StockTarget sshd = await StockTarget.StartOpenSshAsync(role.Keys);
        (CommandResult? result, UserAuthOutcome outcome) = await OurClient.RunAsync(
            sshd, SshAlgorithms.ForClient, Account,
            [new KeyCredential(role.Keys.Stranger), new PasswordCredential("x")], "true", []);
        Assert.Null(result);
        Assert.Equal(["publickey"], outcome.Methods);
        Assert.Contains($"publickey ssh-ed25519 {role.Keys.Stranger.PublicKey.Fingerprint} refused", outcome.Explain(),
            StringComparison.Ordinal);
        Assert.Contains("password not tried", outcome.Explain(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sshd_takes_a_certificate_of_minutes_with_its_limits()
    {
        await using StockTarget sshd = await StockTarget.StartOpenSshAsync(role.Keys);
        using var once = SshPrivateKey.Generate(SshKeyKind.Ed25519);
        OpenSshCertificate certificate =
            await new CertificateAuthority(role.Keys.Authority, TimeProvider.System).IssueAsync(
            new CertificateRequest
            {
                Key = once.PublicKey,
                Kind = SshCertificateKind.User,
                KeyId = "alice, session 12",
                Principals = [Account],
                Lifetime = TimeSpan.FromMinutes(2),
                SourceAddresses = ["127.0.0.1"],
                ForceCommand = "echo forced",
            },
            default);
        (CommandResult? result, UserAuthOutcome outcome) = await OurClient.RunAsync(
            sshd, SshAlgorithms.ForClient, Account, [new KeyCredential(new CertificateSigner(once, certificate))],
            "echo free", []);
        Assert.True(result is not null, outcome.Explain() + sshd.Log);
        Assert.Equal("forced\n", Encoding.UTF8.GetString(result.Output));
    }

    [Fact]
    public async Task Unexpected_host_key_is_not_connected_to()
    {
        await using StockTarget imposter = await StockTarget.StartDropbearAsync(role.Keys, "rsa");
        imposter.HostKeys = [role.Keys.HostKey("ed25519")];
        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => RunAsync(imposter, "true"));
        Assert.Equal(DisconnectReason.HostKeyNotVerifiable, end.Reason);
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa521")]
    [InlineData("rsa")]
    public async Task Dropbear_runs_commands_with_each_kind_of_host_and_user_key(string key)
    {
        await using StockTarget dropbear = await StockTarget.StartDropbearAsync(role.Keys, key);
        foreach (string cipher in (string[])["chacha20-poly1305@openssh.com", "aes128-ctr", "aes256-ctr"])
        {
            (CommandResult? result, UserAuthOutcome outcome) = await OurClient.RunAsync(
                dropbear, SshAlgorithms.ForClient with { Cipher = [cipher] }, Account,
                [new KeyCredential(role.Keys.UserKey(key))],
                "cat; exit 3", ServerRole.Noise, SshLimits.Default with { RekeyBytes = 40 * 1024 });
            Assert.True(result?.Status == 3, $"{cipher}: {outcome.Explain()}\n{dropbear.Log}");
            Assert.Equal(ServerRole.Noise, result.Output);
        }
    }

    [Theory]
    [InlineData("secret", "password accepted")]
    [InlineData("prompted", "keyboard-interactive accepted")]
    public async Task AsyncSsh_takes_the_password_by_either_method(string user, string expected)
    {
        await using StockTarget target = await StockTarget.StartAsyncSshAsync(role.Keys);
        (CommandResult? good, UserAuthOutcome outcome) = await OurClient.RunAsync(
            target, SshAlgorithms.ForClient, user, [new PasswordCredential("open sesame")], "hello", []);
        Assert.True(good is not null, outcome.Explain() + target.Log);
        Assert.Equal("hello\n", Encoding.UTF8.GetString(good.Output));
        Assert.Equal(expected, outcome.Attempts[^1]);
        (CommandResult? bad, UserAuthOutcome refused) = await OurClient.RunAsync(
            target, SshAlgorithms.ForClient, user, [new PasswordCredential("wrong")], "hello", []);
        Assert.Null(bad);
        Assert.Contains("refused", refused.Explain(), StringComparison.Ordinal);
    }

    private Task<(CommandResult? Result, UserAuthOutcome Outcome)> RunAsync(StockTarget target, string command,
        byte[]? input = null) =>
        OurClient.RunAsync(target, SshAlgorithms.ForClient, Account, [new KeyCredential(role.Keys.UserKey("ed25519"))],
        command, input ?? []);
}
