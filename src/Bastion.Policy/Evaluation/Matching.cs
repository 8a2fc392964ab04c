using System.Net;
using Bastion.Policy.Model;
using Bastion.Policy.Values;

namespace Bastion.Policy.Evaluation;

/// <summary>Which way to err where it is not certain whether something matches.</summary>
internal enum Doubt
{
    /// <summary>Matches when it possibly does: for what stops an act.</summary>
    Matches,

    /// <summary>Matches only when it surely does: for what lets an act through.</summary>
    DoesNotMatch,
}

/// <summary>The single tests a rule is made of. Loops over lists by index: nothing here allocates.</summary>
internal static class Matching
{
    public static bool InHours(IReadOnlyList<TimeWindow> hours, DateTimeOffset time)
    {
        for (int i = 0; i < hours.Count; i++)
        {
            if (hours[i].Contains(time))
            {
                return true;
            }
        }

        return hours.Count == 0;
    }

    public static bool InNetworks(IReadOnlyList<IPNetwork> networks, IPAddress address)
    {
        for (int i = 0; i < networks.Count; i++)
        {
            if (NetworkText.Contains(networks[i], address))
            {
                return true;
            }
        }

        return networks.Count == 0;
    }

    public static bool IsAccount(IReadOnlyList<string> patterns, string account)
    {
        for (int i = 0; i < patterns.Count; i++)
        {
            if (Glob.Matches(patterns[i], account))
            {
                return true;
            }
        }

        return patterns.Count == 0;
    }

    public static bool IsOneOf<T>(IReadOnlyList<T> values, T value) where T : struct, Enum
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (EqualityComparer<T>.Default.Equals(values[i], value))
            {
                return true;
            }
        }

        return values.Count == 0;
    }

    public static bool IsEffect(Match match, PolicyEffect effect, Doubt doubt, PatternNames names)
    {
        if (effect.Level < match.AtLeast || effect.Level > match.AtMost || !IsKind(match.Effects, effect.Kind))
        {
            return false;
        }

        return match.Objects.Count == 0
            || (doubt == Doubt.Matches
            ? AnyMayBeTouched(match.Objects, effect.Objects, names)
            : AllAreCovered(match.Objects, effect.Objects, names));
    }

    private static bool IsKind(IReadOnlyList<string> patterns, string kind)
    {
        for (int i = 0; i < patterns.Count; i++)
        {
            if (EffectWords.Matches(patterns[i], kind))
            {
                return true;
            }
        }

        return patterns.Count == 0;
    }

    // An effect that does not say what it touches may touch anything.
    private static bool AnyMayBeTouched(IReadOnlyList<ObjectPatterns> patterns, IReadOnlyList<PolicyObject> objects,
        PatternNames names)
    {
        for (int i = 0; i < objects.Count; i++)
        {
            for (int p = 0; p < patterns.Count; p++)
            {
                if (patterns[p].Kind == objects[i].Kind
                    && (!objects[i].Known || patterns[p].MayTouch(objects[i].Text, names)))
                {
                    return true;
                }
            }
        }

        return objects.Count == 0;
    }

    private static bool AllAreCovered(IReadOnlyList<ObjectPatterns> patterns, IReadOnlyList<PolicyObject> objects,
        PatternNames names)
    {
        for (int i = 0; i < objects.Count; i++)
        {
            bool isCovered = false;
            for (int p = 0; p < patterns.Count && !isCovered; p++)
            {
                isCovered = objects[i].Known && patterns[p].Kind == objects[i].Kind
                    && patterns[p].SurelyCovers(objects[i].Text, names);
            }

            if (!isCovered)
            {
                return false;
            }
        }

        return objects.Count > 0;
    }
}
