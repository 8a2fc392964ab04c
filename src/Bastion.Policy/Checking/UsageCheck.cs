using System.Globalization;
using Bastion.Policy.Evaluation;
using Bastion.Policy.Model;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Checking;

/// <summary>Compares what grants give with what recorded intents needed.</summary>
internal sealed class UsageCheck(PolicyIndex index, DiagnosticBag found)
{
    private readonly Dictionary<string, Use> _uses = new(StringComparer.Ordinal);
    private long _intents;
    private DateTimeOffset _first;
    private DateTimeOffset _last;

    public static void Run(PolicyIndex index, IEnumerable<RecordedIntent> intents, DiagnosticBag found)
    {
        var check = new UsageCheck(index, found);
        foreach (RecordedIntent intent in intents)
        {
            check.Note(intent.Request);
        }

        if (check._intents > 0)
        {
            foreach (Grant? grant in index.Grants.Select(g => g.Grant))
            {
                check.Report(grant);
            }
        }
    }

    private void Note(PolicyRequest request)
    {
        _first = _intents == 0 ? request.Context.Time : _first;
        _last = request.Context.Time;
        _intents++;
        Decision decision = Authorizer.Decide(index, request);
        if (decision.Outcome == Outcome.Forbid || decision.Grant is not { } grant)
        {
            return;
        }

        if (!_uses.TryGetValue(grant, out Use? use))
        {
            _uses.Add(grant, use = new Use());
        }

        use.Count++;
        use.Last = request.Context.Time;
        use.Actions.Add(request.Action);
        use.Targets.Add(request.Target);
    }

    private void Report(Grant grant)
    {
        string period = $"{_intents} requests from {Day(_first)} to {Day(_last)}";
        if (!_uses.TryGetValue(grant.Name, out Use? use))
        {
            found.Warning(grant.Location, "wider-than-used", $"grant `{grant.Name}` was not used at all in {period}",
                "take it out, or make it a grant on request");
            return;
        }

        string used = $"used {use.Count} times in {period}, last on {Day(use.Last)}";
        var idle = Enum.GetValues<PolicyAction>()
            .Where(action => action != PolicyAction.Connect && grant.Allow.Gives(action)
            && !use.Actions.Contains(action))
            .Select(PolicyWords.Of)
            .ToList();
        if (idle.Count > 0)
        {
            found.Warning(grant.Location, "wider-than-used",
                $"grant `{grant.Name}`, {used}: never for {string.Join(", ", idle)}", "take out what is not needed");
        }

        int targets = index.Content.Targets.Values.Count(grant.Targets.Matches);
        if (use.Targets.Count < targets)
        {
            found.Warning(grant.Location, "wider-than-used",
                $"grant `{grant.Name}`, {used}: on {use.Targets.Count} of the {targets} targets it selects");
        }
    }

    private static string Day(DateTimeOffset time) => time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private sealed class Use
    {
        public long Count { get; set; }

        public DateTimeOffset Last { get; set; }

        public HashSet<PolicyAction> Actions { get; } = [];

        public HashSet<string> Targets { get; } = new(StringComparer.Ordinal);
    }
}
