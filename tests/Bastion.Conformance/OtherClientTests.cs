using Bastion.Conformance.Peers;

namespace Bastion.Conformance;

/// <summary>Dropbear, PuTTY, Paramiko and AsyncSSH as clients of our server role with its default algorithms.</summary>
[Collection(nameof(ServerRole))]
public sealed class OtherClientTests(ServerRole role)
{
    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa256")]
    [InlineData("rsa")]
    public async Task Dropbear_client_runs_commands_with_each_kind_of_key(string key)
    {
        string converted = role.Keys.PathOf("dropbear_" + key);
        ProgramResult conversion =
            await StockProgram.RunAsync("dropbearconvert", ["openssh", "dropbear", role.Keys.PathOf(key), converted]);
        Assert.True(conversion.ExitCode == 0, conversion.Explain());
        ProgramResult result = await StockProgram.RunAsync(
            "dbclient",
            ["-y", "-y", "-i", converted, "-p", $"{role.DefaultServer.Port}", "alice@127.0.0.1",
                "cat; echo problem >&2; exit 5"],
            ServerRole.Noise, new Dictionary<string, string> { ["HOME"] = role.Keys.Directory });
        Assert.True(result.ExitCode == 5, result.Explain());
        Assert.Equal(ServerRole.Noise, result.Output);
        Assert.Contains("problem", result.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("chacha20-poly1305@openssh.com", "hmac-sha2-256")]
    [InlineData("aes128-ctr", "hmac-sha2-256")]
    [InlineData("aes256-ctr", "hmac-sha2-256")]
    public async Task Dropbear_client_carries_data_under_each_cipher_it_shares_with_us(string cipher, string mac)
    {
        string converted = role.Keys.PathOf($"dropbear_cipher_{cipher[..6]}");
        await StockProgram.RunAsync("dropbearconvert", ["openssh", "dropbear", role.Keys.PathOf("ed25519"), converted]);
        ProgramResult result = await StockProgram.RunAsync(
            "dbclient",
            ["-y", "-y", "-c", cipher, "-m", mac, "-i", converted, "-p", $"{role.Server.Port}", "alice@127.0.0.1",
                "cat"],
            ServerRole.Noise, new Dictionary<string, string> { ["HOME"] = role.Keys.Directory });
        Assert.True(result.ExitCode == 0, result.Explain());
        Assert.Equal(ServerRole.Noise, result.Output);
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa384")]
    [InlineData("rsa")]
    public async Task Plink_runs_commands_with_each_kind_of_key(string key)
    {
        ProgramResult result = await StockProgram.RunAsync(
            "plink", [.. await PuttyOptionsAsync(key), "alice@127.0.0.1", "cat; echo problem >&2; exit 5"],
            ServerRole.Noise);
        Assert.True(result.ExitCode == 5, result.Explain());
        Assert.Equal(ServerRole.Noise, result.Output);
        Assert.Contains("problem", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plink_shell_on_a_terminal_takes_lines()
    {
        ProgramResult result = await StockProgram.RunAsync(
            "plink", ["-t", .. await PuttyOptionsAsync("ed25519"), "alice@127.0.0.1"],
            "echo $((6*7))marker\nexit 3\n"u8.ToArray());
        Assert.Contains("42marker", result.Text, StringComparison.Ordinal);
        Assert.Equal(3, result.ExitCode);
    }

    [Fact]
    public async Task Plink_logs_in_by_password_and_a_wrong_one_is_refused()
    {
        string[] options = await PuttyOptionsAsync(null);
        ProgramResult good =
            await StockProgram.RunAsync("plink", [.. options, "-pw", "open sesame", "secret@127.0.0.1", "echo in"]);
        Assert.True(good.Text == "in\n", good.Explain());
        ProgramResult bad =
            await StockProgram.RunAsync("plink", [.. options, "-pw", "wrong", "secret@127.0.0.1", "echo in"]);
        Assert.NotEqual(0, bad.ExitCode);
        Assert.Contains(role.DefaultServer.Logins,
            login => login is { User: "secret", Reason: "wrong password" or "wrong answer" });
    }

    [Fact]
    public async Task Psftp_copies_both_ways()
    {
        string source = role.Keys.PathOf("psftp_source");
        string back = role.Keys.PathOf("psftp_back");
        string script = role.Keys.PathOf("psftp_script");
        await File.WriteAllBytesAsync(source, ServerRole.Noise);
        await File.WriteAllTextAsync(script, $"put {source} psftp\nls\nget psftp {back}\nrm psftp\nquit\n");
        ProgramResult result = await StockProgram.RunAsync("psftp",
            [.. await PuttyOptionsAsync("ed25519"), "-b", script, "alice@127.0.0.1"]);
        Assert.True(result.ExitCode == 0, result.Explain());
        Assert.Equal(ServerRole.Noise, await File.ReadAllBytesAsync(back));
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa521")]
    [InlineData("rsa")]
    public Task Paramiko_works_through_its_script(string key) => RunScriptAsync("paramiko_client.py", key);

    [Theory]
    [InlineData("ed25519")]
    [InlineData("rsa+cert")]
    [InlineData("ecdsa256+cert")]
    public Task AsyncSsh_works_through_its_script(string key) => RunScriptAsync("asyncssh_client.py", key);

    private async Task RunScriptAsync(string script, string key)
    {
        // The system's own Python: the Debian packages of both libraries belong to it.
        ProgramResult result = await StockProgram.RunAsync(
            "/usr/bin/python3",
            [
                "-W", "ignore", Path.Combine(AppContext.BaseDirectory, "Scripts", script), $"{role.DefaultServer.Port}",
                role.DefaultServer.KnownHosts,
                TestKeyRing.User, role.Keys.PathOf(key), role.DefaultServer.Home,
            ]);
        Assert.True(result.ExitCode == 0 && result.Text.EndsWith("all good\n", StringComparison.Ordinal),
            $"{result.Explain()}\nour side: "
                + $"{string.Join("; ", role.DefaultServer.Ends.TakeLast(3))}\n"
                + string.Join('\n', role.DefaultServer.Logins.TakeLast(4)));
    }

    private async Task<string[]> PuttyOptionsAsync(string? key)
    {
        List<string> options = ["-batch", "-P", $"{role.DefaultServer.Port}", "-noagent"];
        foreach (string name in TestKeyRing.PlainKeyNames)
        {
            options.AddRange(["-hostkey", role.Keys.HostKey(name).Fingerprint]);
        }

        if (key is not null)
        {
            string converted = role.Keys.PathOf(key + ".ppk");
            if (!File.Exists(converted))
            {
                ProgramResult conversion =
                    await StockProgram.RunAsync("puttygen", [role.Keys.PathOf(key), "-O", "private", "-o", converted]);
                Assert.True(conversion.ExitCode == 0, conversion.Explain());
            }

            options.AddRange(["-i", converted]);
        }

        return [.. options];
    }
}
