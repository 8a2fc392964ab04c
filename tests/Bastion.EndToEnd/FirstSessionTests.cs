using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Bastion.EndToEnd;

/// <summary>The five minutes of the README, with stock ssh, another person, the replay and the verifier.</summary>
public class FirstSessionTests
{
    [Fact]
    public async Task A_harmless_command_runs_and_a_dangerous_one_waits_for_a_second_person()
    {
        await using Demo demo = await Demo.StartAsync();
        ProgramResult listed = await demo.SshAsync("ls archive/2019 | wc -l; exit 3");
        Assert.Equal((3, "12\n"), (listed.ExitCode, listed.Output));

        using Process held = demo.StartSsh("alice+orders-db@127.0.0.1", "rm -rf archive/2019 && echo gone");
        Task<ProgramResult> finishing = Programs.FinishAsync(held);
        using WebUser bob = await demo.SignInAsync("bob");
        JsonElement request = await bob.WaitForRequestAsync();
        Assert.Equal("rm -rf archive/2019 && echo gone", request.GetProperty("command").GetString());
        Assert.True(request.GetProperty("mayDecide").GetBoolean());
        Assert.True(await demo.HasAsync("archive/2019"));

        using HttpResponseMessage approved = await bob.ApproveAsync(request.GetProperty("id").GetString()!);
        Assert.Equal(HttpStatusCode.OK, approved.StatusCode);
        ProgramResult run = await finishing;
        Assert.Equal((0, "gone\n"), (run.ExitCode, run.Output));
        Assert.False(await demo.HasAsync("archive/2019"));

        using WebUser carol = await demo.SignInAsync("carol");
        string id = request.GetProperty("sessionId").GetString()!;
        using HttpResponseMessage recording = await carol.AnswerAsync($"/api/sessions/{id}/recording");
        Assert.Contains("gone", await recording.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        ProgramResult verified = await demo.VerifyAsync();
        Assert.True(verified.ExitCode == 0, verified.ToString());
        Assert.Equal(0, await demo.StopAsync());
    }

    [Fact]
    public async Task A_refusal_reaches_the_requester_with_its_reason_and_exit_status_77()
    {
        await using Demo demo = await Demo.StartAsync();
        using Process held = demo.StartSsh("alice+orders-db@127.0.0.1", "rm -rf archive");
        Task<ProgramResult> finishing = Programs.FinishAsync(held);
        using WebUser bob = await demo.SignInAsync("bob");
        string id = (await bob.WaitForRequestAsync()).GetProperty("id").GetString()!;
        (await bob.DenyAsync(id, "use the runbook")).Dispose();
        ProgramResult refused = await finishing;
        Assert.Equal(77, refused.ExitCode);
        Assert.Equal("", refused.Output);
        Assert.Contains("use the runbook", refused.Error, StringComparison.Ordinal);
        Assert.True(await demo.HasAsync("archive"));
    }

    [Fact]
    public async Task A_rule_that_forbids_exits_126_and_says_which()
    {
        await using Demo demo = await Demo.StartAsync();
        ProgramResult blocked = await demo.SshAsync("mkfs.ext4 /dev/sdz");
        Assert.Equal(126, blocked.ExitCode);
        Assert.Contains("disks-are-never-wiped-by-hand", blocked.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_requester_cannot_approve_and_leaving_withdraws()
    {
        await using Demo demo = await Demo.StartAsync();
        using Process held = demo.StartSsh("alice+orders-db@127.0.0.1", "rm -rf archive");
        using WebUser alice = await demo.SignInAsync("alice");
        JsonElement request = await alice.WaitForRequestAsync();
        string id = request.GetProperty("id").GetString()!;
        Assert.False(request.GetProperty("mayDecide").GetBoolean());
        using HttpResponseMessage own = await alice.ApproveAsync(id);
        Assert.Equal(HttpStatusCode.Forbidden, own.StatusCode);

        held.Kill();
        Assert.Equal("withdrawn", await alice.WaitForStateAsync(id, "withdrawn"));
        Assert.True(await demo.HasAsync("archive"));
    }

    [Theory]
    [InlineData("alice+nowhere", "no target `nowhere`")]
    [InlineData("alice+nobody@orders-db", "nobody")]
    public async Task What_is_not_granted_is_one_clear_sentence_and_a_record(string login, string said)
    {
        await using Demo demo = await Demo.StartAsync();
        ProgramResult refused = await demo.SshAsync("true", login);
        Assert.Equal(126, refused.ExitCode);
        Assert.Contains(said, refused.Error, StringComparison.Ordinal);
        Assert.NotEmpty(await demo.RecordsAsync("request.refused"));
    }

    [Fact]
    public async Task A_login_without_a_target_lists_the_names_to_use()
    {
        await using Demo demo = await Demo.StartAsync();
        ProgramResult menu = await demo.SshAsync("", "alice");
        Assert.Contains("alice+orders-db", menu.Output + menu.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_gateway_does_not_share_the_port_of_the_first()
    {
        await using Demo demo = await Demo.StartAsync();
        string data = Directory.CreateTempSubdirectory("bastion-e2e-").FullName;
        ProgramResult second =
            await Programs.BastionAsync("demo", "--data", data, "--ssh-port", $"{demo.SshPort}", "--web-port", "0");
        Directory.Delete(data, recursive: true);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("address already in use", second.Error, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_and_recorded()
    {
        await using Demo demo = await Demo.StartAsync();
        string key = Path.Combine(demo.Data, "stranger");
        await Programs.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
        ProgramResult refused = await Programs.RunAsync(
            "ssh", [.. demo.SshOptions().Select(option => option == demo.User("alice", "key") ? key : option), "-p",
                $"{demo.SshPort}", "alice+orders-db@127.0.0.1", "true"]);
        Assert.Equal(255, refused.ExitCode);
        Assert.Contains(await demo.RecordsAsync("login.failed"),
            record => record.ToString().Contains("alice", StringComparison.Ordinal));
    }
}
