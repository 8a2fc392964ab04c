using Bastion.Audit.Receipts;

namespace Bastion.Server.Tests.Ssh;

public sealed class GatewayCommandTests
{
    [Fact]
    public async Task Receipts_proves_the_last_session_on_standard_output()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await world.RunAsync("alice+orders-db", "uptime");
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!world.Journal().Contains("session.ended"))
        {
            await Task.Delay(5, deadline.Token);
        }

        CommandResult result = await world.RunAsync("alice", "receipts");

        Assert.Equal(0u, result.Exit);
        Assert.True(Receipt.TryParseAll(result.Output, out IReadOnlyList<Receipt>? receipts), result.Output);
        Assert.Contains(receipts, receipt => receipt.Entry()!.Text("command") == "uptime");
        Assert.All(receipts, receipt => Assert.Null(receipt.Fault(world.Gateway.JournalReader.PublishedKey()!)));
        Assert.Contains("bastion audit verify", result.Errors, StringComparison.Ordinal);
        Assert.Contains("audit.viewed", world.Journal());
    }

    [Fact]
    public async Task Nobody_gets_the_receipts_of_somebody_else()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        Assert.Equal(1u, (await world.RunAsync("alice", "receipts")).Exit);
        await world.RunAsync("alice+orders-db", "uptime");
        string session = (await world.Gateway.Sessions.ListAsync("alice", false, 1, CancellationToken.None))[0].Id;

        Assert.Equal(0u, (await world.RunAsync("alice", $"receipts {session}")).Exit);
        CommandResult other = await world.RunAsync("alice", "receipts s-0000000000000000");
        Assert.Equal((1u, ""), (other.Exit, other.Output));
    }
}
