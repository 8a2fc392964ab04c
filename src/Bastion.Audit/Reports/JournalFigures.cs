using Bastion.Audit.Reports.Figures;
using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;
using Bastion.Audit.Verification;

namespace Bastion.Audit.Reports;

/// <summary>
/// Turns records into figures: one pass, in order, with memory that does not grow with the journal. Give it some records
/// from before the period as well, or sessions that were running when it began have no names.
/// </summary>
public sealed class JournalFigures
{
    /// <summary>Sessions without an end. A journal in order closes those of a crash at the next start; a damaged one may not.</summary>
    private const int MaxOpenSessions = 64 * 1024;

    private readonly ReportPeriod period;
    private readonly RecordMembers members = new(new TextPool());
    private readonly ReadRecord record;
    private readonly Dictionary<string, KnownSession> open = new(StringComparer.Ordinal);
    private readonly SliceFigures slices;
    private readonly SessionFigures sessions;
    private readonly LoginFigures logins = new();
    private readonly ActFigures acts = new();
    private readonly ChangeFigures changes = new();
    private readonly TransferFigures transfers = new();
    private readonly EvidenceFigures evidence = new();
    private readonly ClockFigures clock = new();
    private long? first;

    /// <exception cref="ArgumentException">The period is empty, or longer than <see cref="ReportPeriod.MaxDays"/>.</exception>
    public JournalFigures(ReportPeriod period)
    {
        ArgumentNullException.ThrowIfNull(period);
        if (period.To <= period.From || (period.To - period.From).TotalDays > ReportPeriod.MaxDays)
        {
            throw new ArgumentException($"a report is about some time, of at most {ReportPeriod.MaxDays} days", nameof(period));
        }
        this.period = period;
        var local = new LocalClock(period.Zone);
        record = new ReadRecord(members);
        slices = new SliceFigures(period, local);
        sessions = new SessionFigures(local);
    }

    /// <summary>Walls by name: refusals by one of these are attempts to cross environments.</summary>
    public Func<string, bool> IsWall { get; init; } = _ => false;

    public void Observe(JournalEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        bool within = period.Contains(entry.At);
        clock.Pass(entry, within);
        members.Read(entry.DataJson);
        KnownSession? session = entry.Session is { } id && open.TryGetValue(id, out KnownSession? known) ? known : null;
        if (entry.Kind == "session.started" && entry.Session is { } begun)
        {
            session = Begin(begun, entry);
        }
        if (within)
        {
            first ??= entry.Sequence;
            record.Set(entry, session, slices.At(entry.At));
            record.Slice.Bytes += entry.Json.Length;
            Count(entry.Kind);
        }
        if (session is not null)
        {
            Follow(entry.Kind, session);
        }
    }

    /// <summary>The figures. The head, the access review and what only the machine knows are the caller's to add.</summary>
    public ReportData Build(ReportHead head, VerificationReport verified, bool whole, bool keyPinned, bool recordingsChecked)
    {
        ArgumentNullException.ThrowIfNull(verified);
        ActSection decided = acts.Build();
        return new ReportData
        {
            Head = head,
            Chain = BuildChain(verified, whole, keyPinned, recordingsChecked),
            Slices = slices.Build(),
            Sessions = sessions.Build(),
            Logins = logins.Build(),
            Acts = decided,
            Changes = changes.Build(),
            Access = new AccessSection { Used = sessions.BuildGrants(), Seen = logins.Seen },
            Transfers = transfers.Build(),
            Degraded = evidence.BuildDegraded(acts, sessions.Coverage),
            Operation = clock.Build(period),
            Drills = new DrillSection
            {
                Recorded = changes.Drills,
                BackupActs = acts.BackupActs,
                BackupActsRan = acts.BackupActsRan,
                WallRefusals = decided.Rules.Where(rule => IsWall(rule.Name)).Sum(rule => rule.Count),
            },
            Looks = evidence.BuildLooks(),
            Anomalies = evidence.BuildAnomalies(),
        };
    }

    private void Count(string kind)
    {
        switch (kind)
        {
            case "command.decided": Decide(file: false); break;
            case "file.operation": Decide(file: true); break;
            case "session.started": sessions.Started(record, open.Count); break;
            case "session.ended":
                sessions.Ended(record);
                transfers.SessionEnded(record);
                evidence.SessionEnded(record, wasInterrupted: false);
                break;
            case "session.interrupted": evidence.SessionEnded(record, wasInterrupted: true); break;
            case "channel.opened": transfers.ChannelOpened(record); break;
            case "channel.ended": transfers.ChannelEnded(record); break;
            case "channel.refused": evidence.RefusedChannel(record); break;
            case "request.refused": Refuse(); break;
            case "recording.sealed": evidence.Sealed(record); break;
            case "file.transferred": transfers.Transferred(record); break;
            case "login.succeeded": logins.Succeeded(record); break;
            case "login.failed": logins.Failed(record); break;
            case "audit.viewed": evidence.Viewed(record); break;
            case "anomaly.flagged": evidence.Flagged(record); break;
            case "report.made": evidence.ReportMade(record); break;
            case "delivery.succeeded": evidence.Delivered(record, succeeded: true); break;
            case "delivery.failed": evidence.Delivered(record, succeeded: false); break;
            case "witness.changed": evidence.CopyChanged(record, witness: true); break;
            case "shipping.changed": evidence.CopyChanged(record, witness: false); break;
            case "journal.opened": clock.Opened(record); break;
            case "journal.repaired": clock.Repaired(record); break;
            default: CountChange(kind); break;
        }
    }

    private void CountChange(string kind)
    {
        switch (kind)
        {
            case "approval.requested": acts.Requested(record); break;
            case "approval.approved": acts.Voted(record, approved: true); break;
            case "approval.denied": acts.Voted(record, approved: false); break;
            case "approval.consumed": acts.Consumed(record); break;
            case "approval.expired": acts.Ended(record, "expired"); break;
            case "approval.withdrawn": acts.Ended(record, "withdrawn"); break;
            case "approval.superseded": acts.Ended(record, "superseded"); break;
            case "approval.refused": acts.RefusedDecision(); break;
            case "policy.loaded": changes.Policy(record, loaded: true); break;
            case "policy.rejected": changes.Policy(record, loaded: false); break;
            case "administration.changed": changes.Administration(record); break;
            case "journal.key-rotated": changes.Key(record); break;
            case "gateway.started" or "gateway.stopped": changes.Gateway(record); break;
        }
    }

    private void Decide(bool file)
    {
        string verdict = members.Is("verdict"u8, "permit"u8) ? "permit" : members.Is("verdict"u8, "require"u8) ? "require" : "forbid";
        acts.Decided(record, verdict, file);
        sessions.Decided(record, held: verdict == "require", forbidden: verdict == "forbid");
        if (file)
        {
            transfers.FileOperation(record);
        }
    }

    private void Refuse()
    {
        if (members.Is("what"u8, "connection"u8))
        {
            logins.RefusedConnection();
        }
        evidence.RefusedRequest(record);
    }

    private KnownSession Begin(string id, JournalEntry entry)
    {
        var session = new KnownSession(id, members.Text("user"u8) ?? "\u2013", members.Text("target"u8) ?? "\u2013", entry.At);
        if (open.Count < MaxOpenSessions)
        {
            open[id] = session;
        }
        return session;
    }

    private void Follow(string kind, KnownSession session)
    {
        switch (kind)
        {
            case "channel.opened":
                session.Terminal |= members.Flag("terminal"u8);
                if (!members.Is("use"u8, "sftp"u8) && members.Is("type"u8, "session"u8) && members.Number("channel"u8) is { } opened)
                {
                    session.CommandChannels.Add(opened);
                }
                break;
            case "channel.ended" when members.Number("channel"u8) is { } ended && session.CommandChannels.Contains(ended):
                session.Output |= members.Number("bytesToClient"u8) > 0;
                break;
            case "command.decided":
                // A refused command opens a channel too, and there is nothing to film.
                session.Ran |= members.Is("verdict"u8, "permit"u8) && IsRecorded();
                break;
            case "command.released": session.Ran = true; break;
            case "recording.sealed":
                session.SealedParts++;
                session.Recovered |= members.Flag("recovered"u8);
                break;
            case "session.ended" or "session.interrupted": open.Remove(session.Id); break;
        }
    }

    /// <summary>Commands and shells are filmed; operations on files and forwards are written down instead.</summary>
    private bool IsRecorded() => members.Is("origin"u8, "exec"u8) || members.Is("origin"u8, "line"u8) || members.Is("origin"u8, "shell"u8);

    private ChainSection BuildChain(VerificationReport verified, bool whole, bool keyPinned, bool recordingsChecked) => new()
    {
        Holds = verified.Holds,
        Whole = whole,
        KeyPinned = keyPinned,
        Key = verified.Key,
        FirstRecord = first ?? 0,
        Records = verified.Records,
        SignedRecords = verified.SignedRecords,
        Checkpoints = verified.Checkpoints,
        Recordings = verified.Recordings,
        RecordingsChecked = recordingsChecked,
        RootHash = verified.Checkpoint is { } checkpoint ? Convert.ToBase64String(checkpoint.RootHash.Span) : null,
        CheckpointSize = verified.Checkpoint?.Size ?? 0,
        Findings = [.. verified.Findings.Select(finding => new ChainFinding(finding.Severity, finding.Kind, finding.Sequence, finding.Message))],
        Interruptions = clock.Interruptions,
        InterruptionCount = clock.InterruptionCount,
        Copies = evidence.Copies.Newest,
        CopyCount = evidence.Copies.Total,
        WitnessRefusals = evidence.Copies.WitnessRefusals,
    };
}
