using static Bastion.Policy.Tests.PolicyTexts;

namespace Bastion.Policy.Tests;

public sealed class ValidationTests
{
    [Theory]
    [InlineData("grups: {}",
        "a.yaml:1:1: error: a policy file has no key `grups` [unknown-key]\n    did you mean `groups`?")]
    [InlineData("targets: {t: {host: h, prot: 22, accounts: {a: c}}}",
        "a.yaml:1:24: error: a target has no key `prot` [unknown-key]\n    did you mean `port`?")]
    [InlineData("targets: {t: {host: h}}", "a.yaml:1:14: error: a target needs `accounts` [missing-key]")]
    [InlineData("targets: {t: {host: h, port: 70000, accounts: {a: c}}}",
        "a.yaml:1:30: error: expected a port, 1 to 65535, found `70000` [wrong-type]")]
    [InlineData("people: {a: {totp: yes}}",
        "a.yaml:1:20: error: expected `true` or `false`, found `yes` [wrong-type]\n    write `true`")]
    [InlineData("people: {a+b: }", "a.yaml:1:10: error: `a+b` is not a name [bad-value]")]
    [InlineData("people: [alice]",
        "a.yaml:1:9: error: expected people, found a list [wrong-type]\n    write `name: …` for each, instead of `- "
        + "name`")]
    [InlineData("people: {a: {keys: [ssh-ed25519 AAAA]}}",
        "`ssh-ed25519 AAAA` is not a public key [bad-value]\n    the base64 part is cut or changed: copy the whole "
        + "line of the .pub file")]
    [InlineData("people: {a: {keys: [\"-----BEGIN OPENSSH PRIVATE KEY-----\"]}}",
        "this looks like a private key: make a new pair at once")]
    [InlineData("groups: {g: {members: [alise]}}\npeople: {alice: }",
        "a.yaml:1:24: error: member `alise` is neither a person nor a group of this policy [missing-name]\n    did "
        + "you mean `alice`?")]
    [InlineData("roles: {r: {held-by: q}, q: {}}",
        "a.yaml:1:22: error: `q` is a role; a holder is a person or a group [missing-name]")]
    [InlineData("groups: {a: {members: b}, b: {members: a}}",
        "group `b` has `a` as a member, which leads back to `b` [circle]")]
    [InlineData("people: {x: }\ngroups: {x: {}}",
        "a.yaml:2:10: error: `x` is already among the people, at a.yaml:1:10 [duplicate-name]")]
    [InlineData("grants: {g: {who: nobody, targets: x, allow: {exec: true}}}",
        "a.yaml:1:19: error: `nobody` is no person, group or role of this policy [missing-name]")]
    [InlineData("sessions: {idle: 5 minutes}",
        "a.yaml:1:18: error: `5 minutes` is not a length of time [bad-value]\n    a length of time is a number and a "
        + "unit, such as `30s`, `5m`, `2h`, `1h30m` or `90d`")]
    [InlineData("rules: {r: {effects: file.delte, permit: true}}",
        "a.yaml:1:22: error: `file.delte` is not an effect [bad-value]\n    did you mean `file.delete`?")]
    [InlineData("rules: {r: {effects: destruktive, permit: true}}",
        "`destruktive` is neither an effect nor an effect set [missing-name]\n    did you mean `destructive`?")]
    [InlineData("rules: {r: {effects: \"*\"}}", "a.yaml:1:12: error: the rule has no verdict [no-verdict]")]
    [InlineData("rules: {r: {effects: \"*\", permit: true, forbid: true, because: x}}",
        "a rule has one verdict, found `permit` and `forbid` [two-verdicts]")]
    [InlineData("rules: {r: {effects: \"*\", forbid: true}}", "a rule with `forbid` needs `because` [missing-key]")]
    [InlineData("rules: {r: {effects: \"*\", objects: {path: [srv]}, permit: true}}",
        "`srv` is not a path pattern [bad-value]\n    a path pattern starts with `/`")]
    [InlineData("rules: {r: {effects: \"*\", objects: {paht: [/srv]}, permit: true}}",
        "`paht` is not a kind of object [bad-value]\n    did you mean `path`?")]
    [InlineData("rules: {r: {actions: exec, unless: {effects: file.delete}, permit: true}}",
        "`unless` speaks of effects, the rule itself does not")]
    [InlineData("people: {a: }\nrules: {r: {effects: \"*\", because: x, require: {from: a, tier: critical, "
        + "approvers: 1}}}", "tier `critical` asks two people at least")]
    [InlineData("walls: {w: {between: [production]}}", "a wall stands between two values at least")]
    [InlineData("targets: {t: {host: h, accounts: {a: c, b: c}}}",
        "`t` has 2 accounts and needs `default-account` [missing-key]\n    name the one with the least rights: a, b")]
    public void A_mistake_is_named_with_its_place_and_its_mend(string policy, string expected) =>
        Assert.Contains(expected, Findings(policy), StringComparison.Ordinal);

    [Theory]
    [InlineData("mon-fry 09:00-18:00 UTC", "`fry` is no day")]
    [InlineData("mon-fri 9-18", "hours are written `mon-fri 09:00-18:00 Asia/Shanghai`")]
    [InlineData("mon-fri 09:00-18:00 Asia/Shanghei",
        "`Asia/Shanghei` is no time zone this machine knows; did you mean `Asia/Shanghai`?")]
    [InlineData("daily 09:00-09:00", "the hours end when they begin")]
    public void Wrong_hours_are_explained(string hours, string expected) =>
        Assert.Contains(expected,
        Findings(
            $"people: {{a: }}\ngrants: {{g: {{who: a, targets: \"*\", allow: {{exec: true}}, when: {{hours: "
                + $"{hours}}}}}}}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("10.1.2.3/8", "did you mean `10.0.0.0/8`?")]
    [InlineData("10.0.0.0/33", "counts network bits, 0 to 32 here")]
    [InlineData("10.1", "a network is written `10.0.0.0/8`")]
    [InlineData("010.0.0.1", "a network is written `10.0.0.0/8`")]
    [InlineData("2001:db8::1/32", "did you mean `2001:db8::/32`?")]
    public void Wrong_networks_are_explained(string network, string expected) =>
        Assert.Contains(expected,
        Findings(
            $"people: {{a: }}\ngrants: {{g: {{who: a, targets: \"*\", allow: {{exec: true}}, when: {{networks: "
                + $"\"{network}\"}}}}}}"), StringComparison.Ordinal);

    [Theory]
    [InlineData("2026-01-01T00:00", "the moment has no offset")]
    [InlineData("tomorrow", "a moment is written")]
    public void Wrong_moments_are_explained(string moment, string expected) =>
        Assert.Contains(expected,
        Findings(
            $"people: {{a: }}\ngrants: {{g: {{who: a, targets: \"*\", allow: {{exec: true}}, when: {{until: "
                + $"\"{moment}\"}}}}}}"), StringComparison.Ordinal);

    [Fact]
    public void Several_mistakes_in_several_files_are_reported_at_once_by_place()
    {
        PolicyLoadResult result = Load("people: {alice: {totp: ja}}\ngrups: {}", "targets:\n  t: {host: h}\n");

        Assert.True(result.HasErrors);
        Assert.Equal(["a.yaml:1:24", "a.yaml:2:1", "b.yaml:2:6"],
            result.Diagnostics.Select(d => d.Location.ToString()));
    }

    [Fact]
    public void A_mistake_in_an_entry_does_not_make_its_name_unknown()
    {
        string findings = Findings("people: {alice: {totp: ja}}\ngroups: {g: {members: [alice]}}");

        Assert.DoesNotContain("missing-name", findings, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_name_in_two_files_names_both_places() =>
        Assert.Contains(
        "b.yaml:1:10: error: `x` stands here a second time; the first is at a.yaml:1:10 [duplicate-name]",
            Findings("rules:  {x: {effects: \"*\", permit: true}}", "rules:  {x: {effects: \"*\", permit: true}}"),
            StringComparison.Ordinal);

    [Fact]
    public void A_key_belongs_to_one_person()
    {
        const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICv90UrSdt4aaCPIQe6vKeXtsmgnkNJhYHxo0w5yUmAD";
        Assert.Contains("this key belongs to `a` already",
            Findings($"people: {{a: {{keys: [{Key} one]}}, b: {{keys: [{Key} two]}}}}"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_that_is_not_there_is_a_finding_and_not_an_exception()
    {
        PolicyLoadResult result = PolicyLoader.Load("/nowhere/at/all");

        Assert.Null(result.Snapshot);
        Assert.Contains("cannot be read", Assert.Single(result.Diagnostics).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_errors_than_fit_a_screen_are_cut_off_with_a_note()
    {
        PolicyLoadResult result =
            Load("rules:\n" + string.Concat(Enumerable.Range(0, 5_000).Select(i => $"  r{i}: {{bogus: 1}}\n")));

        Assert.InRange(result.Diagnostics.Count, 2, 101);
        Assert.Contains(result.Diagnostics, d => d.Code == "too-many-findings");
    }
}
