using Bastion.Policy.Evaluation;
using Bastion.Policy.Model;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Checking;

/// <summary>Grants that give nothing, and grants that have ended.</summary>
internal static class GrantChecks
{
    public static void Run(PolicyIndex index, Reach reach, DateTimeOffset now, DiagnosticBag found)
    {
        foreach (LinkedGrant linked in index.Grants)
        {
            Grant grant = linked.Grant;
            List<Target> targets = reach.TargetsOf[grant.Name];
            if (targets.Count == 0)
            {
                found.Warning(grant.Location, "selects-nothing", $"grant `{grant.Name}` selects no target",
                    "compare its `targets` with the names and labels of targets");
            }
            else if (!targets.Any(target => target.Accounts.Keys.Any(account => grant.TakesAccount(account, target))))
            {
                found.Warning(grant.Location, "selects-nothing",
                    $"grant `{grant.Name}` names no account that its targets have",
                    "they have: " + string.Join(", ", targets.SelectMany(t => t.Accounts.Keys).Distinct()
                        .Order(StringComparer.Ordinal).Take(10)));
            }

            if (reach.PeopleOf[grant.Name].Count == 0 && !reach.IsOpen(grant.Who))
            {
                found.Warning(grant.Location, "nobody",
                    $"nobody has grant `{grant.Name}`: {string.Join(", ", grant.Who)} "
                        + $"{(grant.Who.Count == 1 ? "is" : "are")} empty");
            }

            if (!Enum.GetValues<PolicyAction>()
                .Any(action => action != PolicyAction.Connect && grant.Allow.Gives(action)))
            {
                found.Warning(grant.Location, "gives-nothing", $"grant `{grant.Name}` allows no action",
                    "add one under `allow`, such as `exec: true`");
            }

            if (grant.When.Until <= now)
            {
                found.Warning(grant.Location, "ended",
                    $"grant `{grant.Name}` ended at {grant.When.Until:yyyy-MM-dd HH:mm zzz}", "take it out");
            }

            WarnOfOpaqueShell(index, grant, targets, found);
        }
    }

    // The one choice newcomers make without knowing: an observed shell on production is an aid, not a boundary.
    private static void WarnOfOpaqueShell(PolicyIndex index, Grant grant, List<Target> targets, DiagnosticBag found)
    {
        if (grant.Allow.Shell != ShellKind.Observed)
        {
            return;
        }

        bool hasRequirement = index.Rules.Any(r => r.Rule.Verdict is RuleVerdict.Require or RuleVerdict.Forbid
            && targets.Any(r.Rule.When.Targets.Matches));
        if (!hasRequirement && targets.Count > 0)
        {
            found.Warning(grant.Location, "unguarded",
                $"grant `{grant.Name}` gives an observed shell where no rule stops or asks anything",
                "add rules for these targets, or give `shell: line`");
        }
    }
}
