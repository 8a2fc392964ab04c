using Bastion.Policy.Model;
using Bastion.Policy.Syntax;
using Bastion.Policy.Values;

namespace Bastion.Policy.Loading;

/// <summary>Binds rules, walls and exceptions from the separation of duties.</summary>
internal sealed class RuleBinder(Declarations declared, GrantBinder grants, DiagnosticBag found)
{
    private readonly EffectSets _effectSets = new(declared, found);

    public IReadOnlyList<Rule> Rules() =>
        [.. declared.Sound("rules").Select(Rule).OrderBy(r => r.Name, StringComparer.Ordinal)];

    public IReadOnlyList<Wall> Walls()
    {
        var walls = new List<Wall>();
        foreach (Declared d in declared.Sound("walls"))
        {
            IReadOnlyList<string> between = Read.Texts(d.Body, "between");
            if (between.Distinct().Count() < 2)
            {
                found.Error(d.Body["between"]!.Location, "bad-value", "a wall stands between two values at least",
                    "such as `between: [development, test, production]`");
            }

            walls.Add(new Wall(d.Name, Read.Text(d.Body, "label") ?? "environment", between,
                Read.Sentence(d.Body, "because"), d.Location));
        }

        return [.. walls.OrderBy(w => w.Name, StringComparer.Ordinal)];
    }

    public IReadOnlyList<DutyException> DutyExceptions()
    {
        var exceptions = new List<DutyException>();
        foreach (Declared d in declared.Sound("duty-exceptions"))
        {
            if (!declared["people"].ContainsKey(d.Name))
            {
                found.Error(d.Location, "missing-name", $"`{d.Name}` is no person of this policy",
                    Suggestion.Help(d.Name, [.. declared["people"].Keys]));
            }

            Duties duties = Duties.None;
            foreach (string word in Read.Texts(d.Body, "duties"))
            {
                duties |= word switch { "system" => Duties.System, "security" => Duties.Security, _ => Duties.Audit };
            }

            exceptions.Add(new DutyException(d.Name, duties, Read.Sentence(d.Body, "because")!,
                Read.Instant(d.Body, "until")!.Value, d.Location));
        }

        return exceptions;
    }

    private Rule Rule(Declared d)
    {
        Match when = Match(d.Body);
        if (!when.IsAboutEffects && d.Body["unless"] is MapNode exception && Match(exception).IsAboutEffects)
        {
            found.Error(exception.Location, "bad-value", "`unless` speaks of effects, the rule itself does not",
                "add `effects: \"*\"` to the rule, to ask it for each effect");
        }

        return new Rule
        {
            Name = d.Name,
            When = when,
            Unless = d.Body["unless"] is MapNode unless ? Match(unless) : null,
            CoverageBelow = Read.Text(d.Body, "coverage-below") is { } text
                && Shapes.TextShapes.TryPercent(text, out double share) ? share : null,
            Cumulative = d.Body["cumulative"] is MapNode cumulative ? Cumulative(d, when, cumulative) : null,
            Verdict = Verdict(d.Body),
            Require = d.Body["require"] switch
            {
                MapNode one => [grants.Requirement(one)],
                ListNode list => [.. list.Items.OfType<MapNode>()
                    .Select(one => grants.Requirement(one, isAlone: list.Items.Count == 1))],
                _ => [],
            },
            Notify = grants.Subjects(d.Body["notify"]),
            Because = Read.Sentence(d.Body, "because"),
            Instead = Read.Sentence(d.Body, "instead"),
            Location = d.Location,
        };
    }

    private static RuleVerdict Verdict(MapNode body) =>
        body["permit"] is not null ? RuleVerdict.Permit
        : body["forbid"] is not null ? RuleVerdict.Forbid
        : body["require"] is not null ? RuleVerdict.Require
        : RuleVerdict.NotifyOnly;

    private Cumulative Cumulative(Declared d, Match when, MapNode map)
    {
        if (when.Effects.Count == 0)
        {
            found.Error(map.Location, "missing-key",
                "a rule with `cumulative` needs `effects`: they are what is counted", "such as `effects: destructive`");
        }

        CountedPer per = Read.Text(map, "per") switch
        {
            "target" => CountedPer.Target,
            "system" => CountedPer.System,
            _ => CountedPer.Person,
        };
        return new Cumulative(Read.Number(map, "over")!.Value,
            new PolicyCounter(d.Name, when.Effects, Read.Duration(map, "within")!.Value, per));
    }

    private Match Match(MapNode map) => new()
    {
        Effects = _effectSets.Resolve(map["effects"]),
        AtLeast = Read.Text(map, "at-least") is { } least ? Read.Level(least) : EffectLevel.Low,
        AtMost = Read.Text(map, "at-most") is { } most ? Read.Level(most) : EffectLevel.Critical,
        SpeaksOfLevel = map["at-least"] is not null || map["at-most"] is not null,
        Objects = map["objects"] is MapNode objects ? [.. objects.Entries.Select(Objects)] : [],
        Actions = [.. Read.Texts(map, "actions").Select(Read.Action)],
        Shells = [.. Read.Texts(map, "shells").Select(Read.Shell)],
        Targets = Read.Targets(map["targets"]),
        Accounts = Read.Texts(map, "accounts"),
        Who = grants.Subjects(map["who"]),
        Hours = Read.Hours(map),
        Networks = Read.Networks(map),
        Login = Read.Logins(map),
    };

    private ObjectPatterns Objects(Entry entry)
    {
        string kind = entry.Key.Value;
        if (!Shapes.LanguageParts.PathKinds.Contains(kind))
        {
            bool dotted = kind is "table" or "database" or "schema";
            return new ObjectPatterns(kind, [],
                [.. Read.Texts(entry.Value).Select(text => new NamePattern(text, dotted))]);
        }

        var paths = new List<PathPattern>();
        foreach (ScalarNode text in SubjectBinder.Scalars(entry.Value))
        {
            if (PathPattern.TryParse(text.Value, out PathPattern? pattern, out string? problem))
            {
                paths.Add(pattern);
            }
            else
            {
                found.Error(text.Location, "bad-value", $"{text.Describe()} is not a path pattern", problem);
            }
        }

        return new ObjectPatterns(kind, paths, []);
    }
}
