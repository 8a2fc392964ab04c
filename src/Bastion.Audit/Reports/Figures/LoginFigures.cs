using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

internal sealed class LoginFigures
{
    private const int MaximumListed = 50;

    private readonly Counts _methods = new(maximumNames: 64);
    private readonly Counts _reasons = new(maximumNames: 256);
    private readonly Tally<Failures> _users = new(name => new Failures(name));
    private readonly Tally<Failures> _sources = new(name => new Failures(name));
    private readonly Dictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);
    private long _succeeded;
    private long _failed;
    private long _refusedConnections;

    /// <summary>People are those of the policy: far fewer than this.</summary>
    private const int MaximumSeen = 16 * 1024;

    public IReadOnlyDictionary<string, DateTimeOffset> Seen => _seen;

    public void Succeeded(ReadRecord record)
    {
        _succeeded++;
        _methods.Add(string.Join(" + ", record.Members.Texts("methods"u8)));
        string person = record.Person;
        if (_seen.ContainsKey(person) || _seen.Count < MaximumSeen)
        {
            _seen[person] = record.At;
        }
    }

    public void Failed(ReadRecord record)
    {
        _failed++;
        record.Slice.FailedLogins++;
        string reason = record.Members.Text("reason"u8) ?? "";
        string source = SessionFigures.HostOf(record.Members.Text("source"u8)) ?? "\u2013";
        _reasons.Add(reason);
        _users[record.Person].Add(source, record.At, reason);
        _sources[source].Add(record.Person, record.At, reason);
    }

    public void RefusedConnection() => _refusedConnections++;

    public LoginSection Build() => new()
    {
        Succeeded = _succeeded,
        Failed = _failed,
        Methods = _methods.Top(),
        FailedByUser = Top(_users),
        FailedBySource = Top(_sources),
        FailureReasons = _reasons.Top(20),
        RefusedConnections = _refusedConnections,
    };

    private static FailureRow[] Top(Tally<Failures> failures) =>
        [.. failures.Rows.OrderByDescending(row => row.Count).ThenBy(row => row.Name, StringComparer.Ordinal)
        .Take(MaximumListed)
            .Select(row => new FailureRow(row.Name, row.Count, row.Others.Count, row.Last, row.Reason))];

    private sealed class Failures(string name)
    {
        public string Name { get; } = name;

        public long Count { get; private set; }

        public Distinct Others { get; } = new();

        public DateTimeOffset Last { get; private set; }

        public string Reason { get; private set; } = "";

        public void Add(string other, DateTimeOffset at, string reason)
        {
            Count++;
            Others.Add(other);
            Last = at;
            Reason = reason;
        }
    }
}
