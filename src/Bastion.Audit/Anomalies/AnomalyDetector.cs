using Bastion.Audit.Anomalies.Rules;
using Bastion.Audit.Reports.Reading;

namespace Bastion.Audit.Anomalies;

/// <summary>
/// Reads a journal in order and flags what is unusual. It is a function of the records alone: read again from the same
/// place it flags the same, so its state needs no file; some months before the present are enough to know what is usual.
/// </summary>
public sealed class AnomalyDetector
{
    /// <summary>The same of the same is said once in this time.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromDays(1);

    private const int MaxSessions = 64 * 1024;
    private const int MaxRemembered = 64 * 1024;

    private readonly RecordMembers members = new(new TextPool());
    private readonly ObservedRecord record;
    private readonly Dictionary<string, (string Person, string Target)> sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Rule, string Subject, string? Object), DateTimeOffset> flagged = [];
    private readonly IAnomalyRule[] rules;
    private List<Anomaly>? found;

    /// <param name="zone">Whose hours are the usual ones.</param>
    public AnomalyDetector(TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        record = new ObservedRecord(members);
        var people = new Acquaintance();
        rules =
        [
            new FirstTimeOnTarget(people), new NewNetwork(people), new UnusualHour(people, zone), new DestructionSpeed(),
            new ManyDenials(), new CoverageDrop(), new HastyApprover(), new ApprovalPair(),
            // Last: what is usual is judged by what was known before this record.
            people,
        ];
    }

    /// <summary>What this record, after all before it, gives reason to flag.</summary>
    public IReadOnlyList<Anomaly> Observe(JournalEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        found = null;
        members.Read(entry.DataJson);
        if (entry.Kind == "anomaly.flagged")
        {
            Remember(members.Text("rule"u8) ?? "", members.Text("subject"u8) ?? "", members.Text("object"u8), entry.At);
            return [];
        }
        (record.Sequence, record.At, record.Kind) = (entry.Sequence, entry.At, entry.Kind);
        (string Person, string Target) session = default;
        if (entry.Session is { } id)
        {
            sessions.TryGetValue(id, out session);
        }
        record.Person = members.Text("user"u8) ?? session.Person;
        record.Target = members.Text("target"u8) ?? session.Target;
        foreach (IAnomalyRule rule in rules)
        {
            rule.Observe(record, Flag);
        }
        Follow(entry);
        return found ?? [];
    }

    private void Flag(Anomaly anomaly)
    {
        var key = (anomaly.Rule, anomaly.Subject, anomaly.Object);
        if (flagged.TryGetValue(key, out DateTimeOffset last) && record.At - last < Quiet)
        {
            return;
        }
        Remember(anomaly.Rule, anomaly.Subject, anomaly.Object, record.At);
        (found ??= []).Add(anomaly);
    }

    private void Remember(string rule, string subject, string? thing, DateTimeOffset at)
    {
        if (flagged.Count >= MaxRemembered)
        {
            foreach (var old in flagged.Where(each => at - each.Value >= Quiet).Select(each => each.Key).ToList())
            {
                flagged.Remove(old);
            }
        }
        if (flagged.Count < MaxRemembered)
        {
            flagged[(rule, subject, thing)] = at;
        }
    }

    private void Follow(JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case "session.started" when entry.Session is { } id && sessions.Count < MaxSessions:
                sessions[id] = (record.Person ?? "", record.Target ?? "");
                break;
            case "session.ended" or "session.interrupted" when entry.Session is { } id:
                sessions.Remove(id);
                break;
        }
    }
}
