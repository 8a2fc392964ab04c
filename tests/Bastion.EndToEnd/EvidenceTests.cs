using System.Diagnostics;

namespace Bastion.EndToEnd;

/// <summary>What happens to the evidence when somebody edits it, and when the gateway dies.</summary>
public class EvidenceTests
{
    [Fact]
    public async Task An_edited_byte_a_removed_record_and_a_removed_recording_are_all_found()
    {
        string copy = Directory.CreateTempSubdirectory("bastion-e2e-").FullName;
        try
        {
            await using (Demo demo = await Demo.StartAsync())
            {
                await demo.SshAsync("echo one");
                await demo.SshAsync("echo two");
                await demo.StopAsync();
                await Programs.RunAsync("cp", ["-a", demo.Data + "/.", copy]);
            }

            Assert.Equal(0, (await VerifyAsync(copy)).ExitCode);
            string segment = Directory.GetFiles(Path.Combine(copy, "journal", "segments"))
                .Where(file => new FileInfo(file).Length > 1000).OrderBy(file => file, StringComparer.Ordinal).First();

            byte[] whole = await File.ReadAllBytesAsync(segment);
            byte[] edited = [.. whole];
            edited[whole.Length / 2] ^= 1;
            await File.WriteAllBytesAsync(segment, edited);
            ProgramResult found = await VerifyAsync(copy);
            Assert.Equal(1, found.ExitCode);
            Assert.Contains("record", found.Output, StringComparison.Ordinal);

            await File.WriteAllBytesAsync(segment, whole[..(whole.Length - 200)]);
            Assert.Equal(1, (await VerifyAsync(copy)).ExitCode);

            await File.WriteAllBytesAsync(segment, whole);
            Assert.Equal(0, (await VerifyAsync(copy)).ExitCode);
            File.Delete(Directory.GetFiles(Path.Combine(copy, "recordings"), "*", SearchOption.AllDirectories)[0]);
            Assert.Equal(1, (await VerifyAsync(copy)).ExitCode);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    [Fact]
    public async Task After_a_kill_the_next_start_closes_what_was_open_and_the_journal_still_holds()
    {
        string data = Directory.CreateTempSubdirectory("bastion-e2e-").FullName;
        try
        {
            await using (Demo demo = await Demo.StartAsync(data))
            {
                using Process open = demo.StartSsh("alice+orders-db@127.0.0.1", "echo started; exec cat");
                Assert.Equal("started", await open.StandardOutput.ReadLineAsync());
                await demo.KillAsync();
                open.Kill();
            }

            await using (Demo again = await Demo.StartAsync(data))
            {
                Assert.NotEmpty(await again.RecordsAsync("session.interrupted"));
                Assert.Equal(0, (await again.SshAsync("true")).ExitCode);
                ProgramResult verified = await again.VerifyAsync();
                Assert.True(verified.ExitCode == 0, verified.ToString());
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static Task<ProgramResult> VerifyAsync(string data) =>
        Programs.BastionAsync("audit", "verify", "--data", data);
}
