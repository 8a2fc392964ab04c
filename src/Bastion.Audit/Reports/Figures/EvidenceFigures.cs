using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

/// <summary>Recordings that fell short, what was tried past the gate, who looked, what was flagged.</summary>
internal sealed class EvidenceFigures
{
    private const int MaxListed = 200;

    private readonly Newest<DegradedSession> degraded = new(MaxListed);
    private readonly Counts refusedChannels = new(maxNames: 128);
    private readonly Counts refusedRequests = new(maxNames: 128);
    private readonly Counts viewers = new();
    private readonly Counts views = new(maxNames: 64);
    private readonly Newest<Look> looks = new(MaxListed);
    private readonly Counts anomalyRules = new(maxNames: 64);
    private readonly Newest<FlaggedAnomaly> anomalies = new(MaxListed);
    private readonly Dictionary<string, EarlierReport> reports = new(StringComparer.Ordinal);
    private readonly Newest<CopyChange> copies = new(MaxListed);
    private long witnessRefusals;
    private long sealedParts;
    private long recordedBytes;
    private long recoveredParts;
    private long interrupted;
    private long evidenceFailures;
    private long unrecorded;

    /// <summary>Ten years of daily, weekly and monthly ones.</summary>
    private const int MaxReports = 8 * 1024;

    public void Sealed(ReadRecord record)
    {
        sealedParts++;
        recordedBytes += record.Members.Number("length"u8) ?? 0;
        recoveredParts += record.Members.Flag("recovered"u8) ? 1 : 0;
    }

    public void SessionEnded(ReadRecord record, bool wasInterrupted)
    {
        KnownSession? session = record.Session;
        bool failed = record.Members.Is("outcome"u8, "evidence-failed"u8);
        bool nothing = session is { ToBeRecorded: true, SealedParts: 0 };
        interrupted += wasInterrupted ? 1 : 0;
        evidenceFailures += failed ? 1 : 0;
        unrecorded += nothing ? 1 : 0;
        string? what = failed ? "evidence-failed" : wasInterrupted ? "interrupted" : nothing ? "unrecorded" : session?.Recovered == true ? "recovered" : null;
        if (what is not null)
        {
            degraded.Add(new DegradedSession(record.Entry.Session ?? "", record.At, record.Person, record.Target, what));
        }
    }

    public void RefusedChannel(ReadRecord record) => refusedChannels.Add(record.Members.Text("type"u8));

    public void RefusedRequest(ReadRecord record) => refusedRequests.Add(record.Members.Text("what"u8));

    public void Viewed(ReadRecord record)
    {
        string viewer = record.Members.Text("viewer"u8) ?? "";
        string what = record.Members.Text("what"u8) ?? "";
        viewers.Add(viewer);
        views.Add(what);
        looks.Add(new Look(record.Entry.Sequence, record.At, viewer, what, record.Members.Text("viewedSession"u8), record.Members.Text("source"u8)));
    }

    public void Flagged(ReadRecord record)
    {
        record.Slice.Anomalies++;
        string rule = record.Members.Text("rule"u8) ?? "";
        anomalyRules.Add(rule);
        anomalies.Add(new FlaggedAnomaly
        {
            Record = record.Entry.Sequence,
            At = record.At,
            Rule = rule,
            Subject = record.Members.Text("subject"u8) ?? "",
            Object = record.Members.Text("object"u8),
            Reason = record.Members.Text("reason"u8) ?? "",
            Evidence = [.. record.Members.Texts("evidence"u8).Select(number => long.TryParse(number, out long index) ? index : -1).Where(index => index >= 0)],
        });
    }

    public void CopyChanged(ReadRecord record, bool witness)
    {
        string state = record.Members.Text("state"u8) ?? "";
        witnessRefusals += witness && state == "refused" ? 1 : 0;
        string name = (witness ? record.Members.Text("witness"u8) : record.Members.Text("destination"u8)) ?? "";
        copies.Add(new CopyChange(record.Entry.Sequence, record.At, witness, name, state, record.Members.Text("detail"u8)));
    }

    /// <summary>What was said of copies, with how many times a witness refused.</summary>
    public (IReadOnlyList<CopyChange> Newest, long Total, long WitnessRefusals) Copies => (copies.Items, copies.Total, witnessRefusals);

    public void ReportMade(ReadRecord record)
    {
        if (record.Members.Text("id"u8) is { } id && reports.Count < MaxReports)
        {
            reports[id] = new EarlierReport(record.Entry.Sequence, record.At, id, record.Members.Text("cadence"u8) ?? "", 0, 0);
        }
    }

    public void Delivered(ReadRecord record, bool succeeded)
    {
        if (record.Members.Text("message"u8) is { } id && reports.TryGetValue(id, out EarlierReport? made))
        {
            bool failed = !succeeded && record.Members.Flag("final"u8);
            reports[id] = made with { Delivered = made.Delivered + (succeeded ? 1 : 0), Failed = made.Failed + (failed ? 1 : 0) };
        }
    }

    public DegradedSection BuildDegraded(ActFigures acts, double? coverage) => new()
    {
        SealedParts = sealedParts,
        RecordedBytes = recordedBytes,
        RecoveredParts = recoveredParts,
        InterruptedSessions = interrupted,
        EvidenceFailures = evidenceFailures,
        UnrecordedSessions = unrecorded,
        Listed = degraded.Items,
        OpaqueActs = acts.OpaqueActs,
        ObservedActs = acts.ObservedActs,
        RefusedChannels = refusedChannels.Top(20),
        RefusedRequests = refusedRequests.Top(20),
        Coverage = coverage,
    };

    public LookSection BuildLooks() => new()
    {
        Total = looks.Total,
        ByViewer = viewers.Top(),
        ByWhat = views.Top(),
        Newest = looks.Items,
        Reports = [.. reports.Values.OrderByDescending(made => made.Record).Take(MaxListed)],
    };

    public AnomalySection BuildAnomalies() => new() { Total = anomalies.Total, ByRule = anomalyRules.Top(), Newest = anomalies.Items };
}
