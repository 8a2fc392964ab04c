using System.Text;
using Bastion.Conformance.Peers;

namespace Bastion.Conformance;

/// <summary>OpenSSH's clients against our server role, and against a gateway in front of sshd: the same must
/// work.</summary>
public abstract class OpenSshClientTests
{
    private readonly IPeerUnderTest _peer;

    private protected OpenSshClientTests(IPeerUnderTest peer) => _peer = peer;

    [Theory]
    [InlineData("exit 7", 7)]
    [InlineData("kill -TERM $$", 255)] // exit-signal: OpenSSH's client says so and exits 255
    [InlineData("true", 0)]
    public async Task Exit_status_and_signal_arrive(string command, int expected)
    {
        ProgramResult result = await _peer.SshAsync([], command);
        Assert.True(expected == result.ExitCode, result.Explain());
    }

    [Fact]
    public async Task Output_and_errors_are_kept_apart_and_input_ends()
    {
        ProgramResult result = await _peer.SshAsync([], "cat; echo problem >&2", "line\n"u8.ToArray());
        Assert.Equal(("line\n", "problem\n"), (result.Text, result.Errors));
    }

    [Fact]
    public async Task Terminal_is_given_its_type_and_size()
    {
        ProgramResult result = await _peer.SshAsync(["-tt"], "tty; echo $TERM; stty size");
        Assert.True(result.ExitCode == 0, result.Explain());
        Assert.StartsWith("/dev/pts/", result.Text, StringComparison.Ordinal);
        Assert.Contains("\r\n", result.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shell_reads_lines_from_a_terminal()
    {
        ProgramResult result = await StockProgram.RunAsync(
            "ssh", [.. _peer.SshOptions("ed25519"), "-tt", "-p", $"{_peer.Port}", $"{_peer.User}@127.0.0.1"],
            "echo $((6*7))marker\nexit 3\n"u8.ToArray());
        Assert.Contains("42marker", result.Text, StringComparison.Ordinal);
        Assert.Equal(3, result.ExitCode);
    }

    [Fact]
    public async Task Environment_is_passed()
    {
        ProgramResult result = await _peer.SshAsync(["-o", "SetEnv=LC_CONFORMANCE=yes"], "echo $LC_CONFORMANCE");
        Assert.Equal("yes\n", result.Text);
    }

    [Fact]
    public async Task Large_output_and_input_pass_whole()
    {
        ProgramResult down = await _peer.SshAsync(["-o", "RekeyLimit=4M"], "head -c 20000000 /dev/zero | tr '\\0' x");
        Assert.Equal(20_000_000, down.Output.Length);
        ProgramResult up = await _peer.SshAsync(["-o", "RekeyLimit=4M"], "wc -c", ServerRole.MakeNoise(20_000_000));
        Assert.Equal("20000000", up.Text.Trim());
    }

    [Fact]
    public async Task Multiplexed_sessions_share_one_connection()
    {
        string socket = _peer.Keys.PathOf("mux");
        string[] shared = ["-o", "LogLevel=DEBUG", "-o", $"ControlPath={socket}"];
        int before = await _peer.CountLoginsAsync();
        ProgramResult master = await StockProgram.RunAsync(
            "ssh", [.. _peer.SshOptions("ed25519"), .. shared, "-o", "ControlMaster=yes", "-o", "ControlPersist=30",
                "-p", $"{_peer.Port}", $"{_peer.User}@127.0.0.1", "true"]);
        Assert.True(master.ExitCode == 0, master.Explain());
        ProgramResult[] results = await Task.WhenAll(Enumerable.Range(0, 6)
            .Select(index => _peer.SshAsync(shared, $"cat; echo {index}", ServerRole.Noise)));
        for (int index = 0; index < results.Length; index++)
        {
            Assert.True(results[index].ExitCode == 0, results[index].Explain());
            Assert.Equal([.. ServerRole.Noise, .. Encoding.ASCII.GetBytes($"{index}\n")], results[index].Output);
        }

        Assert.Equal(before + 1, await _peer.CountLoginsAsync());
        await StockProgram.RunAsync("ssh", [.. shared, "-O", "exit", $"{_peer.User}@127.0.0.1"]);
    }

    [Theory]
    [InlineData("-O")]
    [InlineData("-s")]
    public async Task Scp_copies_both_ways(string protocol)
    {
        string source = _peer.Keys.PathOf("scp_source" + protocol);
        string back = _peer.Keys.PathOf("scp_back" + protocol);
        await File.WriteAllBytesAsync(source, ServerRole.Noise);
        string remote = Path.Combine(_peer.Home, "scp" + protocol);
        string[] options = [protocol, .. _peer.SshOptions("ecdsa256"), "-P", $"{_peer.Port}"];
        ProgramResult up = await StockProgram.RunAsync("scp", [.. options, source, $"{_peer.User}@127.0.0.1:{remote}"]);
        Assert.True(up.ExitCode == 0, up.Explain());
        ProgramResult down = await StockProgram.RunAsync("scp", [.. options, $"{_peer.User}@127.0.0.1:{remote}", back]);
        Assert.True(down.ExitCode == 0, down.Explain());
        Assert.Equal(ServerRole.Noise, await File.ReadAllBytesAsync(back));
    }

    [Fact]
    public async Task Sftp_puts_lists_renames_and_removes()
    {
        string source = _peer.Keys.PathOf("sftp_source");
        string back = _peer.Keys.PathOf("sftp_back");
        await File.WriteAllBytesAsync(source, ServerRole.Noise);
        string script = $"""
            cd {_peer.Home}
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
            "sftp", ["-b", "-", .. _peer.SshOptions("rsa"), "-P", $"{_peer.Port}", $"{_peer.User}@127.0.0.1"],
            Encoding.UTF8.GetBytes(script + "\n"));
        Assert.True(result.ExitCode == 0, result.Explain());
        Assert.Equal(ServerRole.Noise, await File.ReadAllBytesAsync(back));
        Assert.False(Directory.Exists(Path.Combine(_peer.Home, "d")));
    }

    [Fact]
    public async Task Rsync_copies_a_tree_both_ways()
    {
        StockProgram.Require("rsync");
        string source = Directory.CreateDirectory(_peer.Keys.PathOf("rsync_source")).FullName;
        for (int index = 0; index < 20; index++)
        {
            await File.WriteAllBytesAsync(Path.Combine(source, $"file{index}"),
                ServerRole.Noise.AsMemory(0, index * 1000));
        }

        string remote = Path.Combine(_peer.Home, "rsync");
        string back = _peer.Keys.PathOf("rsync_back");
        string shell = "ssh " + string.Join(' ', _peer.SshOptions("ed25519")) + $" -p {_peer.Port}";
        ProgramResult up = await StockProgram.RunAsync("rsync",
            ["-a", "-e", shell, source + "/", $"{_peer.User}@127.0.0.1:{remote}/"]);
        Assert.True(up.ExitCode == 0, up.Explain());
        ProgramResult down =
            await StockProgram.RunAsync("rsync", ["-a", "-e", shell, $"{_peer.User}@127.0.0.1:{remote}/", back + "/"]);
        Assert.True(down.ExitCode == 0, down.Explain());
        Assert.Equal(20, Directory.GetFiles(back).Length);
        Assert.Equal(ServerRole.Noise.AsSpan(0, 19_000).ToArray(),
            await File.ReadAllBytesAsync(Path.Combine(back, "file19")));
    }
}
