using Bastion.Policy.Evaluation;
using Bastion.Policy.Model;

namespace Bastion.Policy.Checking;

/// <summary>Who can reach what through grants, whatever the hour: what most checks start from.</summary>
internal sealed class Reach
{
    private readonly PolicyIndex _index;
    private readonly Dictionary<string, Identity> _people;

    public Reach(PolicyIndex index)
    {
        _index = index;
        _people = index.Content.People.Values
            .Where(person => person.Active)
            .ToDictionary(person => person.Name, person => index.Identify(new PolicyPrincipal(person.Name)),
            StringComparer.Ordinal);
        TargetsOf = index.Grants.ToDictionary(
            g => g.Grant.Name, g => index.Content.Targets.Values.Where(g.Grant.Targets.Matches).ToList(),
            StringComparer.Ordinal);
        PeopleOf = index.Grants.ToDictionary(g => g.Grant.Name, g => Members(g.Grant.Who), StringComparer.Ordinal);
    }

    /// <summary>Targets each grant selects.</summary>
    public IReadOnlyDictionary<string, List<Target>> TargetsOf { get; }

    /// <summary>Active people each grant is given to, those of identity providers not counted.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> PeopleOf { get; }

    public IEnumerable<Identity> People => _people.Values;

    /// <summary>Active people among these subjects, sorted.</summary>
    public IReadOnlyList<string> Members(IReadOnlyList<string> subjects)
    {
        int[] numbers = _index.Memberships.Numbers(subjects);
        return [.. _people.Values.Where(p => p.IsAny(numbers)).Select(p => p.Name).Order(StringComparer.Ordinal)];
    }

    /// <summary>True when an identity provider or a certificate can add people to one of these.</summary>
    public bool IsOpen(IReadOnlyList<string> subjects) =>
        subjects.Any(name => _index.Memberships.IsOpen(_index.Memberships.NumberOf(name)));

    /// <summary>Active people whom some grant lets onto some target this rule is about, and whom the rule is
    /// about.</summary>
    public IReadOnlyList<string> Askers(Rule rule)
    {
        var targets = _index.Content.Targets.Values.Where(rule.When.Targets.Matches).Select(t => t.Name)
            .ToHashSet(StringComparer.Ordinal);
        var granted = _index.Grants
            .Where(g => TargetsOf[g.Grant.Name].Any(t => targets.Contains(t.Name)))
            .SelectMany(g => PeopleOf[g.Grant.Name])
            .ToHashSet(StringComparer.Ordinal);
        if (rule.When.Who.Count > 0)
        {
            granted.IntersectWith(Members(rule.When.Who));
        }

        return [.. granted.Order(StringComparer.Ordinal)];
    }
}
