using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

/// <summary>Recordings that fell short, what was tried past the gate, who looked, what was flagged.</summary>
internal sealed class EvidenceFigures
{
    private const int MaximumListed = 200;

    private readonly Newest<DegradedSession> _degraded = new(MaximumListed);
    private readonly Counts _refusedChannels = new(maximumNames: 128);
    private readonly Counts _refusedRequests = new(maximumNames: 128);
    private readonly Counts _viewers = new();
    private readonly Counts _views = new(maximumNames: 64);
    private readonly Newest<Look> _looks = new(MaximumListed);
    private readonly Counts _anomalyRules = new(maximumNames: 64);
    private readonly Newest<FlaggedAnomaly> _anomalies = new(MaximumListed);
    private readonly Dictionary<string, EarlierReport> _reports = new(StringComparer.Ordinal);
    private readonly Newest<CopyChange> _copies = new(MaximumListed);
    private long _witnessRefusals;
    private long _sealedParts;
    private long _recordedBytes;
    private long _recoveredParts;
    private long _interrupted;
    private long _evidenceFailures;
    private long _unrecorded;

    /// <summary>Ten years of daily, weekly and monthly ones.</summary>
    private const int MaximumReports = 8 * 1024;

    public void Sealed(ReadRecord record)
    {
        _sealedParts++;
        _recordedBytes += record.Members.Number("length"u8) ?? 0;
        _recoveredParts += record.Members.Flag("recovered"u8) ? 1 : 0;
    }

    public void SessionEnded(ReadRecord record, bool wasInterrupted)
    {
        KnownSession? session = record.Session;
        bool failed = record.Members.Is("outcome"u8, "evidence-failed"u8);
        bool nothing = session is { ToBeRecorded: true, SealedParts: 0 };
        _interrupted += wasInterrupted ? 1 : 0;
        _evidenceFailures += failed ? 1 : 0;
        _unrecorded += nothing ? 1 : 0;
        string? what = failed ? "evidence-failed" : wasInterrupted ? "interrupted" : nothing
            ? "unrecorded"
            : session?.Recovered == true ? "recovered" : null;
        if (what is not null)
        {
            _degraded.Add(
                new DegradedSession(record.Entry.Session ?? "", record.At, record.Person, record.Target, what));
        }
    }

    public void RefusedChannel(ReadRecord record) => _refusedChannels.Add(record.Members.Text("type"u8));

    public void RefusedRequest(ReadRecord record) => _refusedRequests.Add(record.Members.Text("what"u8));

    public void Viewed(ReadRecord record)
    {
        string viewer = record.Members.Text("viewer"u8) ?? "";
        string what = record.Members.Text("what"u8) ?? "";
        _viewers.Add(viewer);
        _views.Add(what);
        _looks.Add(new Look(record.Entry.Sequence, record.At, viewer, what, record.Members.Text("viewedSession"u8),
            record.Members.Text("source"u8)));
    }

    public void Flagged(ReadRecord record)
    {
        record.Slice.Anomalies++;
        string rule = record.Members.Text("rule"u8) ?? "";
        _anomalyRules.Add(rule);
        _anomalies.Add(new FlaggedAnomaly
        {
            Record = record.Entry.Sequence,
            At = record.At,
            Rule = rule,
            Subject = record.Members.Text("subject"u8) ?? "",
            Object = record.Members.Text("object"u8),
            Reason = record.Members.Text("reason"u8) ?? "",
            Evidence = [.. record.Members.Texts("evidence"u8)
                .Select(number => long.TryParse(number, out long index) ? index : -1).Where(index => index >= 0)],
        });
    }

    public void CopyChanged(ReadRecord record, bool witness)
    {
        string state = record.Members.Text("state"u8) ?? "";
        _witnessRefusals += witness && state == "refused" ? 1 : 0;
        string name = (witness ? record.Members.Text("witness"u8) : record.Members.Text("destination"u8)) ?? "";
        _copies.Add(
            new CopyChange(record.Entry.Sequence, record.At, witness, name, state, record.Members.Text("detail"u8)));
    }

    /// <summary>What was said of copies, with how many times a witness refused.</summary>
    public (IReadOnlyList<CopyChange> Newest, long Total, long WitnessRefusals) Copies =>
        (_copies.Items, _copies.Total, _witnessRefusals);

    public void ReportMade(ReadRecord record)
    {
        if (record.Members.Text("id"u8) is { } id && _reports.Count < MaximumReports)
        {
            _reports[id] =
                new EarlierReport(record.Entry.Sequence, record.At, id, record.Members.Text("cadence"u8) ?? "", 0, 0);
        }
    }

    public void Delivered(ReadRecord record, bool succeeded)
    {
        if (record.Members.Text("message"u8) is { } id && _reports.TryGetValue(id, out EarlierReport? made))
        {
            bool failed = !succeeded && record.Members.Flag("final"u8);
            _reports[id] = made with
            {
                Delivered = made.Delivered + (succeeded ? 1 : 0),
                Failed = made.Failed + (failed ? 1 : 0),
            };
        }
    }

    public DegradedSection BuildDegraded(ActFigures acts, double? coverage) => new()
    {
        SealedParts = _sealedParts,
        RecordedBytes = _recordedBytes,
        RecoveredParts = _recoveredParts,
        InterruptedSessions = _interrupted,
        EvidenceFailures = _evidenceFailures,
        UnrecordedSessions = _unrecorded,
        Listed = _degraded.Items,
        OpaqueActs = acts.OpaqueActs,
        ObservedActs = acts.ObservedActs,
        RefusedChannels = _refusedChannels.Top(20),
        RefusedRequests = _refusedRequests.Top(20),
        Coverage = coverage,
    };

    public LookSection BuildLooks() => new()
    {
        Total = _looks.Total,
        ByViewer = _viewers.Top(),
        ByWhat = _views.Top(),
        Newest = _looks.Items,
        Reports = [.. _reports.Values.OrderByDescending(made => made.Record).Take(MaximumListed)],
    };

    public AnomalySection BuildAnomalies() => new()
    {
        Total = _anomalies.Total,
        ByRule = _anomalyRules.Top(),
        Newest = _anomalies.Items,
    };
}
