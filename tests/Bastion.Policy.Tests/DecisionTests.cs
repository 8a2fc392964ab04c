using static Bastion.Policy.Tests.PolicyTexts;

namespace Bastion.Policy.Tests;

public sealed class DecisionTests
{
    private const string SecondPerson = """
        rules:
          second-person:
            effects: destructive
            targets: {environment: production}
            require: {from: approvers}
            because: it does not come back
        """;

    [Fact]
    public void Without_a_grant_everything_is_refused_and_the_refusal_names_who_can_help()
    {
        Decision decision = Snapshot(Base).Decide(Exec("alice", "orders-db"));

        Assert.Equal(Outcome.Forbid, decision.Outcome);
        Assert.Equal("refused: no target `orders-db` is granted to `alice`", decision.Explanation.En);
        Assert.Equal("ask erin for a grant", decision.Remedy!.En);
    }

    [Fact]
    public void An_unknown_target_reads_like_one_that_is_not_granted()
    {
        PolicySnapshot policy = Snapshot(Base);

        string hidden = policy.Decide(Exec("alice", "orders-db")).Explanation.En;
        string missing = policy.Decide(Exec("alice", "nowhere")).Explanation.En;

        Assert.Equal(hidden.Replace("orders-db", "X", StringComparison.Ordinal),
            missing.Replace("nowhere", "X", StringComparison.Ordinal));
    }

    [Fact]
    public void A_grant_permits_an_act_without_effects()
    {
        Decision decision = Snapshot(Base, WideGrant).Decide(Exec("alice", "orders-db"));

        Assert.Equal(Outcome.Permit, decision.Outcome);
        Assert.Equal("all", decision.Grant);
    }

    [Fact]
    public void A_high_effect_no_rule_speaks_of_is_refused_although_the_act_is_granted()
    {
        PolicySnapshot policy = Snapshot(Base, WideGrant);

        Assert.Equal(Outcome.Permit,
            policy.Decide(Exec("alice", "orders-db", new PolicyEffect("file.delete", EffectLevel.Low))).Outcome);
        Decision decision = policy.Decide(Exec("alice", "orders-db", Delete("/srv")));

        Assert.Equal(Outcome.Forbid, decision.Outcome);
        Assert.Contains("no rule permits it", decision.Explanation.En, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kind_of_effect_the_policy_has_never_heard_of_meets_only_rules_about_everything()
    {
        var unknown = new PolicyEffect("warp.core", EffectLevel.High);

        Assert.Equal(Outcome.Forbid,
            Snapshot(Base, WideGrant, SecondPerson).Decide(Exec("alice", "orders-db", unknown)).Outcome);
        string everything = "rules: {all: {effects: \"*\", require: {from: approvers}, because: no}}";
        Assert.Equal(Outcome.Require,
            Snapshot(Base, WideGrant, everything).Decide(Exec("alice", "orders-db", unknown)).Outcome);
    }

    [Fact]
    public void A_requirement_names_the_people_who_can_approve_but_neither_requester_nor_auditor()
    {
        Decision decision = Snapshot(Base, WideGrant, SecondPerson).Decide(Exec("bob", "orders-db", Delete("/srv")));

        Assert.Equal(Outcome.Require, decision.Outcome);
        Requirement requirement = Assert.Single(decision.Requirements);
        Assert.Equal(["dora"], requirement.Candidates);
        Assert.Equal(1, requirement.Approvers);
        Assert.Equal(TimeSpan.FromMinutes(5), requirement.Within);
        Assert.Equal(Tier.Medium, decision.Tier);
        Assert.Equal(
            "needs 1 of approvers within 5m: `file.delete` of /srv: it does not come back (rule `second-person`, "
                + "c.yaml:2:3)",
            decision.Explanation.En);
    }

    [Theory]
    [InlineData("permit: true", "require: {from: approvers}", Outcome.Require)]
    [InlineData("permit: true", "forbid: true", Outcome.Forbid)]
    [InlineData("require: {from: approvers}", "forbid: true", Outcome.Forbid)]
    [InlineData("permit: true", "permit: true", Outcome.Permit)]
    public void Forbid_beats_require_beats_permit_in_either_order(string one, string other, Outcome expected)
    {
        string Rules(string a, string z) => $$"""
            rules:
              a: {effects: file.delete, because: a, {{a}}}
              z: {effects: file.delete, because: z, {{z}}}
            """;

        Assert.Equal(expected,
            Snapshot(Base, WideGrant, Rules(one, other)).Decide(Exec("alice", "orders-db", Delete("/srv"))).Outcome);
        Assert.Equal(expected,
            Snapshot(Base, WideGrant, Rules(other, one)).Decide(Exec("alice", "orders-db", Delete("/srv"))).Outcome);
    }

    [Fact]
    public void The_worst_effect_of_a_command_decides()
    {
        string rules = """
            rules:
              deleting: {effects: file.delete, permit: true}
              wiping: {effects: disk.wipe, forbid: true, because: never}
            """;

        Decision decision = Snapshot(Base, WideGrant, rules)
            .Decide(Exec("alice", "orders-db", Delete("/srv"), new PolicyEffect("disk.wipe", EffectLevel.Critical)));

        Assert.Equal(Outcome.Forbid, decision.Outcome);
        Assert.Equal("wiping", Assert.Single(decision.Determining).Name);
    }

    [Fact]
    public void A_requirement_nobody_but_the_requester_can_meet_is_refused()
    {
        string rule = """
            groups: {only-alice: {members: [alice]}}
            rules:
              lonely: {effects: file.delete, require: {from: only-alice}, because: care}
            """;

        Decision decision = Snapshot(Base, WideGrant, rule).Decide(Exec("alice", "orders-db", Delete("/srv")));

        Assert.Equal(Outcome.Forbid, decision.Outcome);
        Assert.Contains("without `alice`, who asks, there are not enough people", decision.Explanation.En,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Requirements_of_the_same_people_join_with_the_strictest_of_each_term()
    {
        string rules = """
            rules:
              one: {effects: file.delete, require: {from: approvers, within: 10m, approvers: 2, reason: true}, because: one}
              two: {effects: file.delete, require: {from: approvers, within: 2m, tier: high}, because: two}
            """;

        Requirement requirement = Assert.Single(Snapshot(Base, WideGrant, rules)
            .Decide(Exec("alice", "orders-db", Delete("/srv"))).Requirements);

        Assert.Equal(2, requirement.Approvers);
        Assert.Equal(TimeSpan.FromMinutes(2), requirement.Within);
        Assert.Equal(Tier.High, requirement.Tier);
        Assert.True(requirement.ReasonRequired);
        Assert.Equal(["one", "two"], requirement.Rules);
    }

    [Fact]
    public void Requirements_of_different_people_must_all_be_met_by_distinct_people()
    {
        string rules = """
            groups: {owners: {members: [bob]}}
            rules:
              two: {effects: file.delete, require: [{from: approvers}, {from: owners}], because: both}
            """;
        PolicySnapshot policy = Snapshot(Base, WideGrant, rules);
        IReadOnlyList<Requirement> requirements =
            policy.Decide(Exec("alice", "orders-db", Delete("/srv"))).Requirements;
        PolicyPrincipal alice = new("alice"), bob = new("bob"), dora = new("dora"), carol = new("carol");

        Assert.Equal(2, requirements.Count);
        Assert.False(policy.IsMet(requirements, [bob], alice));
        Assert.False(policy.IsMet(requirements, [bob, bob], alice));
        Assert.False(policy.IsMet(requirements, [dora, alice], alice));
        Assert.False(policy.IsMet(requirements, [bob, carol], alice));
        Assert.True(policy.IsMet(requirements, [bob, dora], alice));
        Assert.Equal(Outcome.Forbid, policy.Decide(Exec("bob", "orders-db", Delete("/srv"))).Outcome);
    }

    [Fact]
    public void Someone_who_left_has_no_rights_and_approves_nothing()
    {
        string people = Base.Replace("bob: ,", "bob: {active: false},", StringComparison.Ordinal);
        PolicySnapshot policy = Snapshot(people, WideGrant, SecondPerson);

        Assert.Equal(Outcome.Forbid, policy.Decide(Exec("bob", "orders-db")).Outcome);
        Assert.Empty(policy.VisibleTargets(new PolicyPrincipal("bob")));
        Assert.Equal(["dora"], policy.Decide(Exec("alice", "orders-db", Delete("/srv"))).Requirements[0].Candidates);
    }

    [Fact]
    public void Access_resolves_the_connection_and_hides_the_secret_behind_a_name()
    {
        Access access = Snapshot(Base, WideGrant).AccessTo(new PolicyPrincipal("alice"), "orders-db", null, Context());

        Assert.Equal(Outcome.Permit, access.Decision.Outcome);
        Assert.Equal(new { Host = "10.0.3.7", Port = 22, Account = "app", Credential = "orders/app" },
            new
            {
                access.Connection!.Host,
                access.Connection.Port,
                access.Connection.Account,
                access.Connection.Credential
            });
        Assert.Equal(ShellKind.Observed, access.Shell);
        Assert.Contains(PolicyAction.SftpDelete, access.Actions);
        Assert.DoesNotContain(PolicyAction.Forward, access.Actions);
    }

    [Fact]
    public void An_account_that_is_not_granted_is_refused_with_the_ones_that_are()
    {
        string grant = "grants: {g: {who: alice, targets: orders-db, allow: {exec: true}}}";

        Access access = Snapshot(Base, grant).AccessTo(new PolicyPrincipal("alice"), "orders-db", "root", Context());

        Assert.Null(access.Connection);
        Assert.Equal("granted there: app; for another account ask erin for a grant", access.Decision.Remedy!.En);
    }

    [Fact]
    public void The_version_ignores_order_files_and_comments_and_notices_every_change_of_meaning()
    {
        string one = Snapshot(Base, WideGrant, SecondPerson).Version;

        Assert.Equal(one, Snapshot("# comment\n" + SecondPerson, Base, WideGrant).Version);
        Assert.Equal(64, one.Length);
        Assert.NotEqual(one, Snapshot(Base, WideGrant,
            SecondPerson.Replace("approvers}", "engineers}", StringComparison.Ordinal)).Version);
    }

    [Fact]
    public void The_demo_holds_a_deletion_by_alice_for_bob()
    {
        PolicyLoadResult demo = PolicyLoader.Load(Path.Combine(Repository.Root, "policies", "demo"));
        Assert.Empty(demo.Diagnostics);

        Decision decision = demo.Snapshot!.Decide(Exec("alice", "orders-db", Delete("/srv/orders")));

        Assert.Equal(Outcome.Require, decision.Outcome);
        Assert.Equal(["bob"], decision.Requirements[0].Candidates);
        Assert.Equal(Outcome.Permit, demo.Snapshot.Decide(Exec("alice", "orders-db", Delete("/tmp/x"))).Outcome);
        Assert.Empty(demo.Snapshot.VisibleTargets(new PolicyPrincipal("carol")));
        Assert.True(demo.Snapshot.ConsoleRightsOf(new PolicyPrincipal("carol")).HasFlag(ConsoleRights.RecordingsRead));
    }
}
