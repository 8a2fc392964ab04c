using System.Net;
using static Bastion.Policy.Tests.PolicyTexts;

namespace Bastion.Policy.Tests;

public sealed class GrantTests
{
    private static Decision Ask(string grant, Func<PolicyRequest, PolicyRequest>? change = null)
    {
        PolicyRequest request = Exec("alice", "orders-db");
        return Snapshot(Base, $"grants: {{g: {{who: alice, {grant}}}}}")
            .Decide(change is null ? request : change(request));
    }

    [Theory]
    [InlineData("targets: orders-db", Outcome.Permit)]
    [InlineData("targets: \"orders-*\"", Outcome.Permit)]
    [InlineData("targets: [x, orders-db]", Outcome.Permit)]
    [InlineData("targets: {environment: production}", Outcome.Permit)]
    [InlineData("targets: {environment: [test, production], kind: database}", Outcome.Permit)]
    [InlineData("targets: {environment: production, kind: web}", Outcome.Forbid)]
    [InlineData("targets: {name: orders-dev, environment: production}", Outcome.Forbid)]
    [InlineData("targets: {owner: x}", Outcome.Forbid)]
    public void Targets_are_selected_by_name_or_by_all_labels(string targets, Outcome expected) =>
        Assert.Equal(expected, Ask($"{targets}, allow: {{exec: true}}").Outcome);

    [Theory]
    [InlineData("hours: mon-fri 12:00-13:00 UTC", "grant `g` (b.yaml:1:10) would give it mon-fri 12:00-13:00 UTC")]
    [InlineData("networks: 192.168.0.0/16", "would give it from 192.168.0.0/16")]
    [InlineData("login: [hardware-key, totp]", "would give it after a login with hardware-key and totp")]
    [InlineData("reason: true", "would give it with a reason given")]
    [InlineData("ticket: true", "would give it with a ticket named")]
    [InlineData("until: 2026-03-01", "would give it until 2026-03-01 00:00 +00:00")]
    [InlineData("from: 2026-04-01", "would give it from 2026-04-01 00:00 +00:00")]
    public void A_condition_that_does_not_hold_is_named_as_the_way_to_get_it(string condition, string remedy)
    {
        Decision decision = Ask($"targets: orders-db, allow: {{exec: true}}, when: {{{condition}}}");

        Assert.Equal(Outcome.Forbid, decision.Outcome);
        Assert.Contains(remedy, decision.Remedy!.En, StringComparison.Ordinal);
    }

    [Fact]
    public void Conditions_that_hold_let_through()
    {
        const string Grant =
            "targets: orders-db, allow: {exec: true}, when: {hours: mon-fri 09:00-18:00 UTC, networks: 10.0.0.0/8, "
            + "login: totp, reason: true, ticket: true, until: 2027-01-01}";

        Assert.Equal(Outcome.Permit, Ask(Grant, r => r with
        {
            Context = r.Context with { Reason = "INC-1", Ticket = "INC-1" },
        }).Outcome);
        Assert.Equal(Outcome.Forbid, Ask(Grant, r => r with
        {
            Context = r.Context with { Reason = " ", Ticket = "INC-1" },
        }).Outcome);
        Assert.Equal(Outcome.Forbid, Ask(Grant, r => r with
        {
            Context = r.Context with { Reason = "x", Ticket = "y", Source = null },
        }).Outcome);
        Assert.Equal(Outcome.Permit, Ask(Grant, r => r with
        {
            Context = r.Context with { Reason = "x", Ticket = "y", Source = IPAddress.Parse("::ffff:10.1.2.3") },
        }).Outcome);
    }

    [Theory]
    [InlineData("exec: true", PolicyAction.Exec, true)]
    [InlineData("exec: true", PolicyAction.Agent, false)]
    [InlineData("agent: true", PolicyAction.Agent, true)]
    [InlineData("x11: true", PolicyAction.X11, true)]
    [InlineData("exec: false", PolicyAction.Exec, false)]
    [InlineData("agent: true", PolicyAction.Connect, true)]
    public void An_action_is_given_only_when_it_is_written(string allow, PolicyAction action, bool expected) =>
        Assert.Equal(expected,
        Ask($"targets: orders-db, allow: {{{allow}}}", r => r with { Action = action }).Outcome == Outcome.Permit);

    [Theory]
    [InlineData("line", ShellKind.Line, true)]
    [InlineData("line", ShellKind.Guarded, true)]
    [InlineData("line", ShellKind.Observed, false)]
    [InlineData("observed", ShellKind.Line, true)]
    [InlineData("none", ShellKind.Line, false)]
    [InlineData("observed", ShellKind.None, false)]
    public void A_shell_is_given_up_to_the_kind_that_is_written(string shell, ShellKind asked, bool expected) =>
        Assert.Equal(expected, Ask($"targets: orders-db, allow: {{shell: {shell}}}", r => r with
        {
            Action = PolicyAction.Shell,
            Shell = asked,
        }).Outcome == Outcome.Permit);

    [Theory]
    [InlineData(PolicyAction.SftpRead, "/var/log/x", true)]
    [InlineData(PolicyAction.SftpRead, "/var/log/../../etc/shadow", false)]
    [InlineData(PolicyAction.SftpRead, "/etc/shadow", false)]
    [InlineData(PolicyAction.SftpWrite, "/home/app/x", true)]
    [InlineData(PolicyAction.SftpWrite, "/home/root/x", false)]
    [InlineData(PolicyAction.SftpWrite, "/var/log/x", false)]
    [InlineData(PolicyAction.SftpDelete, "/home/app/x", false)]
    public void File_access_goes_by_path(PolicyAction action, string path, bool expected) =>
        Assert.Equal(expected,
        Ask("targets: orders-db, allow: {sftp: {read: [/var/log/**], write: [\"/home/{account}/**\"]}}", r => r with
        {
            Action = action,
            Paths = [path],
        }).Outcome == Outcome.Permit);

    [Fact]
    public void A_rename_needs_both_names_granted() =>
        Assert.Equal(Outcome.Forbid, Ask("targets: orders-db, allow: {sftp: {write: [/a/**]}}", r => r with
        {
            Action = PolicyAction.SftpWrite,
            Paths = ["/a/x", "/b/x"],
        }).Outcome);

    [Fact]
    public void What_was_asked_must_come_from_one_grant_and_not_from_parts_of_two()
    {
        PolicySnapshot policy = Snapshot(Base, """
            grants:
              dev-root: {who: alice, targets: orders-db, accounts: root, allow: {sftp: {read: true}}}
              app-exec: {who: alice, targets: orders-db, accounts: app, allow: {exec: true}}
            """);

        Assert.Equal(Outcome.Forbid, policy.Decide(Exec("alice", "orders-db") with { Account = "root" }).Outcome);
    }

    [Fact]
    public void An_account_the_target_does_not_have_is_refused_even_under_a_wide_grant() =>
        Assert.Equal(Outcome.Forbid, Snapshot(Base, WideGrant).Decide(Exec("alice", "orders-db") with
        {
            Account = "oracle",
        }).Outcome);

    [Fact]
    public void A_grant_on_request_asks_sleeps_and_ends()
    {
        const string Grant =
            "grants: {jit: {who: alice, targets: orders-db, allow: {exec: true}, on-request: {from: approvers, "
            + "reason: true, for: 2h}}}";
        PolicySnapshot policy = Snapshot(Base, Grant);
        PolicyRequest active = Exec("alice", "orders-db") with
        {
            Context = Context() with { ActiveGrants = [new ActiveGrant("jit", MondayTen.AddMinutes(1))] },
        };

        Decision asked = policy.Decide(Exec("alice", "orders-db"));
        Assert.Equal(Outcome.Require, asked.Outcome);
        Assert.True(Assert.Single(asked.Requirements).ReasonRequired);
        Assert.Equal(TimeSpan.FromHours(2), policy.JustInTime("jit"));
        Assert.Equal(Outcome.Permit, policy.Decide(active).Outcome);
        Assert.Equal(Outcome.Require, policy.Decide(active with
        {
            Context = active.Context with { Time = MondayTen.AddMinutes(1) },
        }).Outcome);
    }

    [Fact]
    public void A_grant_on_request_and_a_rule_of_the_same_name_both_ask()
    {
        PolicySnapshot policy = Snapshot(Base, """
            grants: {same: {who: alice, targets: orders-db, allow: {exec: true}, on-request: {from: approvers, for: 2h}}}
            rules: {same: {effects: file.delete, require: {from: engineers}, because: x}}
            """);

        Assert.Equal(2, policy.Decide(Exec("alice", "orders-db", Delete("/srv"))).Requirements.Count);
    }

    [Fact]
    public void Claims_and_certificates_make_members_of_people_the_policy_does_not_list()
    {
        PolicySnapshot policy = Snapshot(Base, """
            groups:
              dba: {claims: {groups: [dba, ops-dba]}, certificate-principals: team-dba}
              data: {members: dba}
            roles: {data-keeper: {held-by: data}}
            grants: {g: {who: data-keeper, targets: orders-db, allow: {exec: true}}}
            """);
        var stranger = new PolicyPrincipal("zoe");

        Assert.Equal(Outcome.Forbid, policy.Decide(Exec("zoe", "orders-db")).Outcome);
        Assert.Equal(Outcome.Permit, policy.Decide(Exec("zoe", "orders-db") with
        {
            Principal = stranger with { Claims = [new("groups", "ops-dba")] },
        }).Outcome);
        Assert.Equal(Outcome.Permit, policy.Decide(Exec("zoe", "orders-db") with
        {
            Principal = stranger with { CertificatePrincipals = ["team-dba"] },
        }).Outcome);
        Assert.Equal(Outcome.Forbid, policy.Decide(Exec("zoe", "orders-db") with
        {
            Principal = stranger with { Claims = [new("team", "dba")] },
        }).Outcome);
        Assert.Equal(["data", "data-keeper", "dba"], policy.MembershipsOf(stranger with
        {
            CertificatePrincipals = ["team-dba"],
        }));
    }

    [Fact]
    public void Limits_and_variables_come_from_the_grants_or_else_from_the_policy()
    {
        PolicySnapshot policy = Snapshot(Base, """
            sessions: {count: 2, idle: 30m, env: [LANG, LC_*]}
            grants:
              a: {who: alice, targets: "*", allow: {exec: true}}
              b: {who: alice, targets: orders-db, allow: {shell: line}, session: {count: 4, length: 8h, env: [TZ]}}
            """);

        Access access = policy.AccessTo(new PolicyPrincipal("alice"), "orders-db", null, Context());
        Assert.Equal(new SessionLimits(4, TimeSpan.FromMinutes(30), null), access.Limits);
        Assert.True(access.PermitsVariable("LC_ALL") && access.PermitsVariable("TZ"));
        Assert.False(access.PermitsVariable("LD_PRELOAD") || access.PermitsVariable("LANGUAGE"));

        Access full = policy.AccessTo(new PolicyPrincipal("alice"), "orders-dev", null, Context() with
        {
            OpenSessions = 2,
        });
        Assert.Equal(Outcome.Forbid, full.Decision.Outcome);
        Assert.Equal("end one of them first", full.Decision.Remedy!.En);
    }

    [Fact]
    public void The_menu_lists_targets_and_accounts_and_nothing_else()
    {
        IReadOnlyList<VisibleTarget> visible = Snapshot(Base,
            "grants: {g: {who: alice, targets: \"orders-*\", accounts: [root, nosuch], allow: {exec: true}}}")
                .VisibleTargets(new PolicyPrincipal("alice"));

        VisibleTarget one = Assert.Single(visible);
        Assert.Equal("orders-db", one.Name);
        Assert.Equal(["root"], one.Accounts);
        Assert.Equal("root", one.DefaultAccount);
    }
}
