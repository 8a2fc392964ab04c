namespace Bastion.Policy;

/// <summary>An intent of a past session, as a question to any policy.</summary>
/// <param name="Id">Where to find it again, such as its journal record.</param>
/// <param name="Text">What was asked, for people: the command line.</param>
public sealed record RecordedIntent(string Id, string Text, PolicyRequest Request);

/// <summary>Intents that two policies decide differently in the same way.</summary>
/// <param name="Rule">What decides in the new policy.</param>
/// <param name="Examples">The first few; <paramref name="Count"/> has them all.</param>
public sealed record PolicyChange(Outcome Before, Outcome After, string Rule, long Count,
    IReadOnlyList<RecordedIntent> Examples);

/// <summary>What a new policy would have decided differently.</summary>
/// <param name="Changes">The most frequent first.</param>
public sealed record PolicyDiffReport(string OldVersion, string NewVersion, long Intents, long Different,
    IReadOnlyList<PolicyChange> Changes);

/// <summary>
/// Replays recorded intents under two policies. Behind `bastion policy diff`: no rule goes live blind. Reads its input
/// once, and keeps only counts and a few examples of each change.
/// </summary>
public static class PolicyDiff
{
    private const int ExamplesKept = 5;

    public static PolicyDiffReport Compare(PolicySnapshot before, PolicySnapshot after,
        IEnumerable<RecordedIntent> intents)
    {
        var changes = new Dictionary<(Outcome Before, Outcome After, string Rule, int Approvers),
            (long Count, List<RecordedIntent> Examples)>();
        long total = 0, different = 0;
        foreach (RecordedIntent intent in intents)
        {
            total++;
            Decision was = before.Decide(intent.Request);
            Decision now = after.Decide(intent.Request);
            if (IsSame(was, now))
            {
                continue;
            }

            different++;
            (Outcome, Outcome, string Name, int) key =
                (was.Outcome, now.Outcome, now.Determining[0].Name, now.Requirements.Sum(r => r.Approvers));
            (long Count, List<RecordedIntent> Examples) known = changes.GetValueOrDefault(key, (0, []));
            if (known.Examples.Count < ExamplesKept)
            {
                known.Examples.Add(intent);
            }

            changes[key] = (known.Count + 1, known.Examples);
        }

        return new PolicyDiffReport(
            before.Version, after.Version, total, different,
            [
                .. changes
                    .Select(c =>
                    new PolicyChange(c.Key.Before, c.Key.After, c.Key.Rule, c.Value.Count, c.Value.Examples))
                    .OrderByDescending(c => c.Count)
                    .ThenBy(c => c.Rule, StringComparer.Ordinal),
            ]);
    }

    /// <summary>Same outcome, and the same asked of the same people.</summary>
    private static bool IsSame(Decision one, Decision other) =>
        one.Outcome == other.Outcome
        && one.Requirements.Count == other.Requirements.Count
        && one.Requirements.Zip(other.Requirements).All(pair =>
            pair.First.Approvers == pair.Second.Approvers
            && pair.First.Tier == pair.Second.Tier
            && pair.First.Within == pair.Second.Within
            && pair.First.From.SequenceEqual(pair.Second.From));
}
