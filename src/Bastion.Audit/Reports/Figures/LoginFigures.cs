using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

internal sealed class LoginFigures
{
    private const int MaxListed = 50;

    private readonly Counts methods = new(maxNames: 64);
    private readonly Counts reasons = new(maxNames: 256);
    private readonly Tally<Failures> users = new(name => new Failures(name));
    private readonly Tally<Failures> sources = new(name => new Failures(name));
    private readonly Dictionary<string, DateTimeOffset> seen = new(StringComparer.Ordinal);
    private long succeeded;
    private long failed;
    private long refusedConnections;

    /// <summary>People are those of the policy: far fewer than this.</summary>
    private const int MaxSeen = 16 * 1024;

    public IReadOnlyDictionary<string, DateTimeOffset> Seen => seen;

    public void Succeeded(ReadRecord record)
    {
        succeeded++;
        methods.Add(string.Join(" + ", record.Members.Texts("methods"u8)));
        string person = record.Person;
        if (seen.ContainsKey(person) || seen.Count < MaxSeen)
        {
            seen[person] = record.At;
        }
    }

    public void Failed(ReadRecord record)
    {
        failed++;
        record.Slice.FailedLogins++;
        string reason = record.Members.Text("reason"u8) ?? "";
        string source = SessionFigures.HostOf(record.Members.Text("source"u8)) ?? "\u2013";
        reasons.Add(reason);
        users[record.Person].Add(source, record.At, reason);
        sources[source].Add(record.Person, record.At, reason);
    }

    public void RefusedConnection() => refusedConnections++;

    public LoginSection Build() => new()
    {
        Succeeded = succeeded,
        Failed = failed,
        Methods = methods.Top(),
        FailedByUser = Top(users),
        FailedBySource = Top(sources),
        FailureReasons = reasons.Top(20),
        RefusedConnections = refusedConnections,
    };

    private static FailureRow[] Top(Tally<Failures> failures) =>
        [.. failures.Rows.OrderByDescending(row => row.Count).ThenBy(row => row.Name, StringComparer.Ordinal).Take(MaxListed)
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
