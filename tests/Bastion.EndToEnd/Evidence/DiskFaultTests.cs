using System.Diagnostics;

namespace Bastion.EndToEnd.Evidence;

/// <summary>Evidence on file systems of our own that are full or cannot be written. They are mounted, which takes
/// root.</summary>
public sealed class DiskFaultTests : IAsyncLifetime
{
    private readonly string _mount = Directory.CreateTempSubdirectory("bastion-disk-").FullName;

    private string Data => Path.Combine(_mount, "data");

    public Task InitializeAsync()
    {
        Root.Require();
        return ShellAsync($"mount -t tmpfs -o size=4m,mode=0700 bastion-test {_mount} && mkdir -m 700 {Data}");
    }

    public async Task DisposeAsync()
    {
        await ShellAsync($"umount {_mount}");
        Directory.Delete(_mount);
    }

    [Fact]
    public async Task On_a_full_disk_nothing_is_acknowledged_that_is_not_there_and_with_room_it_starts_again()
    {
        using (var writer = EvidenceWriter.Start(Data))
        {
            Assert.Equal(3, await writer.EndAsync());
            Assert.Contains("space", writer.Lines[^1], StringComparison.OrdinalIgnoreCase);
            Assert.NotEmpty(writer.Acknowledged);

            // Still full: it says so, and harms nothing.
            using var again = EvidenceWriter.Start(Data, rounds: 1);
            Assert.Equal(3, await again.EndAsync());
            Assert.Contains("space", again.Lines[^1], StringComparison.OrdinalIgnoreCase);

            await ShellAsync($"mount -o remount,size=64m {_mount}");
            using var last = EvidenceWriter.Start(Data, rounds: 1);
            Assert.Equal(0, await last.EndAsync());
            Assert.StartsWith("found False", last.Lines[0], StringComparison.Ordinal);
            await EvidenceWriter.AssertNothingLostAsync(Data, writer, last);
        }
    }

    [Fact]
    public async Task A_disk_that_cannot_be_written_refuses_the_start_and_one_that_turns_so_ends_it()
    {
        using var writer = EvidenceWriter.Start(Data, rounds: 1);
        Assert.Equal(0, await writer.EndAsync());
        await ShellAsync($"mount -o remount,ro {_mount}");
        using var refused = EvidenceWriter.Start(Data, rounds: 1);
        Assert.Equal(3, await refused.EndAsync());
        Assert.Contains("read-only", refused.Lines[^1], StringComparison.OrdinalIgnoreCase);
        ProgramResult verified = await Programs.BastionAsync("audit", "verify", "--data", Data);
        Assert.True(verified.ExitCode == 0, verified.ToString());
        await ShellAsync($"mount -o remount,rw {_mount}");
        await EvidenceWriter.AssertNothingLostAsync(Data, writer);
    }

    [Fact]
    public async Task A_gateway_whose_disk_fills_up_ends_its_sessions_and_starts_no_new_ones()
    {
        await ShellAsync($"mount -o remount,size=400m {_mount}");
        await using Demo demo = await Demo.StartAsync(Data);
        Assert.Equal(0, (await demo.SshAsync("echo there is room")).ExitCode);
        using Process open = demo.StartSsh("alice+orders-db@127.0.0.1", "echo started; exec cat");
        Assert.Equal("started", await open.StandardOutput.ReadLineAsync());

        await ShellAsync($"cat /dev/zero > {_mount}/filler", ignoreExit: true);
        ProgramResult refused = await demo.SshAsync("echo no room");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Empty(refused.Output);
        // What is recorded of the attempts takes the last bytes; with the first record that does not fit all sessions
        // end.
        for (int attempt = 0; attempt < 40 && !open.HasExited; attempt++)
        {
            Assert.NotEqual(0, (await demo.SshAsync("echo no room")).ExitCode);
        }

        using var deadline = new CancellationTokenSource(Programs.Deadline);
        await open.WaitForExitAsync(deadline.Token);
        File.Delete(Path.Combine(_mount, "filler"));
    }

    private static async Task ShellAsync(string command, bool ignoreExit = false)
    {
        ProgramResult done = await Programs.RunAsync("sh", ["-c", command]);
        Assert.True(ignoreExit || done.ExitCode == 0, done.ToString());
    }
}

/// <summary>These tests mount file systems and give files away. Without root they fail rather than pass
/// unseen.</summary>
internal static class Root
{
    public static void Require() => Assert.True(
        Environment.IsPrivilegedProcess,
        "this test needs root (it mounts a file system or changes an owner): run tests/run as root");
}
