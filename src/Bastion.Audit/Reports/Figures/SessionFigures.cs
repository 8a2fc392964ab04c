using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

internal sealed class SessionFigures(LocalClock clock)
{
    private const int DayStarts = 7;
    private const int DayEnds = 20;
    private const int MaxListed = 200;
    private const int MillisecondsAMinute = 60_000;

    private readonly Tally<PersonCount> people = new(name => new PersonCount(name));
    private readonly Tally<TargetCount> targets = new(name => new TargetCount(name));
    private readonly Tally<GrantCount> grants = new(name => new GrantCount(name));
    private readonly Counts sources = new();
    private readonly Counts clients = new(maxNames: 128);
    private readonly Counts ends = new(maxNames: 64);
    private readonly Durations lengths = new();
    private readonly long[,] week = new long[7, 24];
    private long started;
    private long offHours;
    private long mostAtOnce;
    private long coverageSum;
    private long coverageCount;

    public double? Coverage => coverageCount == 0 ? null : Math.Round((double)coverageSum / coverageCount, 1);

    public void Started(ReadRecord record, int openNow)
    {
        started++;
        record.Slice.Sessions++;
        mostAtOnce = Math.Max(mostAtOnce, openNow);
        DateTime local = clock.Local(record.At);
        int weekday = ((int)local.DayOfWeek + 6) % 7;
        week[weekday, local.Hour]++;
        bool off = weekday >= 5 || local.Hour is < DayStarts or >= DayEnds;
        offHours += off ? 1 : 0;
        string? source = HostOf(record.Members.Text("source"u8));
        PersonCount person = people[record.Person];
        person.Sessions++;
        person.OffHours += off ? 1 : 0;
        person.Targets.Add(record.Target);
        person.Sources.Add(source);
        person.LastSeen = record.At;
        TargetCount target = targets[record.Target];
        target.Sessions++;
        target.People.Add(record.Person);
        target.Accounts.Add(record.Members.Text("account"u8));
        sources.Add(source);
        clients.Add(record.Members.Text("client"u8));
        foreach (string name in record.Members.Texts("grants"u8))
        {
            GrantCount grant = grants[name];
            grant.Sessions++;
            grant.People.Add(record.Person);
            grant.Targets.Add(record.Target);
            grant.Last = record.At;
        }
    }

    public void Ended(ReadRecord record)
    {
        ends.Add(record.Members.Text("outcome"u8));
        PersonCount person = people[record.Person];
        if (record.Members.Number("durationMs"u8) is { } length)
        {
            lengths.Add(length);
            person.Milliseconds += length;
        }
        if (record.Members.Number("coveragePercent"u8) is { } coverage)
        {
            coverageSum += coverage;
            coverageCount++;
            record.Slice.CoverageSum += coverage;
            record.Slice.CoverageCount++;
            person.CoverageSum += coverage;
            person.CoverageCount++;
        }
    }

    public void Decided(ReadRecord record, bool held, bool forbidden)
    {
        PersonCount person = people[record.Person];
        person.Commands++;
        TargetCount target = targets[record.Target];
        target.Commands++;
        if (held)
        {
            person.Held++;
            target.Held++;
        }
        else if (forbidden)
        {
            person.Forbidden++;
            target.Forbidden++;
        }
    }

    public SessionSection Build() => new()
    {
        Started = started,
        People = people.Rows.Count(row => row.Sessions > 0),
        Targets = targets.Rows.Count(row => row.Sessions > 0),
        OffHours = offHours,
        MostAtOnce = mostAtOnce,
        MedianMinutes = lengths.Quantile(0.5) is { } median ? Math.Round(median / 60, 1) : null,
        Week = [.. Enumerable.Range(0, 7).Select(day => (IReadOnlyList<long>)[.. Enumerable.Range(0, 24).Select(hour => week[day, hour])])],
        ByPerson = [.. people.Rows.OrderByDescending(row => row.Sessions).ThenBy(row => row.Name, StringComparer.Ordinal).Take(MaxListed).Select(row => row.Build())],
        ByTarget = [.. targets.Rows.OrderByDescending(row => row.Sessions).ThenBy(row => row.Name, StringComparer.Ordinal).Take(MaxListed).Select(row => row.Build())],
        BySource = sources.Top(),
        ByClient = clients.Top(20),
        Ends = ends.Top(),
    };

    public IReadOnlyList<GrantRow> BuildGrants() =>
        [.. grants.Rows.OrderByDescending(row => row.Sessions).Take(MaxListed)
            .Select(row => new GrantRow(row.Name, row.Sessions, row.People.Count, row.Targets.Count, row.Last))];

    /// <summary>The address without its port.</summary>
    internal static string? HostOf(string? source)
    {
        if (source is null)
        {
            return null;
        }
        int colon = source.LastIndexOf(':');
        bool port = colon > 0 && (source[0] == '[' ? source[colon - 1] == ']' : source.IndexOf(':', StringComparison.Ordinal) == colon);
        return port ? source[..colon].Trim('[', ']') : source;
    }

    private sealed class PersonCount(string name)
    {
        public long Sessions;
        public long OffHours;
        public long Commands;
        public long Held;
        public long Forbidden;
        public long Milliseconds;
        public long CoverageSum;
        public long CoverageCount;
        public DateTimeOffset LastSeen;

        public string Name { get; } = name;

        public Distinct Targets { get; } = new();

        public Distinct Sources { get; } = new();

        public PersonRow Build() => new()
        {
            Name = Name, Sessions = Sessions, OffHours = OffHours, Targets = Targets.Count, Sources = Sources.Count,
            Commands = Commands, Held = Held, Forbidden = Forbidden, LastSeen = LastSeen,
            Hours = Math.Round((double)Milliseconds / MillisecondsAMinute / 60, 1),
            Coverage = CoverageCount == 0 ? null : Math.Round((double)CoverageSum / CoverageCount, 1),
        };
    }

    private sealed class TargetCount(string name)
    {
        public long Sessions;
        public long Commands;
        public long Held;
        public long Forbidden;

        public string Name { get; } = name;

        public Distinct People { get; } = new();

        public Counts Accounts { get; } = new(maxNames: 32);

        public TargetRow Build() => new()
        {
            Name = Name, Sessions = Sessions, People = People.Count, Commands = Commands, Held = Held, Forbidden = Forbidden,
            Accounts = Accounts.Top(8),
        };
    }

    private sealed class GrantCount(string name)
    {
        public long Sessions;
        public DateTimeOffset Last;

        public string Name { get; } = name;

        public Distinct People { get; } = new();

        public Distinct Targets { get; } = new();
    }
}
