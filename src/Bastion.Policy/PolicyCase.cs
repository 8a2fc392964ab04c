using System.Globalization;
using System.Net;
using Bastion.Policy.Checking;
using Bastion.Policy.Loading;
using Bastion.Policy.Syntax;

namespace Bastion.Policy;

/// <summary>What a case expects; null leaves it open.</summary>
public sealed record CaseExpectation(Outcome Outcome, string? Rule, int? Approvers, Tier? Tier,
    IReadOnlyList<string> Notify);

/// <summary>One question to a policy, and the answer it must give.</summary>
/// <param name="Account">Null: the target's default.</param>
/// <param name="Command">A command line whose effects analysis must find; null when the effects stand in the
/// case.</param>
public sealed record PolicyCase(
    string Name, SourceLocation Location, PolicyRequest Request, string? Account, string? Command,
    CaseExpectation Expected);

/// <summary>Cases read from files, or what is wrong with the files.</summary>
public sealed record PolicyCaseFiles(IReadOnlyList<PolicyCase> Cases, IReadOnlyList<PolicyDiagnostic> Diagnostics)
{
    /// <summary>The folder beside the policy that holds its cases.</summary>
    public const string Folder = "cases";

    /// <summary>A Monday morning, when nothing else is said.</summary>
    private static readonly DateTimeOffset DefaultTime = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    public bool HasErrors => Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error);

    /// <summary>Reads `cases/*.yaml` of a policy directory. A policy without cases has none; that is no
    /// error.</summary>
    public static PolicyCaseFiles Load(string policyDirectory)
    {
        string folder = Path.Combine(policyDirectory, Folder);
        if (!Directory.Exists(folder))
        {
            return new PolicyCaseFiles([], []);
        }

        var found = new DiagnosticBag();
        IReadOnlyList<PolicyFile> files = PolicyDirectory.Read(folder, found);
        return found.Errors > 0 ? new PolicyCaseFiles([], found.Sorted()) : Load(files);
    }

    public static PolicyCaseFiles Load(IReadOnlyList<PolicyFile> files)
    {
        var found = new DiagnosticBag();
        var cases = new List<PolicyCase>();
        foreach (MapNode root in files.Select(file => YamlReader.Read(file, found)).OfType<MapNode>())
        {
            CaseLanguage.File.Check(root, found);
            if (root["cases"] is MapNode table)
            {
                cases.AddRange(table.Entries.Where(e => e.Value is MapNode && found.IsSound(e.Value)).Select(Bind));
            }
        }

        return new PolicyCaseFiles(found.Errors > 0 ? [] : cases, found.Sorted());
    }

    private static PolicyCase Bind(Entry entry)
    {
        var map = (MapNode)entry.Value;
        var request = new PolicyRequest
        {
            Principal = new PolicyPrincipal(Read.Text(map, "as")!)
            {
                Claims = map["claims"] is MapNode claims
                    ? [.. claims.Entries.SelectMany(e => Read.Texts(e.Value)
                    .Select(value => KeyValuePair.Create(e.Key.Value, value)))]
                    : [],
            },
            Target = Read.Text(map, "target")!,
            Account = Read.Text(map, "account") ?? "",
            Action = Read.Text(map, "action") is { } action ? Read.Action(action) : PolicyAction.Exec,
            Shell = Read.Text(map, "shell") is { } shell ? Read.Shell(shell) : ShellKind.None,
            Paths = Read.Texts(map, "paths"),
            Destination = Read.Text(map, "to") is { } to ? Destination(to) : null,
            Effects = Effects(map["effects"]),
            Context = Context(map),
        };
        return new PolicyCase(entry.Key.Value, entry.Key.Location, request, Read.Text(map, "account"),
            Read.Text(map, "command"), Expectation(map));
    }

    private static PolicyContext Context(MapNode map)
    {
        DateTimeOffset time = Read.Instant(map, "at") ?? DefaultTime;
        return new PolicyContext
        {
            Time = time,
            Source = IPAddress.Parse(Read.Text(map, "from") ?? "10.0.0.1"),
            Login = map["login"] is null ? LoginMethods.PublicKey | LoginMethods.Totp : Read.Logins(map),
            Reason = Read.Text(map, "reason"),
            Ticket = Read.Text(map, "ticket"),
            Coverage = Read.Text(map, "coverage") is { } text && Shapes.TextShapes.TryPercent(text, out double share)
                ? share
                : 1,
            SessionTargets = Read.Texts(map, "session-targets"),
            ActiveGrants =
                [.. Read.Texts(map, "granted").Select(grant => new ActiveGrant(grant, time + TimeSpan.FromHours(1)))],
            Counts = new FixedCounts(Read.Number(map, "counted") ?? 0),
        };
    }

    private static CaseExpectation Expectation(MapNode map)
    {
        Outcome outcome = Read.Text(map, "expect") switch
        {
            "permit" => Outcome.Permit,
            "require" =>
            Outcome.Require,
            _ => Outcome.Forbid
        };
        Tier? tier = Read.Text(map, "tier") switch
        {
            "low" => Tier.Low,
            "medium" => Tier.Medium,
            "high" =>
            Tier.High,
            "critical" => Tier.Critical,
            _ => null
        };
        return new CaseExpectation(outcome, Read.Text(map, "rule"), Read.Number(map, "approvers"), tier,
            Read.Texts(map, "notify"));
    }

    private static IReadOnlyList<PolicyEffect> Effects(Node? node) => node switch
    {
        ListNode list => [.. list.Items.OfType<MapNode>().Select(Effect)],
        MapNode one => [Effect(one)],
        _ => [],
    };

    private static PolicyEffect Effect(MapNode map) => new(
        Read.Text(map, "kind")!,
        Read.Text(map, "level") is { } level ? Read.Level(level) : EffectLevel.High,
        [.. Objects(map["objects"], known: true), .. Objects(map["unknown-objects"], known: false)]);

    private static IEnumerable<PolicyObject> Objects(Node? node, bool known) =>
        node is MapNode map ? map.Entries.SelectMany(e => Read.Texts(e.Value)
        .Select(text => new PolicyObject(e.Key.Value, text, known))) : [];

    private static ForwardDestination Destination(string text)
    {
        int colon = text.LastIndexOf(':');
        return text.StartsWith('/')
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            ? new ForwardDestination(text, 0)
            : new ForwardDestination(text[..colon].Trim('[', ']'), port);
    }
}
