using static Bastion.Policy.Tests.PolicyTexts;

namespace Bastion.Policy.Tests;

/// <summary>Walls between environments, and the three administrations.</summary>
public sealed class SeparationTests
{
    private const string Wall = """
        walls: {environments: {between: [development, production], because: apart}}
        grants:
          all: {who: engineers, targets: "*", accounts: "*", allow: {exec: true, agent: true, forward: ["*:*"]}}
        rules: {free: {effects: "*", permit: true}}
        targets:
          unlabelled: {host: 10.0.7.7, accounts: {app: x}}
          shared-dev: {host: 10.0.5.5, labels: {environment: development}, accounts: {app: x}}
          shared-prod: {host: 10.0.5.5, port: 2222, labels: {environment: production}, accounts: {app: x}}
        """;

    // `targets:` and `grants:` stand in two files: sections merge.
    private static PolicySnapshot Policy => Snapshot(Base, Wall);

    [Fact]
    public void A_session_stands_on_one_side_only()
    {
        PolicyRequest both = Exec("alice", "orders-db") with
        {
            Context = Context() with { SessionTargets = ["orders-dev"] },
        };

        Decision decision = Policy.Decide(both);

        Assert.Equal("refused: `orders-db` and `orders-dev` are kept apart: apart (wall `environments`, b.yaml:1:9)",
            decision.Explanation.En);
        Assert.Equal(Outcome.Permit, Policy.Decide(both with
        {
            Context = Context() with { SessionTargets = ["orders-db"] },
        }).Outcome);
    }

    [Theory]
    [InlineData("orders-db", false)]
    [InlineData("10.0.3.7", false)]
    [InlineData("ORDERS-DB.", false)]
    [InlineData("::ffff:10.0.3.7", false)]
    [InlineData("167773959", false)]
    [InlineData("10.0.5.5", false)]
    [InlineData("0.0.0.0", true)]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("203.0.113.5", true)]
    public void No_forward_crosses_a_wall(string host, bool passes) =>
        Assert.Equal(passes, Policy.Decide(Exec("alice", "orders-dev") with
        {
            Action = PolicyAction.Forward,
            Destination = new ForwardDestination(host, 5432),
        }).Outcome == Outcome.Permit);

    [Theory]
    [InlineData("orders-db", false)]
    [InlineData("app@10.0.3.7", false)]
    [InlineData("orders-db:2222", false)]
    [InlineData("orders-dev", true)]
    [InlineData("elsewhere", true)]
    public void No_command_jumps_over_a_wall(string host, bool passes) =>
        Assert.Equal(passes, Policy.Decide(Exec("alice", "orders-dev",
        new PolicyEffect("session.escape", EffectLevel.High,
            [new PolicyObject("host", host)]))).Outcome == Outcome.Permit);

    [Fact]
    public void No_agent_goes_onto_a_walled_machine() =>
        Assert.Contains("an agent does not go onto `orders-db`", Policy.Decide(Exec("alice", "orders-db") with
        {
            Action = PolicyAction.Agent,
        }).Explanation.En, StringComparison.Ordinal);

    [Fact]
    public void A_target_without_the_label_is_on_no_side_and_so_apart_from_every_side() =>
        Assert.Equal(Outcome.Forbid, Policy.Decide(Exec("alice", "orders-db") with
        {
            Context = Context() with { SessionTargets = ["unlabelled"] },
        }).Outcome);

    [Fact]
    public void One_person_with_two_administrations_is_refused()
    {
        string findings =
            Findings(
            "people: {erin: }\nroles:\n  security-administration: {held-by: erin}\n  audit-administration: {held-by: "
                + "erin}");

        Assert.StartsWith(
            "a.yaml:1:10: error: `erin` holds `security-administration` and `audit-administration`; one person holds "
                + "one of them [duties-joined]", findings, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_administrations_reached_through_groups_are_refused_too() =>
        Assert.Contains("[duties-joined]",
        Findings(
            "people: {erin: }\ngroups: {a: {members: erin}, b: {members: a}}\nroles:\n  system-administration: "
                + "{held-by: b}\n  audit-administration: {held-by: erin}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("2027-01-01", Duties.System | Duties.Security)]
    [InlineData("2026-01-01", Duties.None)]
    public void A_written_exception_joins_two_administrations_until_it_ends(string until, Duties expected)
    {
        string text =
            $"people: {{erin: }}\nroles:\n  system-administration: {{held-by: erin}}\n  security-administration: "
            + $"{{held-by: erin}}\nduty-exceptions: {{erin: {{duties: [system, security], because: two of us, "
            + $"until: {until}}}}}";

        PolicyLoadResult result = PolicyLoader.Load([PolicyFile.FromText("a.yaml", text)], new FixedTime(MondayTen));

        Assert.Equal(expected, result.Snapshot!.DutiesOf(new PolicyPrincipal("erin")));
        Assert.Equal(expected == Duties.None, result.Diagnostics.Any(d => d.Code == "exception-ended"));
        Assert.Equal(expected == Duties.None,
            result.Snapshot.ConsoleRightsOf(new PolicyPrincipal("erin")) == ConsoleRights.None);
    }

    [Theory]
    [InlineData("system-administration", ConsoleRights.RecordingsRead | ConsoleRights.AuditRead
        | ConsoleRights.SecretsRead | ConsoleRights.PolicyApprove)]
    [InlineData("security-administration",
        ConsoleRights.RecordingsRead | ConsoleRights.AuditRead | ConsoleRights.SecretsRead | ConsoleRights.NodesManage)]
    [InlineData("audit-administration", ConsoleRights.PolicyPropose | ConsoleRights.PolicyApprove
        | ConsoleRights.UsersManage | ConsoleRights.SessionsKill | ConsoleRights.NodesManage)]
    public void An_administration_does_not_get_the_rights_of_another_through_a_further_role(string administration,
    ConsoleRights never)
    {
        string everything = string.Join(", ", Bastion.Policy.Shapes.LanguageParts.ConsoleWords);
        string text =
            $"people: {{erin: , dora: }}\nroles:\n  {administration}: {{held-by: erin}}\n  everything: {{held-by: "
            + $"[erin, dora], console: [{everything}]}}";

        PolicySnapshot policy =
            PolicyLoader.Load([PolicyFile.FromText("a.yaml", text)], new FixedTime(MondayTen)).Snapshot!;

        Assert.Equal(ConsoleRights.None, policy.ConsoleRightsOf(new PolicyPrincipal("erin")) & never);
        Assert.True(policy.ConsoleRightsOf(new PolicyPrincipal("erin")).HasFlag(ConsoleRights.ReportsRead));
        Assert.Equal(never, policy.ConsoleRightsOf(new PolicyPrincipal("dora")) & never);
    }

    [Fact]
    public void Two_administrations_by_claims_cancel_each_other_and_still_bar_from_approving()
    {
        string text = Base.Replace("held-by: carol", "held-by: [carol, aud]", StringComparison.Ordinal)
            .Replace("held-by: erin", "held-by: [erin, sec]", StringComparison.Ordinal);
        PolicySnapshot policy = Snapshot(text, WideGrant, """
            groups: {sec: {claims: {g: sec}}, aud: {claims: {g: aud}}}
            rules: {r: {effects: file.delete, require: {from: [approvers, sec]}, because: x}}
            """);
        var zoe = new PolicyPrincipal("zoe") { Claims = [new("g", "sec"), new("g", "aud")] };
        Requirement requirement = policy.Decide(Exec("alice", "orders-db", Delete("/srv"))).Requirements[0];

        Assert.Equal(Duties.None, policy.DutiesOf(zoe));
        Assert.False(policy.MayApprove(requirement, zoe, new PolicyPrincipal("alice")));
        Assert.True(
            policy.MayApprove(requirement, zoe with { Claims = [new("g", "sec")] }, new PolicyPrincipal("alice")));
        Assert.False(policy.MayApprove(requirement, new PolicyPrincipal("Dora"), new PolicyPrincipal("dora")));
    }
}
