using System.Collections.Frozen;
using Bastion.Policy.Model;

namespace Bastion.Policy.Evaluation;

/// <summary>
/// Who belongs to what, worked out once: for each person and each group the sorted numbers of all people, groups and
/// roles it counts as. Numbers, because the authorizer only ever asks whether two small sets meet.
/// </summary>
internal sealed class Memberships
{
    private static readonly int[] Nobody = [];

    private readonly string[] _names;
    private readonly FrozenDictionary<string, int> _numbers;
    private readonly FrozenDictionary<string, int[]> _ofPerson;

    // Upwards: from a person or group to the groups it is a member of and the roles it holds.
    private readonly Dictionary<string, List<string>> _up = new(StringComparer.Ordinal);
    private readonly FrozenDictionary<(string Claim, string Value), int[]> _ofClaim;
    private readonly FrozenDictionary<string, int[]> _ofCertificatePrincipal;

    public Memberships(PolicyContent content)
    {
        _names = [.. content.People.Keys.Concat(content.Groups.Keys).Concat(content.Roles.Keys)
            .Order(StringComparer.Ordinal)];
        _numbers = _names.Index().ToFrozenDictionary(x => x.Item, x => x.Index, StringComparer.Ordinal);

        foreach ((string? member,
            string? of) in content.Groups.Values.SelectMany(g => g.Members.Select(m => (m, g.Name)))
            .Concat(content.Roles.Values.SelectMany(r => r.HeldBy.Select(h => (h, r.Name)))))
        {
            if (!_up.TryGetValue(member, out List<string>? list))
            {
                _up.Add(member, list = []);
            }

            list.Add(of);
        }

        _ofPerson =
            content.People.Keys.ToFrozenDictionary(name => name, name => Closure([name]), StringComparer.Ordinal);
        _ofClaim = content.Groups.Values
            .SelectMany(g => g.Claims.Select(claim => (Key: (claim.Key, claim.Value), g.Name)))
            .GroupBy(x => x.Key, x => x.Name)
            .ToFrozenDictionary(x => x.Key, x => Closure(x));
        _ofCertificatePrincipal = content.Groups.Values
            .SelectMany(g => g.CertificatePrincipals.Select(principal => (principal, g.Name)))
            .GroupBy(x => x.principal, x => x.Name)
            .ToFrozenDictionary(x => x.Key, x => Closure(x), StringComparer.Ordinal);
    }

    public int Count => _names.Length;

    public int NumberOf(string name) => _numbers[name];

    public bool Knows(string name) => _numbers.ContainsKey(name);

    public string NameOf(int number) => _names[number];

    public int[] Of(string person) => _ofPerson.GetValueOrDefault(person) ?? Nobody;

    /// <summary>A person, group or role with everything it belongs to.</summary>
    public int[] OfSubject(string name) => Closure([name]);

    /// <summary>Numbers of these names, sorted; all of them exist in a linked policy.</summary>
    public int[] Numbers(IReadOnlyList<string> names)
    {
        int[] numbers = names.Select(NumberOf).ToArray();
        Array.Sort(numbers);
        return numbers;
    }

    /// <summary>What claims and certificate principals add; null, the common case, when they add nothing.</summary>
    public int[]? FromOutside(PolicyPrincipal principal)
    {
        SortedSet<int>? added = null;
        foreach (KeyValuePair<string, string> claim in principal.Claims)
        {
            if (_ofClaim.TryGetValue((claim.Key, claim.Value), out int[]? groups))
            {
                (added ??= []).UnionWith(groups);
            }
        }

        foreach (string certified in principal.CertificatePrincipals)
        {
            if (_ofCertificatePrincipal.TryGetValue(certified, out int[]? groups))
            {
                (added ??= []).UnionWith(groups);
            }
        }

        return added is null ? null : [.. added];
    }

    /// <summary>True for a group that people outside the policy can belong to, itself or through a group in
    /// it.</summary>
    public bool IsOpen(int number) =>
        _ofClaim.Values.Any(closure => Array.BinarySearch(closure, number) >= 0)
        || _ofCertificatePrincipal.Values.Any(closure => Array.BinarySearch(closure, number) >= 0);

    private int[] Closure(IEnumerable<string> starts)
    {
        var reached = new SortedSet<int>();
        var open = new Stack<string>(starts);
        while (open.TryPop(out string? name))
        {
            if (reached.Add(_numbers[name]) && _up.TryGetValue(name, out List<string>? parents))
            {
                foreach (string parent in parents)
                {
                    open.Push(parent);
                }
            }
        }

        return [.. reached];
    }
}

/// <summary>A principal as the policy sees her, for one question.</summary>
internal readonly struct Identity(Person? person, string name, int[] own, int[]? outside)
{
    public Person? Person { get; } = person;

    public string Name { get; } = name;

    public int[] Own { get; } = own;

    public int[]? Outside { get; } = outside;

    /// <summary>Someone the policy lists as gone has no rights, whatever a token says about her.</summary>
    public bool IsGone => Person is { Active: false };

    public bool IsAny(int[] subjects)
    {
        foreach (int subject in subjects)
        {
            if (Is(subject))
            {
                return true;
            }
        }

        return false;
    }

    public bool Is(int subject) =>
        Array.BinarySearch(Own, subject) >= 0 || (Outside is not null && Array.BinarySearch(Outside, subject) >= 0);
}
