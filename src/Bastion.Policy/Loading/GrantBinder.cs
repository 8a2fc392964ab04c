using Bastion.Policy.Model;
using Bastion.Policy.Syntax;
using Bastion.Policy.Values;

namespace Bastion.Policy.Loading;

/// <summary>Binds grants, and the parts they share with rules: who, and what is required.</summary>
internal sealed class GrantBinder(Declarations declared, DiagnosticBag found)
{
    private static readonly TimeSpan DefaultWithin = TimeSpan.FromMinutes(5);

    public IReadOnlyList<Grant> Grants() =>
        [.. declared.Sound("grants").Select(Grant).OrderBy(g => g.Name, StringComparer.Ordinal)];

    /// <summary>Names of people, groups and roles; each one missing is an error.</summary>
    public IReadOnlyList<string> Subjects(Node? node)
    {
        foreach (ScalarNode name in SubjectBinder.Scalars(node))
        {
            if (!declared.IsSubject(name.Value) && !BuiltInRoles.Duties.ContainsKey(name.Value))
            {
                found.Error(
                    name.Location, "missing-name", $"{name.Describe()} is no person, group or role of this policy",
                    Suggestion.Help(name.Value, [.. declared.SubjectNames(), .. BuiltInRoles.Duties.Keys]));
            }
        }

        return [.. Read.Texts(node).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <param name="isAlone">False for one of several: `critical` then means two people in all.</param>
    public RequirementTerms Requirement(MapNode map, bool isAlone = true)
    {
        Tier tier = Read.Text(map, "tier") switch
        {
            "critical" => Tier.Critical,
            "high" => Tier.High,
            _ => Tier.Medium,
        };
        Confirmation confirm = Confirmation.None;
        foreach (string word in Read.Texts(map, "confirm"))
        {
            confirm |= word == "totp" ? Confirmation.Totp : Confirmation.Passkey;
        }

        return new RequirementTerms
        {
            Tier = tier,
            Approvers = Read.Number(map, "approvers") ?? (tier == Tier.Critical && isAlone ? 2 : 1),
            From = Subjects(map["from"]),
            NotFrom = Subjects(map["not-from"]),
            Within = Read.Duration(map, "within") ?? DefaultWithin,
            Reason = Read.Flag(map, "reason"),
            Ticket = Read.Flag(map, "ticket"),
            Confirm = confirm == Confirmation.None ? Confirmation.Passkey | Confirmation.Totp : confirm,
            Location = map.Location,
        };
    }

    private Grant Grant(Declared d) => new()
    {
        Name = d.Name,
        Who = Subjects(d.Body["who"]),
        Targets = Read.Targets(d.Body["targets"]),
        Accounts = Read.Texts(d.Body, "accounts"),
        Allow = Allowed((MapNode)d.Body["allow"]!),
        When = d.Body["when"] is MapNode when ? Conditions(when) : Model.Conditions.None,
        OnRequest = d.Body["on-request"] is MapNode request ? Requirement(request) : null,
        OnRequestFor = d.Body["on-request"] is MapNode length ? Read.Duration(length, "for")!.Value : TimeSpan.Zero,
        Session = Read.Session(d.Body["session"]),
        Location = d.Location,
    };

    private static Allowed Allowed(MapNode map)
    {
        var sftp = map["sftp"] as MapNode;
        return new Allowed
        {
            Exec = Read.Flag(map, "exec"),
            Shell = Read.Text(map, "shell") is { } shell ? Read.Shell(shell) : ShellKind.None,
            Read = Paths(sftp?["read"]),
            Write = Paths(sftp?["write"]),
            Delete = Paths(sftp?["delete"]),
            Forward = Read.Destinations(map, "forward"),
            RemoteForward = Read.Destinations(map, "remote-forward"),
            Database = Read.Destinations(map, "database"),
            Agent = Read.Flag(map, "agent"),
            X11 = Read.Flag(map, "x11"),
        };
    }

    private static PathRights Paths(Node? node) => node switch
    {
        null or ScalarNode { Value: "false" } => PathRights.None,
        ScalarNode { Value: "true" } => new PathRights(true, []),
        _ => new PathRights(false, Read.Paths(node)),
    };

    private Conditions Conditions(MapNode map)
    {
        var conditions = new Conditions
        {
            Hours = Read.Hours(map),
            Networks = Read.Networks(map),
            Login = Read.Logins(map),
            Reason = Read.Flag(map, "reason"),
            Ticket = Read.Flag(map, "ticket"),
            From = Read.Instant(map, "from"),
            Until = Read.Instant(map, "until"),
        };
        if (conditions.From >= conditions.Until)
        {
            found.Error(map["until"]!.Location, "bad-value", "`until` is not after `from`",
                "a grant like this is never in force");
        }

        return conditions;
    }
}
