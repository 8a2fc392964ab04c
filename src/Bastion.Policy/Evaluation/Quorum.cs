using Bastion.Policy.Model;

namespace Bastion.Policy.Evaluation;

/// <summary>How many of whom: joins what several rules ask, and tells whether people can meet it.</summary>
internal static class Quorum
{
    /// <summary>
    /// Rules that ask the same people join into one requirement with the strictest of each term. Rules that ask
    /// different people stay apart, and all must be met by distinct people.
    /// </summary>
    /// <param name="conflict">Set when what two rules want cannot be had together.</param>
    public static IReadOnlyList<Requirement> Join(List<(string Rule, LinkedTerms Terms)> asked, string requester,
        out Reason? conflict)
    {
        conflict = null;
        var joined = new List<Requirement>();
        var keys = new List<string>();
        foreach ((string? rule, LinkedTerms? linked) in asked)
        {
            RequirementTerms terms = linked.Terms;
            int at = keys.IndexOf(linked.Key);
            if (at < 0)
            {
                keys.Add(linked.Key);
                joined.Add(new Requirement
                {
                    Rules = [rule],
                    Tier = terms.Tier,
                    Approvers = terms.Approvers,
                    From = terms.From,
                    NotFrom = terms.NotFrom,
                    Within = terms.Within,
                    ReasonRequired = terms.Reason,
                    TicketRequired = terms.Ticket,
                    ConfirmWith = terms.Confirm,
                    Candidates = Without(linked.Candidates, requester),
                    OpenToClaims = linked.OpenToClaims,
                });
                continue;
            }

            Requirement known = joined[at];
            joined[at] = known with
            {
                Rules = known.Rules.Contains(rule) ? known.Rules : [.. known.Rules, rule],
                Tier = terms.Tier > known.Tier ? terms.Tier : known.Tier,
                Approvers = Math.Max(terms.Approvers, known.Approvers),
                Within = terms.Within < known.Within ? terms.Within : known.Within,
                ReasonRequired = known.ReasonRequired || terms.Reason,
                TicketRequired = known.TicketRequired || terms.Ticket,
                ConfirmWith = known.ConfirmWith & terms.Confirm,
            };
            if (joined[at].ConfirmWith == Confirmation.None)
            {
                conflict = new Reason(
                    $"rules `{known.Rules[0]}` and `{rule}` leave no way to confirm in common",
                    $"规则 `{known.Rules[0]}` 与 `{rule}` 没有共同的确认方式");
            }
        }

        return joined;
    }

    /// <summary>Whether enough distinct people exist. Groups fed by an identity provider are taken to have
    /// some.</summary>
    public static bool CanBeMet(IReadOnlyList<Requirement> requirements, string requester)
    {
        if (requirements is [var only])
        {
            return only.OpenToClaims || only.Candidates.Count >= only.Approvers;
        }

        // No requirement needs to look at more people than there are places in all of them together.
        int places = requirements.Sum(r => r.Approvers);
        var open = requirements.Where(r => !r.OpenToClaims).ToList();
        var people = open.SelectMany(r => r.Candidates.Take(places)).Where(name => name != requester).Distinct()
            .ToList();
        return Fill(open, people, (requirement, person) => open[requirement].Candidates.Contains(people[person]));
    }

    /// <summary>Whether these people fill every place, each at most one: a bipartite matching by augmenting
    /// paths.</summary>
    public static bool Fill(IReadOnlyList<Requirement> requirements, IReadOnlyCollection<string> people,
        Func<int, int, bool> mayFill)
    {
        int[] places = requirements.SelectMany((r, index) => Enumerable.Repeat(index, r.Approvers)).ToArray();
        int[] placeOf = new int[people.Count];
        Array.Fill(placeOf, -1);
        for (int place = 0; place < places.Length; place++)
        {
            if (!Seat(place, places, placeOf, new bool[people.Count], mayFill))
            {
                return false;
            }
        }

        return true;
    }

    // Depth is at most the number of places: 10 approvers in each of a rule's few requirements.
    private static bool Seat(int place, int[] places, int[] placeOf, bool[] tried, Func<int, int, bool> mayFill)
    {
        for (int person = 0; person < placeOf.Length; person++)
        {
            if (tried[person] || !mayFill(places[place], person))
            {
                continue;
            }

            tried[person] = true;
            if (placeOf[person] < 0 || Seat(placeOf[person], places, placeOf, tried, mayFill))
            {
                placeOf[person] = place;
                return true;
            }
        }

        return false;
    }

    private static string[] Without(string[] names, string requester) =>
        Array.BinarySearch(names, requester, StringComparer.Ordinal) < 0
        ? names
        : [.. names.Where(name => name != requester)];
}
