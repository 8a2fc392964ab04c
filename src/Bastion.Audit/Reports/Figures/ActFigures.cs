using Bastion.Audit.Masking;
using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

/// <summary>Decisions, and the way of each request from being asked to its end.</summary>
internal sealed class ActFigures
{
    private const int MaximumListed = 1000;

    /// <summary>A request lives for minutes: so many open at once is an attack on this table, and the oldest
    /// go.</summary>
    private const int MaximumPending = 16 * 1024;

    private const long HastyMilliseconds = 3000;

    private readonly PriorityQueue<Act, (int Weight, long Record)> _listed = new();
    private readonly Dictionary<string, Pending> _pending = new(StringComparer.Ordinal);
    private readonly Counts _effects = new(maximumNames: 128);
    private readonly Counts _rules = new();
    private readonly Tally<ApproverCount> _approvers = new(name => new ApproverCount(name));
    private readonly Durations _latency = new();
    private readonly Dictionary<string, long> _outcomes = new(StringComparer.Ordinal);
    private long _decided;
    private long _highRisk;
    private long _selfApproved;
    private long _refusedDecisions;

    public long BackupActs { get; private set; }

    public long BackupActsRan { get; private set; }

    public long OpaqueActs { get; private set; }

    public long ObservedActs { get; private set; }

    public void Decided(ReadRecord record, string verdict, bool file)
    {
        RecordMembers members = record.Members;
        _decided++;
        OpaqueActs += members.Flag("opaque"u8) ? 1 : 0;
        ObservedActs += members.Is("certainty"u8, "observed"u8) ? 1 : 0;
        if (verdict != "require")
        {
            Count(verdict == "permit" ? "permitted" : "forbidden");
            record.Slice.Ran += verdict == "permit" ? 1 : 0;
            record.Slice.Forbidden += verdict == "permit" ? 0 : 1;
        }

        bool dangerous = members.Is("risk"u8, "high"u8) || members.Is("risk"u8, "critical"u8);
        if (verdict == "permit" && !dangerous)
        {
            return;
        }

        _highRisk++;
        Act act = Read(record, verdict, file);
        foreach (string effect in act.Effects)
        {
            _effects.Add(effect);
        }

        foreach (string rule in act.Rules)
        {
            _rules.Add(rule);
        }

        bool backup = act.Effects.Contains("backup.destroy");
        BackupActs += backup ? 1 : 0;
        BackupActsRan += backup && verdict == "permit" ? 1 : 0;
        if (act.Request is { } request && verdict == "require")
        {
            if (_pending.Count == MaximumPending)
            {
                Close(_pending.Values.MinBy(each => each.Act.Record)!, "pending", null);
            }

            _pending[request] = Adopt(request, act, backup);
        }
        else
        {
            List(act);
        }
    }

    public void Requested(ReadRecord record)
    {
        // The request stands in the journal just before the decision that refers to it.
        if (record.Members.Text("request"u8) is { } request && !_pending.ContainsKey(request)
            && _pending.Count < MaximumPending)
        {
            _pending[request] = new Pending(request, Read(record, "require", file: false) with
            {
                Quorum = (int)(record.Members.Number("quorum"u8) ?? 1),
                Request = request,
                Risk = record.Members.Text("tier"u8) ?? "high",
            });
        }
    }

    public void Voted(ReadRecord record, bool approved)
    {
        RecordMembers members = record.Members;
        string approver = members.Text("approver"u8) ?? "\u2013";
        long? taken = members.Number("decisionMs"u8);
        Pending? asked = Find(members);
        string? method = members.Text("method"u8);
        asked?.Votes.Add(new Vote(approver, approved, method, Seconds(taken), members.Text("reason"u8)));
        ApproverCount count = _approvers[approver];
        count.Requesters.Add(asked?.Act.Requester);
        if (taken is { } milliseconds)
        {
            count.Taken.Add(milliseconds);
        }

        if (!approved)
        {
            count.Denied++;
            Finish(record, asked, "denied", taken);
            return;
        }

        count.Approved++;
        count.Signed += method == "passkey" ? 1 : 0;
        count.Hasty += taken < HastyMilliseconds ? 1 : 0;
        _selfApproved += asked is not null
            && string.Equals(asked.Act.Requester, approver, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        if (members.Flag("final"u8))
        {
            if (taken is { } whole)
            {
                _latency.Add(whole);
            }

            if (asked is not null)
            {
                asked.Outcome = "approved";
                asked.Milliseconds = taken;
            }
        }
    }

    public void Consumed(ReadRecord record)
    {
        Pending? asked = Find(record.Members);
        BackupActsRan += asked?.Backup == true ? 1 : 0;
        Finish(record, asked, "ran", asked?.Milliseconds);
    }

    public void Ended(ReadRecord record, string outcome)
    {
        Pending? asked = Find(record.Members);
        Finish(record, asked, outcome, asked is null ? null : (long)(record.At - asked.Act.At).TotalMilliseconds);
    }

    public void RefusedDecision() => _refusedDecisions++;

    public ActSection Build()
    {
        foreach (Pending open in _pending.Values.ToList())
        {
            Close(open, open.Outcome, open.Milliseconds);
        }

        long Of(string outcome) => _outcomes.GetValueOrDefault(outcome);
        return new ActSection
        {
            Decided = _decided,
            Ran = Of("permitted") + Of("ran"),
            Held = Of("ran") + Of("approved") + Of("denied") + Of("expired") + Of("withdrawn") + Of("superseded")
                + Of("pending"),
            Forbidden = Of("forbidden"),
            HighRisk = _highRisk,
            Approved = Of("ran") + Of("approved"),
            Denied = Of("denied"),
            Expired = Of("expired"),
            Withdrawn = Of("withdrawn"),
            Superseded = Of("superseded"),
            SelfApproved = _selfApproved,
            RefusedDecisions = _refusedDecisions,
            MedianSeconds = _latency.Quantile(0.5),
            NinetiethSeconds = _latency.Quantile(0.9),
            LongestSeconds = _latency.Count == 0 ? null : Seconds(_latency.LongestMilliseconds),
            Latency = _latency.Plot(),
            Effects = _effects.Top(),
            Rules = _rules.Top(),
            Approvers = [.. _approvers.Rows.OrderByDescending(row => row.Approved + row.Denied).Take(100)
                .Select(row => row.Build())],
            Listed = [.. _listed.UnorderedItems.OrderByDescending(item => item.Priority)
                .Select(item => Masked(item.Element))],
        };
    }

    /// <summary>A report goes to many: secrets in a command stay in the journal.</summary>
    private static Act Masked(Act act) => act with
    {
        Command = SecretMask.Of(act.Command),
        Reason = act.Reason is { } reason ? SecretMask.Of(reason) : null,
    };

    private static Act Read(ReadRecord record, string verdict, bool file)
    {
        RecordMembers members = record.Members;
        var kinds = new List<string>();
        members.ForEachObject("effects"u8, effect => kinds.Add(effect.Text("kind"u8) ?? ""));
        string command = file
            ? $"{members.Text("operation"u8)} "
            + $"{members.Text("path"u8)}{(members.Text("destination"u8) is { } to ? " -> " + to : "")}"
            : members.Text("command"u8) ?? "";
        return new Act
        {
            Record = record.Entry.Sequence,
            At = record.At,
            Session = record.Entry.Session,
            Requester = record.Person,
            Target = record.Target,
            Account = members.Text("account"u8),
            Command = command.Length > Act.MaximumCommand ? command[..Act.MaximumCommand] + "\u2026" : command,
            Risk = members.Text("risk"u8) ?? "high",
            Opaque = members.Flag("opaque"u8),
            Effects = [.. kinds.Where(kind => kind.Length > 0).Distinct()],
            Rules = [.. members.Texts("rules"u8)],
            Request = members.Text("request"u8),
            Reason = members.Text("reason"u8),
            Quorum = 1,
            Outcome = verdict == "require" ? "pending" : verdict == "permit" ? "permitted" : "forbidden",
        };
    }

    private Pending Adopt(string request, Act act, bool backup)
    {
        // The request knew the quorum and the reason given; the decision knows the effects and the risk.
        if (_pending.TryGetValue(request, out Pending? asked))
        {
            act = act with { Quorum = asked.Act.Quorum, Reason = asked.Act.Reason };
        }

        Pending known = asked ?? new Pending(request, act);
        known.Act = act;
        known.Backup = backup;
        return known;
    }

    private Pending? Find(RecordMembers members) =>
        members.Text("request"u8) is { } request && _pending.TryGetValue(request, out Pending? asked) ? asked : null;

    private void Finish(ReadRecord record, Pending? asked, string outcome, long? milliseconds)
    {
        record.Slice.Approved += outcome == "ran" ? 1 : 0;
        record.Slice.NotApproved += outcome == "ran" ? 0 : 1;
        if (asked is null)
        {
            Count(outcome);
        }
        else
        {
            Close(asked, outcome, milliseconds);
        }
    }

    private void Close(Pending asked, string outcome, long? milliseconds)
    {
        Count(outcome);
        _pending.Remove(asked.Request);
        List(asked.Act with { Outcome = outcome, Seconds = Seconds(milliseconds), Votes = [.. asked.Votes] });
    }

    private void List(Act act)
    {
        int weight = act.Risk == "critical" ? 2 : act.Outcome is "ran" or "denied" ? 1 : 0;
        if (_listed.Count == MaximumListed)
        {
            _listed.EnqueueDequeue(act, (weight, act.Record));
        }
        else
        {
            _listed.Enqueue(act, (weight, act.Record));
        }
    }

    private void Count(string outcome) => _outcomes[outcome] = _outcomes.GetValueOrDefault(outcome) + 1;

    private static double? Seconds(long? milliseconds) =>
        milliseconds is { } known ? Math.Round(known / 1000.0, 1) : null;

    private sealed class Pending(string request, Act act)
    {
        public string Request { get; } = request;

        public Act Act { get; set; } = act;

        public bool Backup { get; set; }

        public List<Vote> Votes { get; } = [];

        public string Outcome { get; set; } = "pending";

        public long? Milliseconds { get; set; }
    }

    private sealed class ApproverCount(string name)
    {
        public long Approved;
        public long Denied;
        public long Hasty;
        public long Signed;

        public Distinct Requesters { get; } = new();

        public Durations Taken { get; } = new();

        public ApproverRow Build() => new()
        {
            Name = name,
            Approved = Approved,
            Denied = Denied,
            Hasty = Hasty,
            Signed = Signed,
            Requesters = Requesters.Count,
            MedianSeconds = Taken.Quantile(0.5),
        };
    }
}
