using Bastion.Audit.Reports.Figures;
using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;
using Bastion.Audit.Verification;

namespace Bastion.Audit.Reports;

/// <summary>
/// Turns records into figures: one pass, in order, with memory that does not grow with the journal. Give it some
/// records from before the period as well, or sessions that were running when it began have no names.
/// </summary>
public sealed class JournalFigures
{
    /// <summary>Sessions without an end. A journal in order closes those of a crash at the next start; a damaged one
    /// may not.</summary>
    private const int MaximumOpenSessions = 64 * 1024;

    private readonly ReportPeriod _period;
    private readonly RecordMembers _members = new(new TextPool());
    private readonly ReadRecord _record;
    private readonly Dictionary<string, KnownSession> _open = new(StringComparer.Ordinal);
    private readonly SliceFigures _slices;
    private readonly SessionFigures _sessions;
    private readonly LoginFigures _logins = new();
    private readonly ActFigures _acts = new();
    private readonly ChangeFigures _changes = new();
    private readonly TransferFigures _transfers = new();
    private readonly EvidenceFigures _evidence = new();
    private readonly ClockFigures _clock = new();
    private long? _first;

    /// <exception cref="ArgumentException">The period is empty, or longer than <see
    /// cref="ReportPeriod.MaximumDays"/>.</exception>
    public JournalFigures(ReportPeriod period)
    {
        ArgumentNullException.ThrowIfNull(period);
        if (period.To <= period.From || (period.To - period.From).TotalDays > ReportPeriod.MaximumDays)
        {
            throw new ArgumentException($"a report is about some time, of at most {ReportPeriod.MaximumDays} days",
                nameof(period));
        }

        this._period = period;
        var local = new LocalClock(period.Zone);
        _record = new ReadRecord(_members);
        _slices = new SliceFigures(period, local);
        _sessions = new SessionFigures(local);
    }

    /// <summary>Walls by name: refusals by one of these are attempts to cross environments.</summary>
    public Func<string, bool> IsWall { get; init; } = _ => false;

    public void Observe(JournalEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        bool within = _period.Contains(entry.At);
        _clock.Pass(entry, within);
        _members.Read(entry.DataJson);
        KnownSession? session = entry.Session is { } id && _open.TryGetValue(id, out KnownSession? known)
            ? known
            : null;
        if (entry.Kind == "session.started" && entry.Session is { } begun)
        {
            session = Begin(begun, entry);
        }

        if (within)
        {
            _first ??= entry.Sequence;
            _record.Set(entry, session, _slices.At(entry.At));
            _record.Slice.Bytes += entry.Json.Length;
            Count(entry.Kind);
        }

        if (session is not null)
        {
            Follow(entry.Kind, session);
        }
    }

    /// <summary>The figures. The head, the access review and what only the machine knows are the caller's to
    /// add.</summary>
    public ReportData Build(ReportHead head, VerificationReport verified, bool whole, bool keyPinned,
        bool recordingsChecked)
    {
        ArgumentNullException.ThrowIfNull(verified);
        ActSection decided = _acts.Build();
        return new ReportData
        {
            Head = head,
            Chain = BuildChain(verified, whole, keyPinned, recordingsChecked),
            Slices = _slices.Build(),
            Sessions = _sessions.Build(),
            Logins = _logins.Build(),
            Acts = decided,
            Changes = _changes.Build(),
            Access = new AccessSection { Used = _sessions.BuildGrants(), Seen = _logins.Seen },
            Transfers = _transfers.Build(),
            Degraded = _evidence.BuildDegraded(_acts, _sessions.Coverage),
            Operation = _clock.Build(_period),
            Drills = new DrillSection
            {
                Recorded = _changes.Drills,
                BackupActs = _acts.BackupActs,
                BackupActsRan = _acts.BackupActsRan,
                WallRefusals = decided.Rules.Where(rule => IsWall(rule.Name)).Sum(rule => rule.Count),
            },
            Looks = _evidence.BuildLooks(),
            Anomalies = _evidence.BuildAnomalies(),
        };
    }

    private void Count(string kind)
    {
        switch (kind)
        {
            case "command.decided": Decide(file: false); break;
            case "file.operation": Decide(file: true); break;
            case "session.started": _sessions.Started(_record, _open.Count); break;
            case "session.ended":
                _sessions.Ended(_record);
                _transfers.SessionEnded(_record);
                _evidence.SessionEnded(_record, wasInterrupted: false);
                break;
            case "session.interrupted": _evidence.SessionEnded(_record, wasInterrupted: true); break;
            case "channel.opened": _transfers.ChannelOpened(_record); break;
            case "channel.ended": _transfers.ChannelEnded(_record); break;
            case "channel.refused": _evidence.RefusedChannel(_record); break;
            case "request.refused": Refuse(); break;
            case "recording.sealed": _evidence.Sealed(_record); break;
            case "file.transferred": _transfers.Transferred(_record); break;
            case "login.succeeded": _logins.Succeeded(_record); break;
            case "login.failed": _logins.Failed(_record); break;
            case "audit.viewed": _evidence.Viewed(_record); break;
            case "anomaly.flagged": _evidence.Flagged(_record); break;
            case "report.made": _evidence.ReportMade(_record); break;
            case "delivery.succeeded": _evidence.Delivered(_record, succeeded: true); break;
            case "delivery.failed": _evidence.Delivered(_record, succeeded: false); break;
            case "witness.changed": _evidence.CopyChanged(_record, witness: true); break;
            case "shipping.changed": _evidence.CopyChanged(_record, witness: false); break;
            case "journal.opened": _clock.Opened(_record); break;
            case "journal.repaired": _clock.Repaired(_record); break;
            default: CountChange(kind); break;
        }
    }

    private void CountChange(string kind)
    {
        switch (kind)
        {
            case "approval.requested": _acts.Requested(_record); break;
            case "approval.approved": _acts.Voted(_record, approved: true); break;
            case "approval.denied": _acts.Voted(_record, approved: false); break;
            case "approval.consumed": _acts.Consumed(_record); break;
            case "approval.expired": _acts.Ended(_record, "expired"); break;
            case "approval.withdrawn": _acts.Ended(_record, "withdrawn"); break;
            case "approval.superseded": _acts.Ended(_record, "superseded"); break;
            case "approval.refused": _acts.RefusedDecision(); break;
            case "policy.loaded": _changes.Policy(_record, loaded: true); break;
            case "policy.rejected": _changes.Policy(_record, loaded: false); break;
            case "administration.changed": _changes.Administration(_record); break;
            case "journal.key-rotated": _changes.Key(_record); break;
            case "gateway.started" or "gateway.stopped": _changes.Gateway(_record); break;
        }
    }

    private void Decide(bool file)
    {
        string verdict = _members.Is("verdict"u8, "permit"u8) ? "permit" : _members.Is("verdict"u8, "require"u8)
            ? "require"
            : "forbid";
        _acts.Decided(_record, verdict, file);
        _sessions.Decided(_record, held: verdict == "require", forbidden: verdict == "forbid");
        if (file)
        {
            _transfers.FileOperation(_record);
        }
    }

    private void Refuse()
    {
        if (_members.Is("what"u8, "connection"u8))
        {
            _logins.RefusedConnection();
        }

        _evidence.RefusedRequest(_record);
    }

    private KnownSession Begin(string id, JournalEntry entry)
    {
        var session =
            new KnownSession(id, _members.Text("user"u8) ?? "\u2013", _members.Text("target"u8) ?? "\u2013", entry.At);
        if (_open.Count < MaximumOpenSessions)
        {
            _open[id] = session;
        }

        return session;
    }

    private void Follow(string kind, KnownSession session)
    {
        switch (kind)
        {
            case "channel.opened":
                session.Terminal |= _members.Flag("terminal"u8);
                if (!_members.Is("use"u8, "sftp"u8) && _members.Is("type"u8, "session"u8)
                    && _members.Number("channel"u8) is { } opened)
                {
                    session.CommandChannels.Add(opened);
                }

                break;
            case "channel.ended" when _members.Number("channel"u8) is { } ended
                && session.CommandChannels.Contains(ended):
                session.Output |= _members.Number("bytesToClient"u8) > 0;
                break;
            case "command.decided":
                // A refused command opens a channel too, and there is nothing to film.
                session.Ran |= _members.Is("verdict"u8, "permit"u8) && IsRecorded();
                break;
            case "command.released": session.Ran = true; break;
            case "recording.sealed":
                session.SealedParts++;
                session.Recovered |= _members.Flag("recovered"u8);
                break;
            case "session.ended" or "session.interrupted": _open.Remove(session.Id); break;
        }
    }

    /// <summary>Commands and shells are filmed; operations on files and forwards are written down instead.</summary>
    private bool IsRecorded() =>
        _members.Is("origin"u8, "exec"u8) || _members.Is("origin"u8, "line"u8) || _members.Is("origin"u8, "shell"u8);

    private ChainSection BuildChain(VerificationReport verified, bool whole, bool keyPinned, bool recordingsChecked) =>
        new()
        {
            Holds = verified.Holds,
            Whole = whole,
            KeyPinned = keyPinned,
            Key = verified.Key,
            FirstRecord = _first ?? 0,
            Records = verified.Records,
            SignedRecords = verified.SignedRecords,
            Checkpoints = verified.Checkpoints,
            Recordings = verified.Recordings,
            RecordingsChecked = recordingsChecked,
            RootHash = verified.Checkpoint is { } checkpoint ? Convert.ToBase64String(checkpoint.RootHash.Span) : null,
            CheckpointSize = verified.Checkpoint?.Size ?? 0,
            Findings = [.. verified.Findings.Select(finding =>
            new ChainFinding(finding.Severity, finding.Kind, finding.Sequence, finding.Message))],
            Interruptions = _clock.Interruptions,
            InterruptionCount = _clock.InterruptionCount,
            Copies = _evidence.Copies.Newest,
            CopyCount = _evidence.Copies.Total,
            WitnessRefusals = _evidence.Copies.WitnessRefusals,
        };
}
