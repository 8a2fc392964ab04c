using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

internal sealed class SessionFigures(LocalClock clock)
{
    private const int DayStarts = 7;
    private const int DayEnds = 20;
    private const int MaximumListed = 200;
    private const int MillisecondsAMinute = 60_000;

    private readonly Tally<PersonCount> _people = new(name => new PersonCount(name));
    private readonly Tally<TargetCount> _targets = new(name => new TargetCount(name));
    private readonly Tally<GrantCount> _grants = new(name => new GrantCount(name));
    private readonly Counts _sources = new();
    private readonly Counts _clients = new(maximumNames: 128);
    private readonly Counts _ends = new(maximumNames: 64);
    private readonly Durations _lengths = new();
    private readonly long[,] _week = new long[7, 24];
    private long _started;
    private long _offHours;
    private long _mostAtOnce;
    private long _coverageSum;
    private long _coverageCount;

    public double? Coverage => _coverageCount == 0 ? null : Math.Round((double)_coverageSum / _coverageCount, 1);

    public void Started(ReadRecord record, int openNow)
    {
        _started++;
        record.Slice.Sessions++;
        _mostAtOnce = Math.Max(_mostAtOnce, openNow);
        DateTime local = clock.Local(record.At);
        int weekday = ((int)local.DayOfWeek + 6) % 7;
        _week[weekday, local.Hour]++;
        bool off = weekday >= 5 || local.Hour is < DayStarts or >= DayEnds;
        _offHours += off ? 1 : 0;
        string? source = HostOf(record.Members.Text("source"u8));
        PersonCount person = _people[record.Person];
        person.Sessions++;
        person.OffHours += off ? 1 : 0;
        person.Targets.Add(record.Target);
        person.Sources.Add(source);
        person.LastSeen = record.At;
        TargetCount target = _targets[record.Target];
        target.Sessions++;
        target.People.Add(record.Person);
        target.Accounts.Add(record.Members.Text("account"u8));
        _sources.Add(source);
        _clients.Add(record.Members.Text("client"u8));
        foreach (string name in record.Members.Texts("grants"u8))
        {
            GrantCount grant = _grants[name];
            grant.Sessions++;
            grant.People.Add(record.Person);
            grant.Targets.Add(record.Target);
            grant.Last = record.At;
        }
    }

    public void Ended(ReadRecord record)
    {
        _ends.Add(record.Members.Text("outcome"u8));
        PersonCount person = _people[record.Person];
        if (record.Members.Number("durationMs"u8) is { } length)
        {
            _lengths.Add(length);
            person.Milliseconds += length;
        }

        if (record.Members.Number("coveragePercent"u8) is { } coverage)
        {
            _coverageSum += coverage;
            _coverageCount++;
            record.Slice.CoverageSum += coverage;
            record.Slice.CoverageCount++;
            person.CoverageSum += coverage;
            person.CoverageCount++;
        }
    }

    public void Decided(ReadRecord record, bool held, bool forbidden)
    {
        PersonCount person = _people[record.Person];
        person.Commands++;
        TargetCount target = _targets[record.Target];
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
        Started = _started,
        People = _people.Rows.Count(row => row.Sessions > 0),
        Targets = _targets.Rows.Count(row => row.Sessions > 0),
        OffHours = _offHours,
        MostAtOnce = _mostAtOnce,
        MedianMinutes = _lengths.Quantile(0.5) is { } median ? Math.Round(median / 60, 1) : null,
        Week = [.. Enumerable.Range(0, 7)
            .Select(day => (IReadOnlyList<long>)[.. Enumerable.Range(0, 24).Select(hour => _week[day, hour])])],
        ByPerson = [.. _people.Rows.OrderByDescending(row => row.Sessions)
            .ThenBy(row => row.Name, StringComparer.Ordinal).Take(MaximumListed).Select(row => row.Build())],
        ByTarget = [.. _targets.Rows.OrderByDescending(row => row.Sessions)
            .ThenBy(row => row.Name, StringComparer.Ordinal).Take(MaximumListed).Select(row => row.Build())],
        BySource = _sources.Top(),
        ByClient = _clients.Top(20),
        Ends = _ends.Top(),
    };

    public IReadOnlyList<GrantRow> BuildGrants() =>
        [.. _grants.Rows.OrderByDescending(row => row.Sessions).Take(MaximumListed)
            .Select(row => new GrantRow(row.Name, row.Sessions, row.People.Count, row.Targets.Count, row.Last))];

    /// <summary>The address without its port.</summary>
    internal static string? HostOf(string? source)
    {
        if (source is null)
        {
            return null;
        }

        int colon = source.LastIndexOf(':');
        bool port = colon > 0
            && (source[0] == '[' ? source[colon - 1] == ']' : source.IndexOf(':', StringComparison.Ordinal) == colon);
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
            Name = Name,
            Sessions = Sessions,
            OffHours = OffHours,
            Targets = Targets.Count,
            Sources = Sources.Count,
            Commands = Commands,
            Held = Held,
            Forbidden = Forbidden,
            LastSeen = LastSeen,
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

        public Counts Accounts { get; } = new(maximumNames: 32);

        public TargetRow Build() => new()
        {
            Name = Name,
            Sessions = Sessions,
            People = People.Count,
            Commands = Commands,
            Held = Held,
            Forbidden = Forbidden,
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
