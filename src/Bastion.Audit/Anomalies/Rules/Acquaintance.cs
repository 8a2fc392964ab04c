namespace Bastion.Audit.Anomalies.Rules;

/// <summary>
/// Whom the gateway knows well enough to be surprised by: somebody who came some times over a week. To a newcomer
/// everything is new.
/// </summary>
internal sealed class Acquaintance : IAnomalyRule
{
    private const int SessionsToKnow = 10;
    private const int MaximumPeople = 16 * 1024;

    private static readonly TimeSpan TimeToKnow = TimeSpan.FromDays(7);

    private readonly Dictionary<string, (DateTimeOffset First, long Sessions)> _people = new(StringComparer.Ordinal);

    public long SessionsOf(string person) =>
        _people.TryGetValue(person, out (DateTimeOffset First, long Sessions) known) ? known.Sessions : 0;

    public bool Knows(string person, DateTimeOffset now) =>
        _people.TryGetValue(person, out (DateTimeOffset First, long Sessions) known) && known.Sessions >= SessionsToKnow
        && now - known.First >= TimeToKnow;

    public void Observe(ObservedRecord record, Action<Anomaly> flag)
    {
        if (record is { Kind: "session.started", Person: { } person })
        {
            if (_people.TryGetValue(person, out (DateTimeOffset First, long Sessions) known))
            {
                _people[person] = (known.First, known.Sessions + 1);
            }
            else if (_people.Count < MaximumPeople)
            {
                _people[person] = (record.At, 1);
            }
        }
    }
}

/// <summary>What each person has had to do with, up to a number of each.</summary>
internal sealed class PersonalSets
{
    private const int MaximumPeople = 16 * 1024;
    private const int MaximumEach = 4096;

    private readonly Dictionary<string, HashSet<string>> _sets = new(StringComparer.Ordinal);

    /// <summary>True when it is new for this person. A full set finds nothing new any more, rather than
    /// everything.</summary>
    public bool Add(string person, string thing)
    {
        if (!_sets.TryGetValue(person, out HashSet<string>? set))
        {
            if (_sets.Count == MaximumPeople)
            {
                return false;
            }

            _sets.Add(person, set = new HashSet<string>(StringComparer.Ordinal));
        }

        return set.Count < MaximumEach && set.Add(thing);
    }
}

/// <summary>The newest acts of each person within a time: how many, and which.</summary>
internal sealed class RecentActs(int count, TimeSpan within)
{
    private const int MaximumPeople = 16 * 1024;

    private readonly Dictionary<string, Queue<(DateTimeOffset At, long Sequence)>> _acts = new(StringComparer.Ordinal);

    /// <summary>The acts, when there are now so many within the time; they are forgotten then, to count anew.</summary>
    public IReadOnlyList<long>? Add(string person, DateTimeOffset at, long sequence)
    {
        if (!_acts.TryGetValue(person, out Queue<(DateTimeOffset At, long Sequence)>? recent))
        {
            if (_acts.Count == MaximumPeople)
            {
                _acts.Clear();
            }

            _acts.Add(person, recent = new Queue<(DateTimeOffset, long)>());
        }

        recent.Enqueue((at, sequence));
        while (recent.TryPeek(out (DateTimeOffset At, long Sequence) oldest) && at - oldest.At > within)
        {
            recent.Dequeue();
        }

        if (recent.Count < count)
        {
            return null;
        }

        long[] sequences = [.. recent.Select(act => act.Sequence)];
        recent.Clear();
        return sequences;
    }
}
