namespace Bastion.EndToEnd.Evidence;

/// <summary>Holds and what was set aside, from the command line of an auditor: through the gateway's own
/// rules.</summary>
public sealed class AuditorCommandTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("bastion-auditor-").FullName;

    private string Configuration => Path.Combine(_home, "bastion.yaml");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public async Task Holds_and_resending_are_for_auditors_and_leave_records()
    {
        using var store = new BulkStore { Unacceptable = "nobody" };
        await Running.InitAsync(_home);
        await RealGateway.EditAsync(Configuration,
            text => $"{text}\nship:\n  siem: {{kind: elasticsearch, url: \"{store.Url}\", install-template: false}}\n");
        Auditor carol = await Auditor.AddAsync("carol", Configuration);
        Auditor bob = await Auditor.AddAsync("bob", Configuration);
        await using Running gateway = await Running.ServeAsync(Configuration);

        ProgramResult refused =
            await bob.AskAsync(gateway.Url, "audit", "hold", "place", "--of", "alice", "--reason", "case 4711");
        Assert.True(refused.ExitCode == 1, refused.ToString());
        ProgramResult placed =
            await carol.AskAsync(gateway.Url, "audit", "hold", "place", "--of", "alice", "--reason", "case 4711");
        Assert.True(placed.ExitCode == 0, placed.ToString());
        string hold = placed.Output.Split(' ')[0];
        ProgramResult listed =
            await Programs.BastionAsync("audit", "hold", "list", "--data", Path.Combine(_home, "data"));
        Assert.Contains($"{hold} ", listed.Output, StringComparison.Ordinal);
        Assert.Contains("user alice, by carol: case 4711", listed.Output, StringComparison.Ordinal);
        ProgramResult own =
            await carol.AskAsync(gateway.Url, "audit", "hold", "lift", hold, "--reason", "changed my mind");
        Assert.Equal(1, own.ExitCode);
        Assert.Contains("ask another auditor", own.Error, StringComparison.Ordinal);

        await gateway.FailToLogInAsync();
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        while (!(await StatusAsync()).Output.Contains(" 1 parked", StringComparison.Ordinal))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
        }

        store.Unacceptable = null;
        ProgramResult resent = await carol.AskAsync(gateway.Url, "ship", "resend", "siem");
        Assert.True(resent.ExitCode == 0, resent.ToString());
        Assert.Contains("1 delivered, 0 refused again, 0 left", resent.Output, StringComparison.Ordinal);
        Assert.Contains(" 0 parked", (await StatusAsync()).Output, StringComparison.Ordinal);
        Assert.Contains(store.Documents.Values, document => document.Contains("nobody", StringComparison.Ordinal));
        ProgramResult shown = await Programs.BastionAsync("audit", "show", "--data", Path.Combine(_home, "data"),
            "--kind", "shipping.changed");
        Assert.Contains("carol: 1 records that were set aside are delivered", shown.Output, StringComparison.Ordinal);
    }

    private Task<ProgramResult> StatusAsync() => Programs.BastionAsync("ship", "status", "--config", Configuration);
}
