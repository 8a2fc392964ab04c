using System.IO.Enumeration;
using Bastion.Policy;

namespace Bastion.Control.Gating;

/// <summary>Counts as they stood at a moment of the past: what was released before it is added in order while the
/// journal is replayed.</summary>
public sealed class ReplayedCounts(PolicySnapshot policy) : ICountSource
{
    /// <summary>More than any window of a sensible rule holds; beyond it the oldest are forgotten.</summary>
    private const int MaximumKept = 200_000;

    /// <summary>In the order of their times.</summary>
    private readonly List<PastRelease> _released = [];

    public void Add(PastRelease release)
    {
        if (_released.Count >= MaximumKept)
        {
            _released.RemoveRange(0, MaximumKept / 2);
        }

        _released.Add(release);
    }

    public bool TryCount(PolicyCounter counter, PolicyRequest request, out long count)
    {
        string key = counter.KeyOf(policy, request.Principal.Name, request.Target);
        count = 0;
        for (int i = _released.Count - 1; i >= 0 && _released[i].At > request.Context.Time - counter.Window; i--)
        {
            if (counter.KeyOf(policy, _released[i].Person, _released[i].Target) == key)
            {
                count += counter.ObjectsIn(_released[i]);
            }
        }

        return true;
    }
}

/// <summary>What belongs to which counter.</summary>
internal static class CounterKeys
{
    private const string SystemLabel = "system";

    public static string KeyOf(this PolicyCounter counter, PolicySnapshot policy, string person, string target) =>
        counter.Per switch
        {
            CountedPer.Person => person,
            CountedPer.Target => target,
            _ => policy.Targets.TryGetValue(target, out Target? found)
                && found.Labels.TryGetValue(SystemLabel, out string? system) ? system : target,
        };

    public static bool Counts(this PolicyCounter counter, string kind) =>
        counter.Effects.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, kind, ignoreCase: false));

    public static long ObjectsIn(this PolicyCounter counter, PastRelease release) =>
        release.Effects.Where(effect => counter.Counts(effect.Kind)).Sum(effect => (long)effect.Objects);
}
