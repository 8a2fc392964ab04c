using Bastion.Audit.Anomalies.Rules;
using Bastion.Audit.Reports.Reading;

namespace Bastion.Audit.Anomalies;

/// <summary>
/// Reads a journal in order and flags what is unusual. It is a function of the records alone: read again from the same
/// place it flags the same, so its state needs no file; some months before the present are enough to know what is
/// usual.
/// </summary>
public sealed class AnomalyDetector
{
    /// <summary>The same of the same is said once in this time.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromDays(1);

    private const int MaximumSessions = 64 * 1024;
    private const int MaximumRemembered = 64 * 1024;

    private readonly RecordMembers _members = new(new TextPool());
    private readonly ObservedRecord _record;
    private readonly Dictionary<string, (string Person, string Target)> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Rule, string Subject, string? Object), DateTimeOffset> _flagged = [];
    private readonly IAnomalyRule[] _rules;
    private List<Anomaly>? _found;

    /// <param name="zone">Whose hours are the usual ones.</param>
    public AnomalyDetector(TimeZoneInfo zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        _record = new ObservedRecord(_members);
        var people = new Acquaintance();
        _rules =
        [
            new FirstTimeOnTarget(people), new NewNetwork(people), new UnusualHour(people, zone),
            new DestructionSpeed(),
            new ManyDenials(), new CoverageDrop(), new HastyApprover(), new ApprovalPair(),
            // Last: what is usual is judged by what was known before this record.
            people,
        ];
    }

    /// <summary>What this record, after all before it, gives reason to flag.</summary>
    public IReadOnlyList<Anomaly> Observe(JournalEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        _found = null;
        _members.Read(entry.DataJson);
        if (entry.Kind == "anomaly.flagged")
        {
            Remember(_members.Text("rule"u8) ?? "", _members.Text("subject"u8) ?? "", _members.Text("object"u8),
                entry.At);
            return [];
        }

        (_record.Sequence, _record.At, _record.Kind) = (entry.Sequence, entry.At, entry.Kind);
        (string Person, string Target) session = default;
        if (entry.Session is { } id)
        {
            _sessions.TryGetValue(id, out session);
        }

        _record.Person = _members.Text("user"u8) ?? session.Person;
        _record.Target = _members.Text("target"u8) ?? session.Target;
        foreach (IAnomalyRule rule in _rules)
        {
            rule.Observe(_record, Flag);
        }

        Follow(entry);
        return _found ?? [];
    }

    private void Flag(Anomaly anomaly)
    {
        (string Rule, string Subject, string? Object) key = (anomaly.Rule, anomaly.Subject, anomaly.Object);
        if (_flagged.TryGetValue(key, out DateTimeOffset last) && _record.At - last < Quiet)
        {
            return;
        }

        Remember(anomaly.Rule, anomaly.Subject, anomaly.Object, _record.At);
        (_found ??= []).Add(anomaly);
    }

    private void Remember(string rule, string subject, string? thing, DateTimeOffset at)
    {
        if (_flagged.Count >= MaximumRemembered)
        {
            foreach ((string Rule, string Subject, string? Object) old in _flagged.Where(each => at
                - each.Value >= Quiet).Select(each => each.Key).ToList())
            {
                _flagged.Remove(old);
            }
        }

        if (_flagged.Count < MaximumRemembered)
        {
            _flagged[(rule, subject, thing)] = at;
        }
    }

    private void Follow(JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case "session.started" when entry.Session is { } id && _sessions.Count < MaximumSessions:
                _sessions[id] = (_record.Person ?? "", _record.Target ?? "");
                break;
            case "session.ended" or "session.interrupted" when entry.Session is { } id:
                _sessions.Remove(id);
                break;
        }
    }
}
