using System.Text.Json;

namespace Bastion.EndToEnd;

/// <summary>A report of a running gateway, by its own command and through the console, and what an edit of it looks
/// like.</summary>
public class ReportTests
{
    [Fact]
    public async Task A_report_is_made_beside_a_running_gateway_recorded_by_it_and_verified_and_an_edited_one_is_not()
    {
        string output = Directory.CreateTempSubdirectory("bastion-e2e-").FullName;
        try
        {
            await using Demo demo = await Demo.StartAsync();
            Assert.Equal(0, (await demo.SshAsync("echo one")).ExitCode);
            ProgramResult made = await Programs.BastionAsync(
                "report", "make", "--data", demo.Data, "--lang", "en,zh", "--zone", "Asia/Shanghai", "--out", output);
            Assert.True(made.ExitCode == 0, made.ToString());
            Assert.Contains("the journal holds", made.Output, StringComparison.Ordinal);
            string note = Path.Combine(output, "report.note");
            await UntilAsync(async () => (await VerifyAsync(note, demo.Data)).ExitCode == 0,
                async () => (await VerifyAsync(note, demo.Data)).ToString());
            JsonElement recorded = Assert.Single(await demo.RecordsAsync("report.made"));
            Assert.Contains(recorded.GetProperty("data").GetProperty("id").GetString()!,
                await File.ReadAllTextAsync(note), StringComparison.Ordinal);
            using var figures = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(output, "report.json")));
            Assert.Equal(1, figures.RootElement.GetProperty("sessions").GetProperty("started").GetInt64());
            Assert.Equal(0, figures.RootElement.GetProperty("degraded").GetProperty("unrecordedSessions").GetInt64());

            string page = Path.Combine(output, "report.zh.html");
            await File.WriteAllTextAsync(page,
                (await File.ReadAllTextAsync(page)).Replace("alice", "mallory", StringComparison.Ordinal));
            ProgramResult edited = await VerifyAsync(note, demo.Data);
            Assert.Equal(1, edited.ExitCode);
            Assert.Contains("`report.zh.html` was changed", edited.Output, StringComparison.Ordinal);
            Assert.Equal(0, (await demo.VerifyAsync()).ExitCode);
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    [Fact]
    public async Task A_mistake_in_what_is_reported_to_whom_is_told_with_its_place()
    {
        string directory = Directory.CreateTempSubdirectory("bastion-e2e-").FullName;
        try
        {
            string file = Path.Combine(directory, "bastion.yaml");
            await File.WriteAllTextAsync(
                file,
                """
                data: data
                policies: policies
                reports:
                  time-zone: Mars/Olympus
                  daily: "25:00"
                notify:
                  mail: {server: mail.example.com, from: bastion, security: none}
                  webhooks:
                    audit: {url: http://hooks.example.com/x, secret-file: secret}
                """);
            ProgramResult result = await Programs.BastionAsync("serve", "--config", file);
            Assert.Equal(1, result.ExitCode);
            foreach (string place in (string[])["4:14: `Mars/Olympus`", "5:10: `25:00`", "7:42: `bastion`",
                ": reports would travel in the clear", "9:18: `http://hooks.example.com/x`"])
            {
                Assert.Contains(place, result.Error, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static Task<ProgramResult> VerifyAsync(string note, string data) =>
        Programs.BastionAsync("report", "verify", note, "--data", data);

    private static async Task UntilAsync(Func<Task<bool>> happened, Func<Task<string>> otherwise)
    {
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        while (!await happened())
        {
            Assert.False(deadline.IsCancellationRequested, await otherwise());
            await Task.Delay(TimeSpan.FromMilliseconds(500));
        }
    }
}
