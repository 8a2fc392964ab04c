using System.Diagnostics;
using System.Text.Json;

namespace Bastion.EndToEnd;

/// <summary>The gateway dies while files are written through it.</summary>
public class KillTests
{
    [Fact]
    public async Task No_file_that_reached_the_target_is_without_its_decision_in_the_journal()
    {
        const int files = 600;
        const int enough = 40;
        await using StockSshd target = await StockSshd.StartAsync();
        await using RealGateway gateway = await RealGateway.StartAsync(target);
        string local = Directory.CreateDirectory(Path.Combine(gateway.Folder, "many")).FullName;
        for (int i = 0; i < files; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(local, $"file-{i}"), $"{i}\n");
        }

        using Process sftp = Programs.Start(
            "sftp", [.. gateway.SshOptions, "-q", "-P", $"{gateway.SshPort}", "-b", "-", "alice+server-1@127.0.0.1"]);
        await sftp.StandardInput.WriteAsync($"put -R {local} {target.Work}/\n");
        sftp.StandardInput.Close();
        string arrived = Path.Combine(target.Work, "many");
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!Directory.Exists(arrived) || Directory.GetFiles(arrived).Length < enough)
        {
            Assert.True(await timer.WaitForNextTickAsync(deadline.Token));
        }

        await gateway.KillAsync();
        await sftp.WaitForExitAsync(deadline.Token);

        ProgramResult verified = await gateway.VerifyAsync();
        Assert.True(verified.ExitCode == 0, verified.ToString());
        ProgramResult shown =
            await Programs.BastionAsync("audit", "show", "--json", "--data", Path.Combine(gateway.Folder, "data"));
        HashSet<string> decided =
        [
            .. from line in shown.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
               let record = JsonDocument.Parse(line).RootElement
               where record.GetProperty("kind").GetString() == "file.operation"
               select record.GetProperty("data").GetProperty("path").GetString(),
        ];
        string[] reached = Directory.GetFiles(arrived);
        Assert.InRange(reached.Length, enough, files - 1);
        Assert.Empty(reached.Except(decided));
    }
}
