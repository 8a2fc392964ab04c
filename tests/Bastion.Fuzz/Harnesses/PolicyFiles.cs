using System.Net;
using Bastion.Policy;

namespace Bastion.Fuzz.Harnesses;

/// <summary>A policy in one file, with an inventory beside it after a line of dashes. It loads or says what is wrong; a
/// stranger never gets anything.</summary>
internal sealed class PolicyFiles : Harness
{
    private const string Divider = "\n-----\n";

    private static readonly DateTimeOffset Monday = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    private static readonly IReadOnlyList<byte[]> Grammar = Utf8(
    [
        "\n", "\n  ", "\n    ", ": ", "- ", "{", "}", "[", "]", ", ", "'", "\"", "*", "&a ", "*a", "!!str ", "|\n",
        ">\n", "#", "---\n", "...\n", "\t", "people:", "groups:", "roles:", "targets:", "grants:", "rules:", "walls:",
        "sessions:", "inventories:", "effect-sets:",
        "duty-exceptions:", "members: ", "held-by: ", "who: ", "allow: ", "exec: true", "shell: observed", "sftp: ",
        "forward: ", "when: ", "hours: ", "mon-fri 08:00-20:00 Europe/Berlin", "until: 2027-01-01", "networks: ",
        "10.0.0.0/8", "::/0", "effects: ", "file.delete",
        "database.*", "\"*\"", "require: ", "from: ", "within: ", "5m", "99999999999d", "-1", "approvers: ",
        "tier: critical", "permit: true", "forbid: true", "because: ", "unless: ", "cumulative: ", "over: ", "per: ",
        "labels: ", "environment: ", "host: ", "port: ",
        "accounts: ", "default-account: ", "claims: ", "keys: ", "ssh-ed25519 AAAA", "alice", "/srv/**", "{account}",
        "é", "\u200b", "\0", Divider,
    ]);

    public override string Name => "policy";

    public override IReadOnlyList<byte[]> Words => Grammar;

    public override int Try(byte[] input)
    {
        List<PolicyFile> files = Files(input);
        PolicyLoadResult result = PolicyLoader.Load(files);
        PolicyLoadResult again = PolicyLoader.Load(files);
        if (result.Snapshot?.Version != again.Snapshot?.Version || !result.Diagnostics.SequenceEqual(again.Diagnostics))
        {
            throw new ViolationException("loading twice gives two answers");
        }

        if (result.Snapshot is null && !result.Diagnostics.Any(one => one.Severity == DiagnosticSeverity.Error))
        {
            throw new ViolationException("it does not load, and does not say why");
        }

        if (result.Snapshot is { } snapshot)
        {
            AssertDecides(snapshot);
            PolicyCheck.Findings(snapshot, Monday);
        }

        return result.Diagnostics.Aggregate(0, (all, one) => all | (1 << (StableHash(one.Code) % 31)));
    }

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        foreach (string? file in Directory.EnumerateFiles(SeedFile("policies"), "*.yaml", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal))
        {
            yield return File.ReadAllBytes(file);
        }

        foreach (string? directory in Directory.EnumerateFiles(SeedFile("policies"), "people.yaml",
            SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Path.GetDirectoryName))
        {
            yield return Utf8(string.Join('\n',
                Directory.EnumerateFiles(directory!, "*.yaml").Order(StringComparer.Ordinal).Select(File.ReadAllText)));
        }

        yield return Utf8(
            "inventories:\n  fleet: {file: hosts.ini, format: ansible-ini, labels: {environment: test}, accounts: "
                + "{deploy: a/b}}" + Divider + "[web]\nweb[01:20] ansible_host=10.0.0.1\n[all:vars]\nansible_user=x\n");
        yield return Utf8("inventories:\n  fleet: {file: hosts.ini, format: openssh, accounts: {deploy: a/b}}" + Divider
            + "Host a b\n  HostName 10.0.0.1\n  Port 22\n");
    }

    private static List<PolicyFile> Files(byte[] input)
    {
        int at = input.AsSpan().IndexOf(Utf8(Divider));
        List<PolicyFile> files = [new("policy.yaml", at < 0 ? input : input.AsMemory(0, at))];
        if (at >= 0)
        {
            files.Add(new("hosts.ini", input.AsMemory(at + Divider.Length)));
        }

        return files;
    }

    private static void AssertDecides(PolicySnapshot snapshot)
    {
        foreach (string who in (string[])["nobody-of-this-name", .. snapshot.People.Keys.Take(2)])
        {
            foreach (string? target in snapshot.Targets.Keys.Take(2))
            {
                Decision decision = snapshot.Decide(Question(who, target));
                if (!snapshot.People.ContainsKey(who) && decision.Outcome != Outcome.Forbid)
                {
                    throw new ViolationException($"a stranger gets {decision.Outcome} on `{target}`");
                }
            }
        }
    }

    private static PolicyRequest Question(string who, string target) => new()
    {
        Principal = new PolicyPrincipal(who),
        Target = target,
        Account = "root",
        Action = PolicyAction.Exec,
        Context = new PolicyContext
        {
            Time = Monday,
            Source = IPAddress.Loopback,
            Login = LoginMethods.PublicKey | LoginMethods.Totp,
            Coverage = 1,
        },
        Effects = [],
    };

    /// <summary>Hashes of strings differ from run to run.</summary>
    private static int StableHash(string text) => text.Aggregate(17, (hash, c) => ((hash * 31) + c) & 0xffffff);
}
