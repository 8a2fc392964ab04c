using System.Text.Json.Nodes;
using Bastion.Policy.Syntax;
using static Bastion.Policy.Shapes.LanguageParts;

namespace Bastion.Policy.Shapes;

/// <summary>The policy language, key by key: grants, rules, walls, and the file that holds them all.</summary>
internal static class Language
{
    private static readonly string[] Verdicts = ["permit", "forbid", "require"];

    private static readonly Field[] RequirementFields =
    [
        new("tier", new ChoiceShape("a tier", ["medium", "high", "critical"]),
            "medium: one approver. high: one, who also picks the right host. critical: two, and a number read out "
                + "from the requester's terminal"),
        new("approvers", new NumberShape("a number of people", 1, 10),
            "how many; when left out 1, or 2 where tier `critical` stands alone"),
        new("from", Subjects, "groups, roles or people who may approve; the requester never counts", Required: true),
        new("not-from", Subjects, "who may not, though they are in `from`"),
        new("within", TextShapes.Duration, "then the request expires; 5m when left out"),
        new("reason", Flag, "true: the requester must say why"),
        new("ticket", Flag, "true: the requester must name a ticket"),
        new("confirm", new ListShape("ways to confirm", new ChoiceShape("a way to confirm", ["passkey", "totp"])),
            "what approvers confirm with; either when left out"),
    ];

    private static readonly RecordShape Requirement = new("requirement", "a requirement", RequirementFields);

    private static readonly RecordShape OnRequest = new("on-request", "a just-in-time grant", [
        .. RequirementFields,
        new Field("for", TextShapes.Duration, "how long the grant is in force once it is given", Required: true),
    ], CriticalNeedsTwo);

    private static readonly RecordShape Grant = new("grant", "a grant", [
        new("description", TextShapes.Sentence, "what the grant is for"),
        new("who", Subjects, "people, groups or roles it is given to", Required: true),
        new("targets", Targets,
            "where: a name or pattern (`orders-*`, `\"*\"`), a list of them, or labels (`environment: production`)",
            Required: true),
        new("accounts", Accounts, "logins on the target; its default account when left out"),
        new("allow", Allow, "what may be done there", Required: true),
        new("when", Conditions, "conditions that must all hold"),
        new("on-request", OnRequest,
            "the grant is in force only after it was asked for and approved, and ends by itself"),
        new("session", Session, "limits of sessions opened under this grant"),
    ]);

    private static readonly TableShape Objects =
        new("objects by kind", TextShapes.ObjectKind, new ListShape("object patterns", TextShapes.ObjectPattern));

    private static readonly Field[] MatchFields =
    [
        new("effects", Effects,
            "what a command would do: a kind (`file.delete`), a family (`disk.*`), an effect set (`destructive`), or "
                + "`\"*\"`"),
        new("at-least", new ChoiceShape("a level", LevelWords), "effects of this level or above"),
        new("at-most", new ChoiceShape("a level", LevelWords), "effects of this level or below"),
        new("objects", Objects, "what it would do it to: `path: [/srv/**]`, `table: [orders.*]`"),
        new("actions", Actions, "how it is asked for: exec, shell, sftp.delete, forward, …"),
        new("shells", new ListShape("kinds of shell", new ChoiceShape("a kind of shell", ShellWords[1..])),
            "in which kinds of shell"),
        new("targets", Targets, "where: names, patterns or labels"),
        new("accounts", Accounts, "as which accounts on the target"),
        new("who", Subjects, "by which people, groups or roles"),
        new("hours", Hours, "in which hours"),
        new("networks", Networks, "from which source networks"),
        new("login", Logins, "logged in with all of these"),
    ];

    private static readonly RecordShape Unless = new("unless", "an exception", MatchFields);

    private static readonly RecordShape Cumulative = new("cumulative", "a cumulative count", [
        new("over", new NumberShape("a number", 0, 1_000_000),
            "matches when, with this act, more objects than this were touched", Required: true),
        new("within", TextShapes.Duration, "counted back this long", Required: true),
        new("per", new ChoiceShape("what is counted by", ["person", "target", "system"]),
            "counted by person, by target, or by the `system` label; person when left out"),
    ]);

    private static readonly RecordShape Rule = new("rule", "a rule", [
        .. MatchFields,
        new Field("coverage-below", TextShapes.Percent,
            "only in sessions of which the gateway understood less than this"),
        new Field("cumulative", Cumulative, "only when these effects already happened so often"),
        new Field("unless", Unless, "not when all of this holds"),
        new Field("permit", Flag, "true: the act is allowed, if nothing forbids it or asks for approval"),
        new Field("forbid", Flag, "true: the act is refused, whatever other rules say"),
        new Field("require", new EitherShape("a requirement, or a list of them", map: Requirement,
            list: new ListShape("requirements", Requirement)), "the act waits until other people agree"),
        new Field("notify", Subjects, "groups, roles or people to tell"),
        new Field("because", Sentence, "why, for the person it stops and for the approver"),
        new Field("instead", Sentence, "what to do instead, for the person it stops"),
    ], OneVerdict, OneVerdictSchema);

    private static readonly RecordShape Wall = new("wall", "a wall", [
        new("between", new ListShape("values of a label", TextShapes.LabelValue),
            "values of the label that must not meet in one session: `[development, test, production]`", Required: true),
        new("label", TextShapes.LabelKey, "the label; `environment` when left out"),
        new("because", Sentence, "why, for the person it stops"),
    ]);

    private static readonly RecordShape DutyException =
        new("duty-exception", "an exception from the separation of duties", [
        new("duties", new ListShape("duties", new ChoiceShape("a duty", ["system", "security", "audit"])),
            "the duties this one person may hold together", Required: true),
        new("because", Sentence, "why; shown in every report", Required: true),
        new("until", TextShapes.Instant, "when the exception ends", Required: true),
    ]);

    /// <summary>A policy file.</summary>
    public static readonly RecordShape File = new("policy", "a policy file", [
        new("people", new TableShape("people", TextShapes.Name, new OrNothingShape(LanguageParts.Person)),
            "people and services, by login name"),
        new("groups", new TableShape("groups", TextShapes.Name, LanguageParts.Group), "sets of people"),
        new("roles", new TableShape("roles", TextShapes.Name, LanguageParts.Role),
            "named sets of rights; `system-administration`, `security-administration` and `audit-administration` are "
                + "built in"),
        new("targets", new TableShape("targets", TextShapes.Name, LanguageParts.Target),
            "machines behind the gateway, by the name people type"),
        new("inventories", new TableShape("inventories", TextShapes.Name, Inventory), "files to take targets from"),
        new("effect-sets", new TableShape("effect sets", TextShapes.Name, Effects),
            "names for several effects; `destructive` is built in"),
        new("grants", new TableShape("grants", TextShapes.Name, Grant), "who may do what, where; grants add up"),
        new("rules", new TableShape("rules", TextShapes.Name, Rule),
            "what acts need beyond a grant; forbid beats require beats permit"),
        new("walls", new TableShape("walls", TextShapes.Name, Wall), "environments that must not meet in one session"),
        new("duty-exceptions", new TableShape("exceptions", TextShapes.Name, DutyException),
            "people who may hold two administrations, by login name"),
        new("sessions", Session, "limits of every session whose grant does not say otherwise"),
    ]);

    private static void OneVerdict(MapNode rule, DiagnosticBag found)
    {
        CriticalNeedsTwo(rule, found);
        string[] given = Verdicts.Where(verdict => rule[verdict] is not null).ToArray();
        if (given.Length > 1)
        {
            found.Error(rule[given[1]]!.Location, "two-verdicts",
                $"a rule has one verdict, found `{given[0]}` and `{given[1]}`", "write two rules");
            return;
        }

        if (given.Length == 0 && rule["notify"] is null)
        {
            found.Error(rule.Location, "no-verdict", "the rule has no verdict",
                "add one of: `permit: true`, `forbid: true`, `require: …`, `notify: …`");
            return;
        }

        if (given is ["permit" or "forbid"] && rule[given[0]] is ScalarNode { Value: "false" } no)
        {
            found.Error(no.Location, "bad-value", $"`{given[0]}: false` says nothing",
                $"leave the rule out, or write `{(given[0] == "permit" ? "forbid" : "permit")}: true`");
        }

        if (given is ["forbid" or "require"] && rule["because"] is null)
        {
            found.Error(rule.Location, "missing-key", $"a rule with `{given[0]}` needs `because`",
                "one sentence for the person it stops: `because: backups are how we survive a mistake`");
        }
    }

    private static JsonArray OneVerdictSchema()
    {
        static JsonObject Has(string key) => new() { ["required"] = new JsonArray(key) };
        static JsonObject Without(params string[] keys) => new()
        {
            ["not"] = new JsonObject { ["anyOf"] = new JsonArray([.. keys.Select(Has)]) },
        };
        static JsonObject All(params JsonObject[] parts) => new() { ["allOf"] = new JsonArray([.. parts]) };
        return
        [
            new JsonObject
            {
                ["anyOf"] = new JsonArray(
                    All(Has("permit"), Without("forbid", "require")),
                    All(Has("forbid"), Has("because"), Without("permit", "require")),
                    All(Has("require"), Has("because"), Without("permit", "forbid")),
                    All(Has("notify"), Without("permit", "forbid", "require"))),
            },
        ];
    }

    private static void CriticalNeedsTwo(MapNode holder, DiagnosticBag found)
    {
        IReadOnlyList<MapNode> requirements = holder["require"] switch
        {
            MapNode one => [one],
            ListNode list => [.. list.Items.OfType<MapNode>()],
            _ => [holder],
        };
        if (requirements is [var single] && single["tier"] is ScalarNode { Value: "critical" }
            && single["approvers"] is ScalarNode { Value: "1" } number)
        {
            found.Error(number.Location, "bad-value", "tier `critical` asks two people at least",
                "write `approvers: 2`, or tier `high`");
        }
    }
}
