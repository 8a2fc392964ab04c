using Bastion.Policy.Evaluation;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Checking;

/// <summary>Requirements nobody can meet, people who approve each other, and auditors asked to approve.</summary>
internal static class ApproverChecks
{
    public static void Run(PolicyIndex index, Reach reach, DiagnosticBag found)
    {
        foreach (LinkedRule? rule in index.Rules.Where(r => r.Require.Length > 0))
        {
            Check(index, reach, $"rule `{rule.Rule.Name}`", rule.Rule.Name, rule.Require, reach.Askers(rule.Rule),
                found);
        }

        foreach (LinkedGrant? grant in index.Grants.Where(g => g.OnRequest is not null))
        {
            Check(index, reach, $"grant `{grant.Grant.Name}`", grant.Grant.Name, [grant.OnRequest!],
                reach.PeopleOf[grant.Grant.Name], found);
        }
    }

    private static void Check(
        PolicyIndex index, Reach reach, string what, string name, LinkedTerms[] terms, IReadOnlyList<string> askers,
        DiagnosticBag found)
    {
        SourceLocation at = terms[0].Terms.Location;
        foreach (LinkedTerms term in terms)
        {
            WarnOfAuditors(index, reach, term, found);
        }

        if (!CanBeMet(name, terms, requester: ""))
        {
            found.Warning(at, "nobody-can-approve",
                $"{what} asks for approval that nobody can give, so it always refuses", Have(terms));
            return;
        }

        var stuck = askers.Where(asker => !CanBeMet(name, terms, asker)).ToList();
        if (stuck.Count > 0)
        {
            found.Warning(
                at, "nobody-can-approve",
                $"{what} always refuses {Some(stuck)}: without the one who asks there are not enough people",
                Have(terms));
        }

        if (terms.Any(t => !t.OpenToClaims && t.Candidates.Length > 1
            && t.Candidates.SequenceEqual(askers, StringComparer.Ordinal)))
        {
            found.Warning(
                at, "approve-each-other", $"{what}: the people who ask are the people who approve ({Some(askers)})",
                "nobody approves her own request, and two friends approve each other's; ask a group that does not do "
                    + "the work itself");
        }
    }

    private static bool CanBeMet(string name, LinkedTerms[] terms, string requester)
    {
        IReadOnlyList<Requirement> requirements =
            Quorum.Join([.. terms.Select(t => (name, t))], requester, out Reason? conflict);
        return conflict is null && Quorum.CanBeMet(requirements, requester);
    }

    private static void WarnOfAuditors(PolicyIndex index, Reach reach, LinkedTerms term, DiagnosticBag found)
    {
        var auditors = reach.People.Where(p => p.IsAny(term.From) && (index.DutiesNamed(p) & Duties.Audit) != 0)
            .Select(p => p.Name).ToList();
        if (auditors.Count > 0)
        {
            found.Warning(
                term.Terms.Location, "auditor-approves",
                $"{Some(auditors)} in {string.Join(", ", term.Terms.From)} cannot approve: an auditor never does",
                "take the auditor out of the group, so that nobody counts on it");
        }
    }

    private static string Have(LinkedTerms[] terms) => string.Join("; ", terms.Select(t =>
        $"{t.Terms.Approvers} of {string.Join(", ", t.Terms.From)}: "
        + $"{(t.Candidates.Length == 0 ? "nobody there" : Some(t.Candidates))}"));

    private static string Some(IReadOnlyList<string> people)
    {
        const int Named = 5;
        string names = string.Join(", ", people.Take(Named).Select(p => $"`{p}`"));
        return people.Count > Named ? $"{names} and {people.Count - Named} more" : names;
    }
}
