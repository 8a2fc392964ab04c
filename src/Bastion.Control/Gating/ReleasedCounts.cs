using System.IO.Enumeration;
using Bastion.Analysis;
using Bastion.Control.Policies;
using Bastion.Control.Sessions;
using Bastion.Policy;

namespace Bastion.Control.Gating;

/// <summary>
/// Counts what was released, for the rules that ask how much somebody did lately. Kept in memory: a restart of the gateway
/// starts the windows anew.
/// </summary>
internal sealed class ReleasedCounts(PolicyHolder policies, TimeProvider time) : ICountSource
{
    /// <summary>Counters times people; beyond it nothing can be counted and such rules forbid.</summary>
    private const int Capacity = 50_000;

    private const string SystemLabel = "system";

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Rule, string Key), Queue<(long At, int Objects)>> _counts = [];

    public bool TryCount(PolicyCounter counter, PolicyRequest request, out long count)
    {
        count = 0;
        lock (_lock)
        {
            if (!_counts.TryGetValue((counter.Rule, KeyOf(counter, request.Principal.Name, request.Target)), out var released))
            {
                return _counts.Count < Capacity;
            }

            while (released.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) > counter.Window)
            {
                released.Dequeue();
            }

            count = released.Sum(one => (long)one.Objects);
            return true;
        }
    }

    public void Add(Session session, IntentReading reading)
    {
        foreach (var counter in policies.Current.Counters)
        {
            var objects = reading.Effects.Where(effect => Counts(counter, effect)).Sum(effect => Math.Max(1, effect.Objects.Count));
            if (objects > 0)
            {
                Add(counter, KeyOf(counter, session.Principal, session.Target), objects);
            }
        }
    }

    private void Add(PolicyCounter counter, string key, int objects)
    {
        lock (_lock)
        {
            if (!_counts.TryGetValue((counter.Rule, key), out var released))
            {
                if (_counts.Count >= Capacity)
                {
                    return;
                }

                _counts[(counter.Rule, key)] = released = [];
            }

            released.Enqueue((time.GetTimestamp(), objects));
        }
    }

    private static bool Counts(PolicyCounter counter, Effect effect) =>
        counter.Effects.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, effect.Kind.Name(), ignoreCase: false));

    private string KeyOf(PolicyCounter counter, string person, string target) => counter.Per switch
    {
        CountedPer.Person => person,
        CountedPer.Target => target,
        _ => policies.Current.Targets.TryGetValue(target, out var found)
            && found.Labels.TryGetValue(SystemLabel, out var system)
                ? system
                : target,
    };
}
