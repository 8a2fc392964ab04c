using System.Net;
using Bastion.Policy.Values;

namespace Bastion.Policy.Model;

/// <summary>Patterns for objects of one kind; paths by steps, tables by dots, everything else plain.</summary>
internal sealed record ObjectPatterns(string Kind, IReadOnlyList<PathPattern> Paths, IReadOnlyList<NamePattern> Names)
{
    public bool SurelyCovers(string text, PatternNames names)
    {
        for (int i = 0; i < Paths.Count; i++)
        {
            if (Paths[i].SurelyCovers(text, names))
            {
                return true;
            }
        }

        for (int i = 0; i < Names.Count; i++)
        {
            if (Names[i].SurelyCovers(text))
            {
                return true;
            }
        }

        return false;
    }

    public bool MayTouch(string text, PatternNames names)
    {
        for (int i = 0; i < Paths.Count; i++)
        {
            if (Paths[i].MayTouch(text, names))
            {
                return true;
            }
        }

        for (int i = 0; i < Names.Count; i++)
        {
            if (Names[i].MayTouch(text))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>What a rule (or its `unless`) looks at. An empty list looks at nothing, so it matches anything.</summary>
internal sealed record Match
{
    /// <summary>Effect kinds and families, effect sets resolved.</summary>
    public IReadOnlyList<string> Effects { get; init; } = [];

    public EffectLevel AtLeast { get; init; } = EffectLevel.Low;

    public EffectLevel AtMost { get; init; } = EffectLevel.Critical;

    /// <summary>A level was written, be it one that every effect has.</summary>
    public bool SpeaksOfLevel { get; init; }

    public IReadOnlyList<ObjectPatterns> Objects { get; init; } = [];

    public IReadOnlyList<PolicyAction> Actions { get; init; } = [];

    public IReadOnlyList<ShellKind> Shells { get; init; } = [];

    public TargetSelector Targets { get; init; } = TargetSelector.All;

    public IReadOnlyList<string> Accounts { get; init; } = [];

    public IReadOnlyList<string> Who { get; init; } = [];

    public IReadOnlyList<TimeWindow> Hours { get; init; } = [];

    public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

    public LoginMethods Login { get; init; }

    /// <summary>True when it speaks of effects, so it is asked once an effect and never for an act without
    /// any.</summary>
    public bool IsAboutEffects => Effects.Count > 0 || Objects.Count > 0 || SpeaksOfLevel;
}

internal sealed record Cumulative(int Over, PolicyCounter Counter);

internal enum RuleVerdict
{
    NotifyOnly,
    Permit,
    Require,
    Forbid,
}

internal sealed record Rule
{
    public required string Name { get; init; }

    public required Match When { get; init; }

    public Match? Unless { get; init; }

    public double? CoverageBelow { get; init; }

    public Cumulative? Cumulative { get; init; }

    public required RuleVerdict Verdict { get; init; }

    public IReadOnlyList<RequirementTerms> Require { get; init; } = [];

    public IReadOnlyList<string> Notify { get; init; } = [];

    public Reason? Because { get; init; }

    public Reason? Instead { get; init; }

    public required SourceLocation Location { get; init; }
}

/// <summary>Values of a label that never meet in one session.</summary>
internal sealed record Wall(string Name, string Label, IReadOnlyList<string> Between, Reason? Because,
    SourceLocation Location)
{
    /// <summary>Whether the wall stands between the two. A target without the label stands on no side, so apart from
    /// all.</summary>
    public bool Separates(Target one, Target other)
    {
        string? here = one.Labels.GetValueOrDefault(Label);
        string? there = other.Labels.GetValueOrDefault(Label);
        return here != there && (Between.Contains(here ?? "") || Between.Contains(there ?? ""));
    }
}

internal sealed record DutyException(string Person, Duties Duties, Reason Because, DateTimeOffset Until,
    SourceLocation Location);

/// <summary>Everything a policy says, bound and linked: what a snapshot is built from and what the checks
/// read.</summary>
internal sealed record PolicyContent
{
    public required IReadOnlyDictionary<string, Person> People { get; init; }

    public required IReadOnlyDictionary<string, Group> Groups { get; init; }

    public required IReadOnlyDictionary<string, Role> Roles { get; init; }

    public required IReadOnlyDictionary<string, Target> Targets { get; init; }

    public required IReadOnlyList<Grant> Grants { get; init; }

    public required IReadOnlyList<Rule> Rules { get; init; }

    public required IReadOnlyList<Wall> Walls { get; init; }

    public required IReadOnlyList<DutyException> DutyExceptions { get; init; }

    public required SessionSettings Sessions { get; init; }

    public required IReadOnlyList<string> InventoryFiles { get; init; }

    public required string Version { get; init; }
}
