namespace Bastion.Audit.Anomalies;

/// <summary>Something unusual, with what it rests on.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Subject">Whom it is about. A peer's text: escape it before it is shown.</param>
/// <param name="Object">The target, the network, the other approver.</param>
/// <param name="Reason">One sentence with the figures that made the rule fire.</param>
/// <param name="Evidence">Sequences of the records, ascending.</param>
public sealed record Anomaly(string Rule, string Subject, string? Object, string Reason, IReadOnlyList<long> Evidence);

/// <summary>A record as the rules see it.</summary>
internal sealed class ObservedRecord(Reports.Reading.RecordMembers members)
{
    public Reports.Reading.RecordMembers Members { get; } = members;

    public long Sequence { get; set; }

    public DateTimeOffset At { get; set; }

    public string Kind { get; set; } = "";

    /// <summary>Who: of the record itself, or of its session; null when nobody is known.</summary>
    public string? Person { get; set; }

    public string? Target { get; set; }
}

/// <summary>One rule. It keeps what it must know in bounded memory and says when it fires.</summary>
internal interface IAnomalyRule
{
    void Observe(ObservedRecord record, Action<Anomaly> flag);
}
