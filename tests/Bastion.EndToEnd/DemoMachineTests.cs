using System.Diagnostics;
using System.Net;

namespace Bastion.EndToEnd;

/// <summary>
/// What people are invited to approve in the demo happens on its target and nowhere else. Where the kernel gives no
/// namespaces the target is an unprivileged user's shell, and says so; then nothing dangerous is tried here.
/// </summary>
public sealed class DemoMachineTests : IDisposable
{
    private readonly string _canary = Directory.CreateTempSubdirectory("bastion-canary-").FullName;

    public DemoMachineTests()
    {
        // Everybody may delete it, so that only being out of reach protects it.
        File.WriteAllText(Path.Combine(_canary, "canary"), "alive");
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode everybody = (UnixFileMode)0b111_111_111;
            File.SetUnixFileMode(_canary, everybody);
            File.SetUnixFileMode(Path.Combine(_canary, "canary"), everybody);
        }
    }

    public void Dispose() => Directory.Delete(_canary, recursive: true);

    [Theory]
    [InlineData("alice+orders-db", "rm -rf --no-preserve-root / 2>/dev/null; kill -9 -1")]
    [InlineData("alice+root@orders-db", "rm -rf --no-preserve-root / 2>/dev/null; kill -9 -1")]
    [InlineData("alice+orders-db", ":(){ :|:& };: 2>/dev/null; sleep 1; kill -9 -1")]
    [InlineData("alice+root@orders-db", "shutdown now")]
    public async Task What_destroys_a_machine_destroys_the_targets_alone_and_it_can_be_started_again(
        string login, string command)
    {
        string data = Directory.CreateTempSubdirectory("bastion-e2e-").FullName;
        try
        {
            await using (Demo demo = await Demo.StartAsync(data))
            {
                if (!await IsConfinedAsync(demo))
                {
                    return;
                }

                using Process held = demo.StartSsh($"{login}@127.0.0.1", command);
                Task<ProgramResult> finishing = Programs.FinishAsync(held);
                using WebUser bob = await demo.SignInAsync("bob");
                string id = (await bob.WaitForRequestAsync()).GetProperty("id").GetString()!;
                using HttpResponseMessage approved = await bob.ApproveAsync(id);
                Assert.Equal(HttpStatusCode.OK, approved.StatusCode);
                await finishing;
                Assert.Equal("alive", await File.ReadAllTextAsync(Path.Combine(_canary, "canary")));
                Assert.True(File.Exists("/bin/sh"));
                Assert.Equal(0, await demo.StopAsync());
            }

            await using Demo again = await Demo.StartAsync(data);
            Assert.True(await again.HasAsync("archive/2019/orders-2019-01.csv"));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Fact]
    public async Task The_target_sees_no_file_process_or_network_of_this_machine()
    {
        await using Demo demo = await Demo.StartAsync();
        if (!await IsConfinedAsync(demo))
        {
            return;
        }

        ProgramResult seen = await demo.SshAsync(
            $"ls {_canary}; ls /proc | grep -c '^[0-9]'; cat /proc/net/dev | wc -l; touch /usr/bin/x; id -u");
        string[] lines = seen.Output.Split('\n');
        Assert.True(int.Parse(lines[0], null) < 20, seen.ToString());
        Assert.Equal(["3", "1000", ""], lines[1..]);
        Assert.Contains("No such file", seen.Error, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", seen.Error, StringComparison.Ordinal);
    }

    private static async Task<bool> IsConfinedAsync(Demo demo)
    {
        if (await demo.IsConfinedAsync())
        {
            return true;
        }

        Assert.NotEqual("0\n", (await demo.SshAsync("id -u")).Output);
        await demo.StopAsync();
        Assert.Contains("no namespaces of its own", await demo.Errors, StringComparison.Ordinal);
        return false;
    }
}
