using System.Globalization;
using System.Text;
using static Bastion.Policy.Tests.PolicyTexts;

namespace Bastion.Policy.Tests;

public sealed class ScaleTests
{
    /// <summary>The size the verdict is measured at: targets by thousands, rules and grants by hundreds.</summary>
    internal static PolicySnapshot Large(int targets, int rules)
    {
        var text =
            new StringBuilder(
            "people:\n  alice:\n  bob:\ngroups:\n  engineers: {members: [alice]}\n  approvers: {members: "
                + "[bob]}\ntargets:\n");
        for (int i = 0; i < targets; i++)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"  host-{i}: {{host: 10.{i / 250}.{i % 250}.1, labels: {{environment: "
                    + $"{(i % 3 == 0 ? "production" : "test")}, kind: k{i % 20}}}, accounts: {{app: c}}}}\n");
        }

        text.Append("grants:\n");
        for (int i = 0; i < rules / 5; i++)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"  g{i}: {{who: engineers, targets: {{kind: k{i % 20}}}, allow: {{exec: true}}, when: {{networks: "
                    + $"10.{i % 9}.0.0/16}}}}\n");
        }

        text.Append("  all: {who: engineers, targets: \"*\", allow: {exec: true}}\nrules:\n");
        for (int i = 0; i < rules; i++)
        {
            string verdict = i % 3 == 0 ? "permit: true" : "require: {from: approvers}, because: it matters";
            text.Append(CultureInfo.InvariantCulture,
                $"  r{i}: {{effects: [file.*, disk.*], targets: {{kind: k{i % 20}}}, objects: {{path: "
                    + $"[/srv/app{i}/**]}}, {verdict}}}\n");
        }

        return Snapshot(text.ToString());
    }

    [Fact]
    public void A_decision_allocates_the_same_under_a_policy_fifty_times_as_large()
    {
        (long small, long large) = (Allocated(Large(20, 20)), Allocated(Large(1_000, 1_000)));

        Assert.True(large <= small + 512, $"{small} bytes under the small policy, {large} under the large one");
    }

    [Fact]
    public void A_large_policy_decides_rightly()
    {
        PolicySnapshot policy = Large(1_000, 500);

        Assert.Equal(Outcome.Require, policy.Decide(Exec("alice", "host-41", Delete("/srv/app1/x"))).Outcome);
        Assert.Equal(Outcome.Permit, policy.Decide(Exec("alice", "host-0", Delete("/srv/app0/x"))).Outcome);
        Assert.Equal(Outcome.Forbid, policy.Decide(Exec("alice", "host-0", Delete("/srv/elsewhere"))).Outcome);
    }

    private static long Allocated(PolicySnapshot policy)
    {
        PolicyRequest request = Exec("alice", "host-1", Delete("/srv/app1/x"));
        for (int i = 0; i < 100; i++)
        {
            policy.Decide(request);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        policy.Decide(request);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
