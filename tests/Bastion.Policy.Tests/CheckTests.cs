using static Bastion.Policy.Tests.PolicyTexts;

namespace Bastion.Policy.Tests;

public sealed class CheckTests
{
    private static string Check(params string[] texts) =>
        string.Join('\n', PolicyCheck.Findings(Snapshot(texts), MondayTen).Where(f => f.Code != "no-host-key"));

    [Theory]
    [InlineData("groups: {empty: {members: []}}", "nobody is in group `empty`")]
    [InlineData("roles: {unheld: {}}", "nobody holds role `unheld`")]
    [InlineData("grants: {g: {who: alice, targets: {environment: prod}, allow: {exec: true}}}",
        "grant `g` selects no target")]
    [InlineData("grants: {g: {who: alice, targets: \"*\", accounts: oracle, allow: {exec: true}}}",
        "grant `g` names no account that its targets have [selects-nothing]\n    they have: app, root")]
    [InlineData("grants: {g: {who: alice, targets: \"*\", allow: {exec: false}}}", "grant `g` allows no action")]
    [InlineData("grants: {g: {who: alice, targets: \"*\", allow: {exec: true}, when: {until: 2026-01-01}}}",
        "grant `g` ended at 2026-01-01 00:00 +00:00")]
    [InlineData("grants: {g: {who: alice, targets: \"*\", allow: {shell: observed}}}",
        "gives an observed shell where no rule stops or asks anything")]
    [InlineData("roles: {none: {}}\ngrants: {g: {who: none, targets: \"*\", allow: {exec: true}}}",
        "nobody has grant `g`: none is empty")]
    [InlineData("rules: {r: {effects: \"*\", targets: {environment: prod}, permit: true}}",
        "rule `r` selects no target, so it never matches")]
    [InlineData("rules: {r: {effects: \"*\", at-least: critical, at-most: low, permit: true}}", "there are none")]
    [InlineData("rules: {weak: {effects: file.delete, permit: true}, strong: {effects: file.*, forbid: true, "
        + "because: x}}", "rule `weak` never decides: `strong` (b.yaml:1:53) forbids all it is about")]
    [InlineData("groups: {one: {members: [alice]}}\ngrants: {g: {who: alice, targets: \"*\", allow: {exec: "
        + "true}}}\nrules: {r: {effects: \"*\", require: {from: one}, because: x}}",
        "rule `r` always refuses `alice`: without the one who asks there are not enough people "
        + "[nobody-can-approve]\n    1 of one: `alice`")]
    [InlineData("rules: {r: {effects: \"*\", require: {from: carol}, because: x}}",
        "`carol` in carol cannot approve: an auditor never does")]
    [InlineData("rules: {r: {effects: \"*\", require: {from: approvers, approvers: 3}, because: x}}",
        "rule `r` asks for approval that nobody can give, so it always refuses")]
    [InlineData("grants: {g: {who: engineers, targets: \"*\", allow: {exec: true}}}\nrules: {r: {effects: \"*\", "
        + "require: {from: engineers}, because: x}}", "the people who ask are the people who approve (`alice`, `bob`)")]
    public void The_check_names_what_the_writer_probably_did_not_mean(string policy, string expected) =>
        Assert.Contains(expected, Check(Base, policy), StringComparison.Ordinal);

    [Fact]
    public void A_target_nobody_reaches_and_one_without_a_host_key_are_named()
    {
        IReadOnlyList<PolicyDiagnostic> findings = PolicyCheck.Findings(
            Snapshot(Base, "grants: {g: {who: alice, targets: orders-dev, allow: {exec: true}}}"), MondayTen);

        Assert.Equal(["orders-db"],
            findings.Where(f => f.Code == "unreachable-target").Select(f => f.Message.Split('`')[1]));
        Assert.Equal(2, findings.Count(f => f.Code == "no-host-key"));
    }

    [Fact]
    public void A_rule_that_another_overrules_only_at_times_is_left_alone() =>
        Assert.DoesNotContain("never decides", Check(Base, WideGrant, """
            rules:
              weak: {effects: file.delete, permit: true}
              strong: {effects: "*", unless: {who: alice}, forbid: true, because: x}
              other: {effects: "*", hours: mon-fri 09:00-18:00, forbid: true, because: x}
            """), StringComparison.Ordinal);

    [Fact]
    public void Grants_wider_than_used_are_named()
    {
        PolicySnapshot policy =
            Snapshot(Base,
            "grants: {used: {who: alice, targets: \"*\", allow: {exec: true, agent: true}}, idle: {who: bob, "
                + "targets: \"*\", allow: {exec: true}}}");

        IReadOnlyList<PolicyDiagnostic> findings =
            PolicyCheck.Unused(policy, [new RecordedIntent("1", "ls", Exec("alice", "orders-db"))]);

        Assert.Equal(
            [
                "grant `used`, used 1 times in 1 requests from 2026-03-02 to 2026-03-02, last on 2026-03-02: never "
                    + "for agent",
                "grant `used`, used 1 times in 1 requests from 2026-03-02 to 2026-03-02, last on 2026-03-02: on 1 of "
                    + "the 2 targets it selects",
                "grant `idle` was not used at all in 1 requests from 2026-03-02 to 2026-03-02",
            ],
            findings.Select(f => f.Message));
    }

    [Fact]
    public void A_diff_counts_what_a_new_rule_would_have_decided_differently()
    {
        PolicySnapshot old = Snapshot(Base, WideGrant, "rules: {free: {effects: \"*\", permit: true}}");
        PolicySnapshot stricter =
            Snapshot(Base, WideGrant,
            "rules: {free: {effects: \"*\", permit: true}, stop: {effects: file.delete, objects: {path: /srv/**}, "
                + "require: {from: approvers}, because: x}}");
        IEnumerable<RecordedIntent> intents = Enumerable.Range(0, 20)
            .Select(i => new RecordedIntent($"{i}", $"rm {i}",
            Exec("alice", "orders-db", Delete(i % 4 == 0 ? "/srv/x" : "/tmp/x"))));

        PolicyDiffReport report = PolicyDiff.Compare(old, stricter, intents);

        Assert.Equal((20, 5), (report.Intents, report.Different));
        PolicyChange change = Assert.Single(report.Changes);
        Assert.Equal((Outcome.Permit, Outcome.Require, "stop", 5),
            (change.Before, change.After, change.Rule, change.Count));
        Assert.Equal(["0", "4", "8", "12", "16"], change.Examples.Select(e => e.Id));
        Assert.Empty(PolicyDiff.Compare(old, old, intents).Changes);
    }

    [Fact]
    public void An_explanation_shows_every_grant_and_rule_that_was_looked_at()
    {
        PolicySnapshot policy =
            Snapshot(Base, WideGrant,
            "rules: {a: {effects: file.delete, objects: {path: /srv/**}, forbid: true, because: x}, b: {effects: "
                + "file.*, permit: true}, c: {effects: disk.wipe, permit: true}}");

        PolicyExplanation explanation = PolicyExplain.Explain(policy, Exec("alice", "orders-db", Delete("/tmp")));

        Assert.Equal(Outcome.Permit, explanation.Decision.Outcome);
        Assert.Equal(["all: gives", "a: does not match", "b: matches: permit"],
            explanation.Steps.Select(s => $"{s.Name}: {s.Result}"));
    }

    [Fact]
    public void The_verdict_can_be_asked_for_each_role()
    {
        PolicySnapshot policy =
            Snapshot(Base, WideGrant,
            "roles: {reader: {held-by: dora}}\ngrants: {r: {who: reader, targets: \"*\", allow: {sftp: {read: true}}}}");

        IReadOnlyList<RoleVerdict> verdicts = PolicyExplain.ByRole(policy, Exec("whoever", "orders-db"));

        Assert.Equal(["engineers Permit", "reader Forbid"], verdicts.Select(v => $"{v.Role} {v.Decision.Outcome}"));
    }

    [Fact]
    public void A_failing_case_keeps_a_policy_from_loading_and_says_what_was_decided()
    {
        string directory = Directory.CreateTempSubdirectory("bastion-policy-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(directory, PolicyCaseFiles.Folder));
            File.WriteAllText(Path.Combine(directory, "a.yaml"), Base);
            File.WriteAllText(Path.Combine(directory, "b.yaml"), WideGrant);
            string cases = Path.Combine(directory, PolicyCaseFiles.Folder, "cases.yaml");
            File.WriteAllText(cases,
                "cases:\n  all is free: {as: alice, target: orders-db, command: ls, expect: permit}\n");

            Assert.Empty(PolicyLoader.LoadAndTest(directory, _ => []).Diagnostics);
            PolicyLoadResult bad = PolicyLoader.LoadAndTest(directory, _ => [Delete("/")]);

            Assert.Null(bad.Snapshot);
            Assert.Equal($"{cases}:2:3", Assert.Single(bad.Diagnostics).Location.ToString());
            Assert.StartsWith("case `all is free` fails: expected permit, decided forbid", bad.Diagnostics[0].Message,
                StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("cases: {x: {as: alice, target: t, expekt: permit}}", "a case has no key `expekt`")]
    [InlineData("cases: {x: {as: alice, target: t, expect: allow}}",
        "`allow` is not an outcome [bad-value]\n    one of: permit, require, forbid")]
    [InlineData("cases: {x: {as: alice, target: t, command: ls, effects: {kind: file.delete}, expect: permit}}",
        "a case has a `command` or `effects`, not both")]
    [InlineData("cases: {x: {as: alice, target: t, action: shell, expect: permit}}",
        "a case about a shell needs `shell`")]
    [InlineData("cases: {x: {as: alice, target: t, effects: {kind: file.delte}, expect: permit}}",
        "did you mean `file.delete`?")]
    public void A_mistake_in_a_case_is_named_with_its_place(string text, string expected) =>
        Assert.Contains(expected, string.Join('\n',
        PolicyCaseFiles.Load([PolicyFile.FromText("c.yaml", text)]).Diagnostics), StringComparison.Ordinal);
}
