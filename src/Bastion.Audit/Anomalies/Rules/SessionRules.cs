using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Bastion.Audit.Reports.Figures;
using Bastion.Audit.Reports.Reading;

namespace Bastion.Audit.Anomalies.Rules;

/// <summary>Somebody well known is on a target for the first time.</summary>
internal sealed class FirstTimeOnTarget(Acquaintance people) : IAnomalyRule
{
    public const string Name = "first-time-on-target";

    private readonly PersonalSets _targets = new();

    public void Observe(ObservedRecord record, Action<Anomaly> flag)
    {
        if (record is { Kind: "session.started", Person: { } person, Target: { } target }
            && _targets.Add(person, target) && people.Knows(person, record.At))
        {
            flag(new Anomaly(
                Name, person, target,
                string.Create(CultureInfo.InvariantCulture,
                    $"the first of {people.SessionsOf(person) + 1} sessions that goes to this target"),
                        [record.Sequence]));
        }
    }
}

/// <summary>Somebody well known comes from a network they never came from: a /24, or a /48 of IPv6.</summary>
internal sealed class NewNetwork(Acquaintance people) : IAnomalyRule
{
    public const string Name = "new-network";

    private const int BytesOfV4 = 3;
    private const int BytesOfV6 = 6;

    private readonly PersonalSets _networks = new();

    public void Observe(ObservedRecord record, Action<Anomaly> flag)
    {
        if (record is { Kind: "session.started", Person: { } person }
            && NetworkOf(record.Members.Text("source"u8)) is { } network
            && _networks.Add(person, network) && people.Knows(person, record.At))
        {
            flag(new Anomaly(
                Name, person, network,
                string.Create(CultureInfo.InvariantCulture,
                    $"none of {people.SessionsOf(person)} earlier sessions came from there"), [record.Sequence]));
        }
    }

    private static string? NetworkOf(string? source)
    {
        if (!IPAddress.TryParse(SessionFigures.HostOf(source), out IPAddress? address))
        {
            return null;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        int kept = address.AddressFamily == AddressFamily.InterNetwork ? BytesOfV4 : BytesOfV6;
        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(kept).Clear();
        return $"{new IPAddress(bytes)}/{kept * 8}";
    }
}

/// <summary>A session at an hour at which this person has practically never begun one.</summary>
internal sealed class UnusualHour(Acquaintance people, TimeZoneInfo zone) : IAnomalyRule
{
    public const string Name = "unusual-hour";

    /// <summary>Fewer say nothing about habits.</summary>
    private const int SessionsToJudge = 50;

    /// <summary>One in a hundred, in this hour and those beside it.</summary>
    private const int RareShare = 100;

    private const int HoursBeside = 2;
    private const int HoursADay = 24;
    private const int MaximumPeople = 16 * 1024;

    private readonly LocalClock _clock = new(zone);
    private readonly Dictionary<string, int[]> _habits = new(StringComparer.Ordinal);

    public void Observe(ObservedRecord record, Action<Anomaly> flag)
    {
        if (record is not { Kind: "session.started", Person: { } person })
        {
            return;
        }

        DateTime local = _clock.Local(record.At);
        int day = local.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? HoursADay : 0;
        if (!_habits.TryGetValue(person, out int[]? hours))
        {
            if (_habits.Count == MaximumPeople)
            {
                return;
            }

            _habits.Add(person, hours = new int[2 * HoursADay]);
        }

        int all = hours.Sum();
        int around = Enumerable.Range(local.Hour + HoursADay - HoursBeside, (2 * HoursBeside) + 1)
            .Sum(hour => hours[day + (hour % HoursADay)]);
        if (all >= SessionsToJudge && around * RareShare < all && people.Knows(person, record.At))
        {
            flag(new Anomaly(
                Name, person, null,
                string.Create(CultureInfo.InvariantCulture,
                    $"{local:dddd HH:mm}: {around} of {all} earlier sessions began within two hours of it on such a "
                        + $"day"), [record.Sequence]));
        }

        hours[day + local.Hour]++;
    }
}

/// <summary>The gateway understands far less of what a person runs than it used to.</summary>
internal sealed class CoverageDrop : IAnomalyRule
{
    public const string Name = "coverage-drop";

    private const int SessionsToJudge = 20;
    private const int Newest = 3;
    private const int DropInPoints = 30;
    private const int MaximumPeople = 16 * 1024;

    private readonly Dictionary<string, History> _people = new(StringComparer.Ordinal);

    public void Observe(ObservedRecord record, Action<Anomaly> flag)
    {
        if (record is not { Kind: "session.ended", Person: { } person }
            || record.Members.Number("coveragePercent"u8) is not { } coverage)
        {
            return;
        }

        if (!_people.TryGetValue(person, out History? history))
        {
            if (_people.Count == MaximumPeople)
            {
                return;
            }

            _people.Add(person, history = new History());
        }

        history.Newest.Enqueue((record.Sequence, coverage));
        if (history.Newest.Count > Newest)
        {
            (_, long older) = history.Newest.Dequeue();
            history.Sum += older;
            history.Count++;
        }

        if (history.Count < SessionsToJudge)
        {
            return;
        }

        double usual = (double)history.Sum / history.Count;
        double now = history.Newest.Average(session => session.Coverage);
        if (usual - now >= DropInPoints)
        {
            flag(new Anomaly(
                Name, person, record.Target,
                string.Create(CultureInfo.InvariantCulture,
                    $"{now:0} % of the last {Newest} sessions was understood, usually {usual:0} %"),
                [.. history.Newest.Select(session => session.Sequence)]));
        }
    }

    private sealed class History
    {
        public long Sum { get; set; }

        public long Count { get; set; }

        public Queue<(long Sequence, long Coverage)> Newest { get; } = new();
    }
}
