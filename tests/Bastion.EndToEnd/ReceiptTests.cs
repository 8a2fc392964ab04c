namespace Bastion.EndToEnd;

/// <summary>An engineer takes her receipts home, and later holds the gateway to them.</summary>
public class ReceiptTests
{
    [Fact]
    public async Task Receipts_taken_over_ssh_hold_the_served_log_and_the_directory_to_what_was_recorded()
    {
        string home = Directory.CreateTempSubdirectory("bastion-e2e-").FullName;
        try
        {
            await using Demo demo = await Demo.StartAsync();
            string key = (await File.ReadAllTextAsync(Path.Combine(demo.Data, "journal", "key"))).Trim();
            await demo.SshAsync("echo before the receipt");
            ProgramResult taken = await demo.SshAsync("receipts", login: "alice");
            Assert.True(taken.ExitCode == 0, taken.ToString());
            string file = Path.Combine(home, "alice.tlog-proof");
            await File.WriteAllTextAsync(file, taken.Output);

            ProgramResult alone = await VerifyAsync(file, "--key", key);
            Assert.True(alone.ExitCode == 0, alone.ToString());
            Assert.Contains("echo before the receipt", alone.Output, StringComparison.Ordinal);
            await demo.SshAsync("echo after the receipt");
            ProgramResult served = await VerifyAsync(file, "--key", key, "--log", new Uri(demo.Web, "/log").ToString());
            Assert.True(served.ExitCode == 0, served.ToString());
            Assert.Contains("the log still has all that they pin", served.Output, StringComparison.Ordinal);
            ProgramResult onDisk = await VerifyAsync(file, "--key", key, "--log", demo.Data);
            Assert.True(onDisk.ExitCode == 0, onDisk.ToString());

            // The same gateway, started anew on an empty directory with the same key: a history that begins later.
            await demo.StopAsync();
            string forged = Path.Combine(home, "forged");
            await Programs.RunAsync("cp", ["-a", demo.Data, forged]);
            Directory.Delete(Path.Combine(forged, "journal"), recursive: true);
            Directory.Delete(Path.Combine(forged, "recordings"), recursive: true);
            File.Delete(Path.Combine(forged, "bastion.db"));
            await using Demo other = await Demo.StartAsync(forged);
            ProgramResult rolledBack =
                await VerifyAsync(file, "--key", key, "--log", new Uri(other.Web, "/log").ToString());
            Assert.Equal(1, rolledBack.ExitCode);
            Assert.Contains("do NOT hold", rolledBack.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static Task<ProgramResult> VerifyAsync(params string[] arguments) =>
        Programs.BastionAsync(["audit", "verify", .. arguments]);
}
