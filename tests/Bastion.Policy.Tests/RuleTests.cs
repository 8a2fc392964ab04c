using FsCheck.Xunit;
using static Bastion.Policy.Tests.PolicyTexts;

namespace Bastion.Policy.Tests;

public sealed class RuleTests
{
    private static Outcome Ask(string rules, PolicyRequest request) =>
        Snapshot(Base, WideGrant, rules).Decide(request).Outcome;

    [Fact]
    public void An_object_that_is_not_known_is_stopped_and_never_let_through()
    {
        var unknown = new PolicyEffect("file.delete", EffectLevel.High, [new PolicyObject("path", "$x", Known: false)]);
        var nameless = new PolicyEffect("file.delete", EffectLevel.High);

        foreach (PolicyEffect? effect in new[] { unknown, nameless })
        {
            Assert.Equal(Outcome.Forbid,
                Ask("rules: {r: {effects: file.delete, objects: {path: /srv/**}, forbid: true, because: x}}",
                    Exec("alice", "orders-db", effect)));
            Assert.Equal(Outcome.Forbid,
                Ask("rules: {r: {effects: file.delete, objects: {path: /srv/**}, permit: true}}",
                    Exec("alice", "orders-db", effect)));
            Assert.Equal(Outcome.Forbid,
                Ask("rules: {r: {effects: file.delete, unless: {objects: {path: /tmp/**}}, forbid: true, because: x}}",
                    Exec("alice", "orders-db", effect)));
        }
    }

    [Theory]
    [InlineData("/", Outcome.Forbid)]
    [InlineData("/srv", Outcome.Forbid)]
    [InlineData("/srv/data/x", Outcome.Forbid)]
    [InlineData("/opt", Outcome.Permit)]
    public void Deleting_a_directory_above_touches_what_is_below(string path, Outcome expected) =>
        Assert.Equal(expected, Ask("""
            rules:
              all: {effects: file.delete, permit: true}
              data: {effects: file.delete, objects: {path: /srv/data/**}, forbid: true, because: data}
            """, Exec("alice", "orders-db", Delete(path))));

    [Fact]
    public void A_permit_for_some_objects_covers_all_of_an_effect_or_none()
    {
        const string Rule = "rules: {r: {effects: file.delete, objects: {path: /tmp/**}, permit: true}}";

        Assert.Equal(Outcome.Permit, Ask(Rule, Exec("alice", "orders-db", Delete("/tmp/a", "/tmp/b"))));
        Assert.Equal(Outcome.Forbid, Ask(Rule, Exec("alice", "orders-db", Delete("/tmp/a", "/srv/b"))));
    }

    [Fact]
    public void A_rule_that_names_a_level_is_about_effects_even_when_every_effect_has_it()
    {
        const string Rule = "rules: {r: {at-least: low, forbid: true, because: x}}";

        Assert.Equal(Outcome.Permit, Ask(Rule, Exec("alice", "orders-db")));
        Assert.Equal(Outcome.Forbid,
            Ask(Rule, Exec("alice", "orders-db", new PolicyEffect("file.delete", EffectLevel.Low))));
    }

    [Theory]
    [InlineData("at-least: medium", EffectLevel.Low, Outcome.Permit)]
    [InlineData("at-least: medium", EffectLevel.Medium, Outcome.Forbid)]
    [InlineData("at-least: medium", EffectLevel.High, Outcome.Forbid)]
    [InlineData("at-least: high", EffectLevel.Medium, Outcome.Permit)]
    [InlineData("at-most: medium", EffectLevel.Critical, Outcome.Permit)]
    [InlineData("at-most: medium", EffectLevel.Medium, Outcome.Forbid)]
    public void A_level_is_at_least_or_at_most_what_a_rule_says(string levels, EffectLevel level, Outcome expected) =>
        Assert.Equal(expected, Ask($$"""
            rules:
              all: {effects: service.stop, permit: true}
              some: {effects: service.stop, {{levels}}, forbid: true, because: x}
            """, Exec("alice", "orders-db", new PolicyEffect("service.stop", level))));

    [Theory]
    [InlineData(EffectLevel.Medium, Outcome.Permit)]
    [InlineData(EffectLevel.High, Outcome.Forbid)]
    public void What_no_rule_speaks_of_is_refused_from_level_high_on(EffectLevel level, Outcome expected) =>
        Assert.Equal(expected, Ask("", Exec("alice", "orders-db", new PolicyEffect("service.restart", level))));

    [Fact]
    public void A_rule_about_the_act_is_asked_without_any_effect()
    {
        const string Rule =
            "rules: {r: {actions: exec, targets: {environment: production}, require: {from: approvers}, because: "
            + "watched}}";

        Assert.Equal(Outcome.Require, Ask(Rule, Exec("alice", "orders-db")));
        Assert.Equal(Outcome.Permit, Ask(Rule, Exec("alice", "orders-dev")));
    }

    [Theory]
    [InlineData("who: alice", Outcome.Forbid)]
    [InlineData("who: bob", Outcome.Permit)]
    [InlineData("who: engineers", Outcome.Forbid)]
    [InlineData("accounts: root", Outcome.Permit)]
    [InlineData("accounts: a*", Outcome.Forbid)]
    [InlineData("shells: observed", Outcome.Permit)]
    [InlineData("hours: mon-fri 09:00-18:00 UTC", Outcome.Forbid)]
    [InlineData("hours: sat-sun 09:00-18:00 UTC", Outcome.Permit)]
    [InlineData("networks: 10.0.0.0/8", Outcome.Forbid)]
    [InlineData("networks: 192.168.0.0/16", Outcome.Permit)]
    [InlineData("login: totp", Outcome.Forbid)]
    [InlineData("login: [totp, hardware-key]", Outcome.Permit)]
    [InlineData("unless: {who: alice}", Outcome.Permit)]
    [InlineData("unless: {who: bob}", Outcome.Forbid)]
    [InlineData("unless: {targets: orders-*}", Outcome.Permit)]
    [InlineData("unless: {targets: {environment: development}}", Outcome.Forbid)]
    [InlineData("unless: {hours: daily 09:00-18:00 UTC}", Outcome.Permit)]
    [InlineData("coverage-below: 100%", Outcome.Permit)]
    public void Each_condition_narrows_a_rule(string condition, Outcome expected) =>
        Assert.Equal(expected,
        Ask($"rules: {{r: {{actions: exec, {condition}, forbid: true, because: x}}}}", Exec("alice", "orders-db")));

    [Theory]
    [InlineData("coverage-below: 50%", "the coverage of this session is not known")]
    [InlineData("networks: 10.0.0.0/8", "the client's address is not known")]
    [InlineData("unless: {networks: 10.0.0.0/8}", "the client's address is not known")]
    [InlineData("effects: file.delete, cumulative: {over: 3, within: 1h}", "how often it was done before is not known")]
    public void A_rule_that_cannot_be_evaluated_forbids_and_says_why(string condition, string why)
    {
        var blind = new PolicyContext { Time = MondayTen };
        PolicyRequest request = Exec("alice", "orders-db", new PolicyEffect("file.delete", EffectLevel.Low)) with
        {
            Context = blind,
        };

        Decision decision = Snapshot(Base, WideGrant, $"rules: {{r: {{{condition}, permit: true}}}}").Decide(request);

        Assert.Equal(Outcome.Forbid, decision.Outcome);
        Assert.Contains(why, decision.Explanation.En, StringComparison.Ordinal);
        Assert.Contains("rule `r`", decision.Explanation.En, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(97, Outcome.Permit)]
    [InlineData(98, Outcome.Require)]
    public void A_cumulative_rule_counts_this_act_too(long before, Outcome expected)
    {
        const string Rules = """
            rules:
              free: {effects: file.delete, permit: true}
              budget: {effects: file.delete, cumulative: {over: 100, within: 1h, per: system}, require: {from: approvers, tier: critical}, because: much}
            """;
        PolicySnapshot policy = Snapshot(Base, WideGrant, Rules);
        PolicyRequest request = Exec("alice", "orders-db", Delete("/a", "/b", "/c")) with
        {
            Context = Context() with { Counts = new Counting(before) },
        };

        Assert.Equal(expected, policy.Decide(request).Outcome);
        Assert.Equal(new { Rule = "budget", Window = TimeSpan.FromHours(1), Per = CountedPer.System },
            new { policy.Counters[0].Rule, policy.Counters[0].Window, policy.Counters[0].Per });
    }

    [Fact]
    public void A_counter_that_throws_forbids()
    {
        const string Rule =
            "rules: {r: {effects: file.delete, cumulative: {over: 1, within: 1h}, require: {from: approvers}, "
            + "because: x}}";
        PolicyRequest request = Exec("alice", "orders-db", Delete("/a")) with
        {
            Context = Context() with { Counts = new Counting(null) },
        };

        Assert.Contains("counting failed", Snapshot(Base, WideGrant, Rule).Decide(request).Explanation.En,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Notify_tells_whatever_the_outcome_and_decides_nothing()
    {
        const string Rule = "rules: {r: {effects: file.delete, notify: [erin]}}";

        Decision decision = Snapshot(Base, WideGrant, Rule).Decide(Exec("alice", "orders-db", Delete("/srv")));

        Assert.Equal(Outcome.Forbid, decision.Outcome);
        Assert.Equal(["erin"], decision.Notify);
        Assert.Contains("no rule permits it", decision.Explanation.En, StringComparison.Ordinal);
    }

    [Fact]
    public void The_person_who_is_stopped_reads_what_to_do_instead_in_her_language()
    {
        const string Rule =
            "rules: {r: {effects: file.delete, forbid: true, because: {en: no, zh: 不可}, instead: {en: use the "
            + "runbook, zh: 请使用手册}}}";

        Decision decision = Snapshot(Base, WideGrant, Rule).Decide(Exec("alice", "orders-db", Delete("/srv")));

        Assert.Equal("refused: `file.delete` of /srv: no (rule `r`, c.yaml:1:9)", decision.Explanation.En);
        Assert.Equal("拒绝：`file.delete`：/srv，不可（规则 `r`，c.yaml:1:9）", decision.Explanation.Zh);
        Assert.Equal("请使用手册", decision.Remedy!.Zh);
    }

    [Fact]
    public void Ways_to_confirm_that_exclude_each_other_refuse()
    {
        const string Rules = """
            rules:
              a: {effects: file.delete, require: {from: approvers, confirm: passkey}, because: a}
              b: {effects: file.delete, require: {from: approvers, confirm: totp}, because: b}
            """;

        Assert.Equal(Outcome.Forbid, Ask(Rules, Exec("alice", "orders-db", Delete("/srv"))));
    }

    /// <summary>Adding a rule that stops never weakens a decision, and adding one that permits never weakens a
    /// stop.</summary>
    [Property(MaxTest = 150)]
    public void More_stopping_rules_never_weaken_a_decision(byte[] picks)
    {
        string[] stopping =
        [
            "effects: file.delete, forbid: true, because: x",
            "effects: \"*\", require: {from: approvers}, because: x",
            "effects: file.*, objects: {path: /srv/**}, require: {from: [approvers], approvers: 2}, because: x",
            "actions: exec, coverage-below: 50%, forbid: true, because: x",
            "effects: destructive, unless: {objects: {path: /tmp/**}}, forbid: true, because: x",
        ];
        var rules = picks.Take(6).Select((pick, i) => $"  r{i}: {{{stopping[pick % stopping.Length]}}}").ToList();
        const string Free = "  free: {effects: \"*\", permit: true}";
        Outcome before = Outcome.Permit;
        for (int count = 0; count <= rules.Count; count++)
        {
            Outcome outcome = Ask("rules:\n" + string.Join('\n', rules.Take(count).Append(Free)),
                Exec("alice", "orders-db", Delete("/srv/x")));
            Assert.True(outcome >= before, $"{count} rules: {outcome} after {before}");
            before = outcome;
        }
    }

    private sealed class Counting(long? answer) : ICountSource
    {
        public bool TryCount(PolicyCounter counter, PolicyRequest request, out long count)
        {
            count = answer ?? throw new InvalidOperationException("the store is gone");
            return true;
        }
    }
}
