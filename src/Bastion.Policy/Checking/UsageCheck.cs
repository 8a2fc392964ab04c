using Bastion.Policy.Evaluation;
using Bastion.Policy.Model;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Checking;

/// <summary>Compares what grants give with what recorded intents needed.</summary>
internal static class UsageCheck
{
    public static void Run(PolicyIndex index, IEnumerable<RecordedIntent> intents, DiagnosticBag found)
    {
        var uses = new Dictionary<string, (HashSet<PolicyAction> Actions, HashSet<string> Targets, HashSet<string> People)>(StringComparer.Ordinal);
        var any = false;
        foreach (var intent in intents)
        {
            any = true;
            var decision = Authorizer.Decide(index, intent.Request);
            if (decision.Outcome == Outcome.Forbid || decision.Grant is not { } grant)
            {
                continue;
            }

            if (!uses.TryGetValue(grant, out var use))
            {
                uses.Add(grant, use = ([], new(StringComparer.Ordinal), new(StringComparer.Ordinal)));
            }

            use.Actions.Add(intent.Request.Action);
            use.Targets.Add(intent.Request.Target);
            use.People.Add(intent.Request.Principal.Name);
        }

        if (!any)
        {
            return;
        }

        foreach (var grant in index.Grants.Select(g => g.Grant))
        {
            Report(index, grant, uses.TryGetValue(grant.Name, out var use) ? use : null, found);
        }
    }

    private static void Report(
        PolicyIndex index, Grant grant, (HashSet<PolicyAction> Actions, HashSet<string> Targets, HashSet<string> People)? used, DiagnosticBag found)
    {
        if (used is not { } use)
        {
            found.Warning(grant.Location, "wider-than-used", $"grant `{grant.Name}` was not used at all", "take it out, or make it a grant on request");
            return;
        }

        var idle = Enum.GetValues<PolicyAction>()
            .Where(action => action != PolicyAction.Connect && grant.Allow.Gives(action) && !use.Actions.Contains(action))
            .Select(PolicyWords.Of)
            .ToList();
        if (idle.Count > 0)
        {
            found.Warning(grant.Location, "wider-than-used", $"grant `{grant.Name}`: nobody used {string.Join(", ", idle)}", "take out what is not needed");
        }

        var targets = index.Content.Targets.Values.Count(grant.Targets.Matches);
        if (use.Targets.Count < targets)
        {
            found.Warning(grant.Location, "wider-than-used", $"grant `{grant.Name}` selects {targets} targets, of which {use.Targets.Count} were used");
        }
    }
}
