using Bastion.Analysis;
using Bastion.Audit;
using Bastion.Control.Policies;
using Bastion.Control.Sessions;
using Bastion.Policy;

namespace Bastion.Control.Gating;

/// <summary>
/// Counts what was released, for the rules that ask how much somebody did lately. Kept in memory; after a restart the
/// journal says what it was. A counter that a reload brings begins at nothing.
/// </summary>
internal sealed class ReleasedCounts(PolicyHolder policies, TimeProvider time) : ICountSource
{
    /// <summary>Counters times people; beyond it nothing can be counted and such rules forbid.</summary>
    private const int Capacity = 50_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Rule, string Key), Queue<(long At, long Objects)>> _counts = [];
    private bool _unknown;

    public bool TryCount(PolicyCounter counter, PolicyRequest request, out long count)
    {
        count = 0;
        lock (_lock)
        {
            if (_unknown)
            {
                return false;
            }

            if (!_counts.TryGetValue((counter.Rule, counter.KeyOf(policies.Current, request.Principal.Name,
                request.Target)), out Queue<(long At, long Objects)>? released))
            {
                return _counts.Count < Capacity;
            }

            while (released.TryPeek(out (long At, long Objects) oldest)
                && time.GetElapsedTime(oldest.At) > counter.Window)
            {
                released.Dequeue();
            }

            count = released.Sum(one => one.Objects);
            return true;
        }
    }

    public void Add(Session session, IntentReading reading)
    {
        foreach (PolicyCounter counter in policies.Current.Counters)
        {
            long objects = reading.Effects.Where(effect => counter.Counts(effect.Kind.Name()))
                .Sum(effect => (long)Math.Max(1, effect.Objects.Count));
            Add(counter, counter.KeyOf(policies.Current, session.Principal, session.Target), objects,
                time.GetTimestamp());
        }
    }

    /// <summary>What was released before this process began. When it cannot be read to its end, nothing is known and
    /// rules that ask forbid.</summary>
    public void Recall(IEnumerable<PastRelease> past)
    {
        DateTimeOffset now = time.GetUtcNow();
        long timestamp = time.GetTimestamp();
        try
        {
            foreach (PastRelease release in past)
            {
                // A clock that was set back must not make an act younger than now.
                TimeSpan age = now - release.At < TimeSpan.Zero ? TimeSpan.Zero : now - release.At;
                foreach (PolicyCounter? counter in policies.Current.Counters.Where(counter => age <= counter.Window))
                {
                    string key = counter.KeyOf(policies.Current, release.Person, release.Target);
                    Add(counter, key, counter.ObjectsIn(release),
                        timestamp - (long)(age.TotalSeconds * time.TimestampFrequency));
                }
            }
        }
        catch (Exception unreadable) when (unreadable is JournalDamagedException or IOException)
        {
            lock (_lock)
            {
                _unknown = true;
            }
        }
    }

    private void Add(PolicyCounter counter, string key, long objects, long at)
    {
        if (objects == 0)
        {
            return;
        }


        lock (_lock)
        {
            if (!_counts.TryGetValue((counter.Rule, key), out Queue<(long At, long Objects)>? released))
            {
                if (_counts.Count >= Capacity)
                {
                    return;
                }

                _counts[(counter.Rule, key)] = released = [];
            }

            released.Enqueue((at, objects));
        }
    }
}
