using System.Globalization;
using System.Net;
using System.Text;
using Bastion.Policy;
using BenchmarkDotNet.Attributes;

namespace Bastion.Benchmarks.Policy;

/// <summary>One verdict under a policy of 1,000 targets, 500 rules and 100 grants; 25 of the rules concern the
/// target.</summary>
public class DecisionBenchmarks
{
    private readonly PolicyFile _file = PolicyFile.FromText("large.yaml", Text(targets: 1_000, rules: 500));
    private readonly PolicySnapshot _policy;
    private readonly PolicyRequest _harmless = Request();
    private readonly PolicyRequest _held =
        Request(new PolicyEffect("file.delete", EffectLevel.High, [new PolicyObject("path", "/srv/app1/x")]));
    private readonly PolicyRequest _refused =
        Request(new PolicyEffect("file.delete", EffectLevel.High, [new PolicyObject("path", "/opt/x")]));

    public DecisionBenchmarks() => _policy = PolicyLoader.Load([_file]).Snapshot!;

    [Benchmark]
    public Outcome Permit() => _policy.Decide(_harmless).Outcome;

    [Benchmark]
    public Outcome Require() => _policy.Decide(_held).Outcome;

    [Benchmark]
    public Outcome RefuseUnspoken() => _policy.Decide(_refused).Outcome;

    [Benchmark]
    public string Load() => PolicyLoader.Load([_file]).Snapshot!.Version;

    private static PolicyRequest Request(params PolicyEffect[] effects) => new()
    {
        Principal = new PolicyPrincipal("alice"),
        Target = "host-1",
        Account = "app",
        Action = PolicyAction.Exec,
        Effects = effects,
        Context = new PolicyContext
        {
            Time = new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero),
            Source = IPAddress.Parse("10.1.2.3"),
            Coverage = 1,
        },
    };

    private static string Text(int targets, int rules)
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

        text.Append("rules:\n");
        for (int i = 0; i < rules; i++)
        {
            string verdict = i % 3 == 0 ? "permit: true" : "require: {from: approvers}, because: it matters";
            text.Append(CultureInfo.InvariantCulture,
                $"  r{i}: {{effects: [file.*, disk.*], targets: {{kind: k{i % 20}}}, objects: {{path: "
                    + $"[/srv/app{i}/**]}}, {verdict}}}\n");
        }

        return text.ToString();
    }
}
