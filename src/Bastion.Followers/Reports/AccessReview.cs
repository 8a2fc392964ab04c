using Bastion.Audit.Reports;
using Bastion.Audit.Reports.Sections;
using Bastion.Policy;

namespace Bastion.Followers.Reports;

/// <summary>Compares what the policy gives with what the journal says was used.</summary>
internal static class AccessReview
{
    /// <summary>In less than four weeks somebody is always on leave.</summary>
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromDays(28);

    /// <summary>A grant over fewer targets is not called wide.</summary>
    private const int FewTargets = 4;

    public static AccessSection Of(AccessSection used, PolicySnapshot? policy, ReportPeriod period)
    {
        if (policy is null)
        {
            return used;
        }

        AccessSection known = used with
        {
            PolicyKnown = true,
            PolicyVersion = policy.Version,
            PeriodTooShort = period.To - period.From < ShortestPeriod,
        };
        if (known.PeriodTooShort)
        {
            return known;
        }

        var uses = used.Used.ToDictionary(row => row.Name, StringComparer.Ordinal);
        return known with
        {
            Dormant = [.. policy.Grants.Where(grant => !uses.ContainsKey(grant.Name))
                .Select(grant => Review(grant, 0, "nobody used it"))],
            Wide =
            [
                .. policy.Grants.Where(grant => uses.TryGetValue(grant.Name, out GrantRow? row)
                    && grant.Targets > FewTargets && row.Targets * 2 < grant.Targets)
                    .Select(grant =>
                    Review(grant, uses[grant.Name].Targets, "less than half of its targets were used")),
            ],
            DormantPeople =
            [
                .. policy.People.Values.Where(person => person.Active && !used.Seen.ContainsKey(person.Name))
                    .Select(person => person.Name).Order(StringComparer.Ordinal),
            ],
            Administrators =
            [
                .. policy.People.Values.Select(person =>
                    (person.Name, Duties: policy.DutiesOf(new PolicyPrincipal(person.Name))))
                    .Where(person => person.Duties != Duties.None)
                    .OrderBy(person => person.Name, StringComparer.Ordinal)
                    .Select(person => new Counted($"{person.Name}: {person.Duties.ToString().ToLowerInvariant()}", 1)),
            ],
        };
    }

    private static GrantReview Review(GrantSummary grant, int used, string finding) =>
        new(grant.Name, grant.Location.ToString(), grant.Targets, used,
        $"{finding}{(grant.OnRequest ? " (on request)" : "")}; given to {string.Join(", ", grant.Who)}");
}
