using Bastion.Policy.Evaluation;
using Bastion.Policy.Model;
using Bastion.Policy.Syntax;
using Bastion.Policy.Values;

namespace Bastion.Policy.Checking;

/// <summary>Rules that never match, and rules that never decide because a stronger one always matches too.</summary>
internal static class RuleChecks
{
    public static void Run(PolicyIndex index, Reach reach, DiagnosticBag found)
    {
        foreach (LinkedRule linked in index.Rules)
        {
            Rule rule = linked.Rule;
            if (!index.Content.Targets.Values.Any(rule.When.Targets.Matches))
            {
                found.Warning(rule.Location, "unreachable-rule",
                    $"rule `{rule.Name}` selects no target, so it never matches",
                    "compare its `targets` with the names and labels of targets");
            }
            else if (rule.When.Who.Count > 0 && reach.Members(rule.When.Who).Count == 0 && !reach.IsOpen(rule.When.Who))
            {
                found.Warning(rule.Location, "unreachable-rule",
                    $"rule `{rule.Name}` is about nobody: {string.Join(", ", rule.When.Who)} "
                        + $"{(rule.When.Who.Count == 1 ? "is" : "are")} empty");
            }
            else if (rule.When.AtLeast > rule.When.AtMost)
            {
                found.Warning(rule.Location, "unreachable-rule",
                    $"rule `{rule.Name}` wants effects of at least {PolicyWords.Of(rule.When.AtLeast)} and at most "
                        + $"{PolicyWords.Of(rule.When.AtMost)}: there are none");
            }
            else if (index.Rules.FirstOrDefault(other => Overrules(index, other, linked)) is { } stronger)
            {
                string verdict = stronger.Rule.Verdict == RuleVerdict.Forbid ? "forbids" : "asks approval for";
                found.Warning(
                    rule.Location, "unreachable-rule",
                    $"rule `{rule.Name}` never decides: `{stronger.Rule.Name}` ({stronger.Rule.Location}) {verdict} "
                        + "all it is about",
                    "narrow the other with `unless`, or take this one out");
            }
        }
    }

    /// <summary>A stronger verdict without conditions of its own, about at least everything the weaker one is
    /// about.</summary>
    private static bool Overrules(PolicyIndex index, LinkedRule stronger, LinkedRule weaker)
    {
        (Rule? strong, Rule? weak) = (stronger.Rule, weaker.Rule);
        if (strong.Verdict <= weak.Verdict || weak.Verdict == RuleVerdict.NotifyOnly || strong.Unless is not null
            || strong.CoverageBelow is not null || strong.Cumulative is not null)
        {
            return false;
        }

        (Match? wide, Match? narrow) = (strong.When, weak.When);
        bool isUnconditional = wide.Objects.Count == 0 && wide.Hours.Count == 0 && wide.Networks.Count == 0
            && wide.Login == LoginMethods.None;
        return isUnconditional
            && wide.IsAboutEffects == narrow.IsAboutEffects
            && (wide.Effects.Count == 0 || (narrow.Effects.Count > 0
            && narrow.Effects.All(effect => wide.Effects.Any(pattern => EffectWords.Matches(pattern, effect)))))
            && wide.AtLeast <= narrow.AtLeast && wide.AtMost >= narrow.AtMost
            && Contains(wide.Actions, narrow.Actions)
            && Contains(wide.Shells, narrow.Shells)
            && Contains(wide.Accounts, narrow.Accounts)
            && (wide.Who.Count == 0 || (narrow.Who.Count > 0 && narrow.Who.All(wide.Who.Contains)))
            && index.Content.Targets.Values.Where(narrow.Targets.Matches).All(wide.Targets.Matches);
    }

    private static bool Contains<T>(IReadOnlyList<T> wide, IReadOnlyList<T> narrow) =>
        wide.Count == 0 || (narrow.Count > 0 && narrow.All(wide.Contains));
}
