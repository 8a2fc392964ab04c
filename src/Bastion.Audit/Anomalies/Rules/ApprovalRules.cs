using System.Globalization;

namespace Bastion.Audit.Anomalies.Rules;

/// <summary>An approver who approves again and again faster than anybody reads.</summary>
internal sealed class HastyApprover : IAnomalyRule
{
    public const string Name = "hasty-approver";

    private const int Approvals = 10;
    private const long HastyMilliseconds = 3000;
    private const int MaximumPeople = 16 * 1024;

    private readonly Dictionary<string, List<long>> _hasty = new(StringComparer.Ordinal);

    public void Observe(ObservedRecord record, Action<Anomaly> flag)
    {
        if (record.Kind != "approval.approved" || record.Members.Text("approver"u8) is not { } approver
            || record.Members.Number("decisionMs"u8) is not { } taken)
        {
            return;
        }

        if (taken >= HastyMilliseconds)
        {
            _hasty.Remove(approver);
            return;
        }

        if (!_hasty.TryGetValue(approver, out List<long>? run))
        {
            if (_hasty.Count == MaximumPeople)
            {
                _hasty.Clear();
            }

            _hasty.Add(approver, run = []);
        }

        run.Add(record.Sequence);
        if (run.Count == Approvals)
        {
            _hasty.Remove(approver);
            flag(new Anomaly(
                Name, approver, null,
                string.Create(CultureInfo.InvariantCulture,
                    $"{Approvals} approvals one after another, each within {HastyMilliseconds / 1000} seconds"), run));
        }
    }
}

/// <summary>Two people approve each other's requests: together they are one person with all rights.</summary>
internal sealed class ApprovalPair : IAnomalyRule
{
    public const string Name = "approval-pair";

    private const int EachWay = 5;
    private const int MaximumRequests = 16 * 1024;
    private const int MaximumPairs = 16 * 1024;

    private static readonly TimeSpan Within = TimeSpan.FromDays(7);

    private readonly Dictionary<string, string> _requesters = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Approver, string Requester),
        Queue<(DateTimeOffset At, long Sequence)>> _approvals = [];

    public void Observe(ObservedRecord record, Action<Anomaly> flag)
    {
        if (record.Members.Text("request"u8) is not { } request)
        {
            return;
        }

        switch (record.Kind)
        {
            case "approval.requested" when record.Person is { } person && _requesters.Count < MaximumRequests:
                _requesters[request] = person;
                break;
            case "approval.approved" when record.Members.Text("approver"u8) is { } approver
                && _requesters.TryGetValue(request, out string? requester):
                Count(approver, requester, record, flag);
                break;
            case "approval.consumed" or "approval.denied" or "approval.expired" or "approval.withdrawn"
                or "approval.superseded":
                _requesters.Remove(request);
                break;
        }
    }

    private void Count(string approver, string requester, ObservedRecord record, Action<Anomaly> flag)
    {
        if (_approvals.Count >= MaximumPairs)
        {
            _approvals.Clear();
        }

        Queue<(DateTimeOffset At, long Sequence)> one = Recent(approver, requester, record.At);
        Queue<(DateTimeOffset At, long Sequence)> other = Recent(requester, approver, record.At);
        one.Enqueue((record.At, record.Sequence));
        if (one.Count < EachWay || other.Count < EachWay)
        {
            return;
        }

        // The pair has one name, whoever's approval completed it.
        string[] pair = [.. new[] { approver, requester }.Order(StringComparer.Ordinal)];
        flag(new Anomaly(
            Name, pair[0], pair[1],
            string.Create(CultureInfo.InvariantCulture,
                $"they approved {one.Count} and {other.Count} of each other's requests within {Within.TotalDays:0} "
                    + $"days"),
            [.. one.Concat(other).Select(each => each.Sequence).Order()]));
        one.Clear();
        other.Clear();
    }

    private Queue<(DateTimeOffset At, long Sequence)> Recent(string approver, string requester, DateTimeOffset now)
    {
        if (!_approvals.TryGetValue((approver, requester), out Queue<(DateTimeOffset At, long Sequence)>? recent))
        {
            _approvals.Add((approver, requester), recent = new Queue<(DateTimeOffset, long)>());
        }

        while (recent.TryPeek(out (DateTimeOffset At, long Sequence) oldest)
            && (now - oldest.At > Within || recent.Count > 4 * EachWay))
        {
            recent.Dequeue();
        }

        return recent;
    }
}
