namespace Bastion.Policy.Tests;

public sealed class InventoryTests
{
    private static PolicyLoadResult Load(string inventory, string file, string text) => PolicyLoader.Load(
    [
        PolicyFile.FromText("policies/targets.yaml",
            $"inventories:\n  fleet: {{file: {file}, {inventory}, accounts: {{deploy: fleet/deploy}}}}\n"),
        PolicyFile.FromText("policies/" + file, text),
    ]);

    private static IReadOnlyDictionary<string, Target> Targets(string inventory, string file, string text)
    {
        PolicyLoadResult result = Load(inventory, file, text);
        Assert.True(result.Snapshot is not null, string.Join('\n', result.Diagnostics));
        return result.Snapshot.Targets;
    }

    [Fact]
    public void An_Ansible_ini_inventory_gives_hosts_groups_and_variables()
    {
        IReadOnlyDictionary<string, Target> targets = Targets(
            "format: ansible-ini, labels: {environment: production}, group-labels: {databases: {kind: database}, "
                + "web: {kind: web}}", "hosts.ini", """
            # the shop
            lonely ansible_host=10.0.0.9

            [web]
            web[01:03].shop ansible_port=2222   ; not a comment in Ansible either
            [orders]
            orders-db ansible_host="10.0.3.7" ansible_user=postgres # main

            [databases:children]
            orders
            [databases:vars]
            ansible_port=2200
            """);

        Assert.Equal(["lonely", "orders-db", "web01.shop", "web02.shop", "web03.shop"], targets.Keys.Order());
        Assert.Equal(("10.0.3.7", 2200, "database", "production"),
            (targets["orders-db"].Host, targets["orders-db"].Port, targets["orders-db"].Labels["kind"],
                targets["orders-db"].Labels["environment"]));
        Assert.Equal(("web02.shop", 2222, "web"),
            (targets["web02.shop"].Host, targets["web02.shop"].Port, targets["web02.shop"].Labels["kind"]));
        Assert.DoesNotContain("kind", targets["lonely"].Labels.Keys);
        Assert.Equal("policies/hosts.ini:7:1", targets["orders-db"].Location.ToString());
    }

    [Fact]
    public void An_Ansible_yaml_inventory_gives_the_same()
    {
        IReadOnlyDictionary<string, Target> targets =
            Targets("format: ansible-yaml, group-labels: {databases: {kind: database}}", "hosts.yaml.txt", """
            all:
              hosts:
                lonely: {ansible_host: 10.0.0.9}
              vars: {ansible_port: 22022}
              children:
                databases:
                  children:
                    orders:
                      hosts:
                        orders-[a:b]:
                      vars: {ansible_port: 2200}
            """);

        Assert.Equal(["lonely", "orders-a", "orders-b"], targets.Keys.Order());
        Assert.Equal((2200, "database"), (targets["orders-b"].Port, targets["orders-b"].Labels["kind"]));
        Assert.Equal(22022, targets["lonely"].Port);
    }

    [Fact]
    public void An_OpenSSH_configuration_gives_its_plain_hosts()
    {
        IReadOnlyDictionary<string, Target> targets = Targets("format: openssh, only: [\"db-*\", web]", "config", """
            Host db-1 db-2
                HostName %h.internal
                Port=2200
            Host db-1
                Port 99
            Host *.internal !bad
                User x
            Match host foo
                HostName evil
            host web
                hostname "10.0.0.5"
            Host other
            """);

        Assert.Equal(["db-1", "db-2", "web"], targets.Keys.Order());
        Assert.Equal(("db-1.internal", 2200), (targets["db-1"].Host, targets["db-1"].Port));
        Assert.Equal(("10.0.0.5", 22), (targets["web"].Host, targets["web"].Port));
    }

    [Fact]
    public void An_inventory_of_our_own_form_may_leave_accounts_to_the_policy()
    {
        IReadOnlyDictionary<string, Target> targets =
            Targets("format: bastion, labels: {environment: test}", "fleet.txt", """
            targets:
              a: {host: 10.0.0.1}
              b: {host: 10.0.0.2, labels: {environment: production}, accounts: {root: b/root}}
            """);

        Assert.Equal(("deploy", "test"), (targets["a"].DefaultAccount, targets["a"].Labels["environment"]));
        Assert.Equal(("root", "production"), (targets["b"].DefaultAccount, targets["b"].Labels["environment"]));
    }

    [Theory]
    [InlineData("format: ansible-ini", "[web\nx", "policies/hosts:1:1: error: `[web` is not a section")]
    [InlineData("format: ansible-ini", "[web]\nweb[0:99999999]", "is not a range of hosts")]
    [InlineData("format: ansible-ini", "[web]\nweb[0:9999]x[0:9999]", "is not a range of hosts")]
    [InlineData("format: ansible-ini", "a+b", "`a+b` cannot be a target's name or host")]
    [InlineData("format: ansible-ini, group-labels: {wep: {kind: web}}", "[web]\nx",
        "the inventory has no group `wep` with hosts [missing-name]\n    did you mean `web`?")]
    [InlineData("format: ansible-ini, group-labels: {a: {kind: web}, b: {kind: db}}", "[a]\nx\n[b]\nx",
        "`x` gets label `kind` twice: `web` and `db` (from group `b`)")]
    [InlineData("format: openssh", "Host a\n  Port ninety", "policies/hosts:2:3: error: `ninety` is not a port")]
    [InlineData("format: bastion", "targets: {a: {hst: x}}",
        "a target has no key `hst` [unknown-key]\n    did you mean `host`?")]
    public void A_mistake_in_an_inventory_is_named_with_its_place(string inventory, string text, string expected) =>
        Assert.Contains(expected, string.Join('\n', Load(inventory, "hosts", text).Diagnostics),
        StringComparison.Ordinal);

    [Fact]
    public void An_inventory_that_is_missing_is_an_error_at_the_line_that_names_it()
    {
        PolicyLoadResult result = PolicyLoader.Load(
            [PolicyFile.FromText("p/t.yaml", "inventories: {f: {file: gone.ini, format: openssh, accounts: {a: b}}}")]);

        Assert.Contains("p/t.yaml:1:25: error: the inventory `gone.ini` cannot be read",
            result.Diagnostics[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_changed_inventory_changes_the_version() =>
        Assert.NotEqual(
            Load("format: openssh", "config", "Host a").Snapshot!.Version,
            Load("format: openssh", "config", "Host b").Snapshot!.Version);

    [Fact]
    public void A_target_in_a_policy_file_and_in_an_inventory_is_refused()
    {
        PolicyLoadResult result = PolicyLoader.Load(
        [
            PolicyFile.FromText("t.yaml",
                "targets: {a: {host: h, accounts: {x: y}}}\ninventories: {f: {file: c, format: openssh, accounts: "
                    + "{a: b}}}"),
            PolicyFile.FromText("c", "Host a"),
        ]);

        Assert.Equal("duplicate-name", Assert.Single(result.Diagnostics).Code);
    }
}
