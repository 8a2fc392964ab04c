using Bastion.Control.Gating;
using Bastion.Control.Sessions;
using Bastion.Web.Tests;

namespace Bastion.Server.Tests.Hosting;

public sealed class PolicyWatchTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Changed_files_reach_a_running_session_and_broken_ones_do_not()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await world.SessionAsync();
        string before = world.Gateway.Policies.Current.Version;

        await File.WriteAllTextAsync(world.PolicyFile, ApiWorld.Policy + "\nnonsense: true\n");
        await UntilAsync(world, () => world.Records("policy.rejected").Count == 1);
        Assert.Equal(before, world.Gateway.Policies.Current.Version);
        Assert.IsType<GateAnswer.Released>(await SubmitAsync(world, session));

        await File.WriteAllTextAsync(
            world.PolicyFile, ApiWorld.Policy.Replace("exec: true, ", "", StringComparison.Ordinal));
        await UntilAsync(world, () => world.Gateway.Policies.Current.Version != before);
        Assert.Equal(2, world.Records("policy.loaded").Count);
        Assert.IsType<GateAnswer.Refused>(await SubmitAsync(world, session));
    }

    private static Task<GateAnswer> SubmitAsync(ApiWorld world, Control.Sessions.Session session) =>
        world.AskAsync(session, "uptime");

    /// <summary>Moves the clock by which the files are looked at.</summary>
    private static async Task UntilAsync(ApiWorld world, Func<bool> happened)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!happened())
        {
            deadline.Token.ThrowIfCancellationRequested();
            world.Time.Advance(world.Options.PolicyPollInterval);
            await Task.Delay(TimeSpan.FromMilliseconds(10), deadline.Token);
        }
    }
}
