using System.Collections.Frozen;
using Bastion.Policy.Model;
using Bastion.Policy.Values;

namespace Bastion.Policy.Evaluation;

/// <summary>What a rule or grant asks of other people, with the people found.</summary>
/// <param name="Key">Equal for terms that ask the same people, so that several rules join into one requirement.</param>
internal sealed record LinkedTerms(
    RequirementTerms Terms, int[] From, int[] NotFrom, string[] Candidates, bool OpenToClaims, string Key);

internal sealed record LinkedMatch(Match Match, int[] Who);

internal sealed record LinkedRule(Rule Rule, LinkedMatch When, LinkedMatch? Unless, LinkedTerms[] Require);

internal sealed record LinkedGrant(Grant Grant, LinkedTerms? OnRequest);

/// <summary>
/// A policy laid out for questions. Each target, each person and each kind of effect has a bit for every rule (and
/// grant) that could concern it; one question intersects three small bit sets and looks at what is left.
/// Size: (targets + people + kinds) × (rules + grants) / 8 bytes; at the limits of a policy some 50 MB, usually KB.
/// </summary>
internal sealed class PolicyIndex
{
    private readonly FrozenDictionary<string, BitSet> _grantsOfTarget;
    private readonly FrozenDictionary<string, BitSet> _rulesOfTarget;
    private readonly BitSet[] _grantsOfSubject;
    private readonly BitSet[] _rulesOfSubject;
    private readonly BitSet _rulesForAnyone;
    private readonly BitSet _actionRules;
    private readonly FrozenDictionary<string, BitSet> _rulesOfEffect;
    private readonly BitSet _rulesOfEveryEffect;
    private readonly FrozenDictionary<string, Target[]> _targetsByHost;
    private readonly FrozenDictionary<string, Duties> _exceptions;
    private readonly Duties[] _dutyOfSubject;

    // Hundreds of rules ask the same few groups: their people are looked for once.
    private readonly Dictionary<string, LinkedTerms> _sameTerms = new(StringComparer.Ordinal);

    public PolicyIndex(PolicyContent content, DateTimeOffset loadedAt)
    {
        Content = content;
        _exceptions = content.DutyExceptions.Where(e => loadedAt < e.Until)
            .ToFrozenDictionary(e => e.Person, e => e.Duties, StringComparer.Ordinal);
        Memberships = new Memberships(content);
        _dutyOfSubject = new Duties[Memberships.Count];
        foreach (Role role in content.Roles.Values)
        {
            _dutyOfSubject[Memberships.NumberOf(role.Name)] = role.Duty;
        }

        Grants = [.. content.Grants.Select(g => new LinkedGrant(g, g.OnRequest is null ? null : Link(g.OnRequest)))];
        Rules = [.. content.Rules.Select(r =>
            new LinkedRule(r, Link(r.When), r.Unless is null ? null : Link(r.Unless), [.. r.Require.Select(Link)]))];

        _grantsOfTarget = content.Targets.ToFrozenDictionary(t => t.Key,
            t => Bits(Grants, g => g.Grant.Targets.Matches(t.Value)), StringComparer.Ordinal);
        _rulesOfTarget = content.Targets.ToFrozenDictionary(t => t.Key,
            t => Bits(Rules, r => r.Rule.When.Targets.Matches(t.Value)), StringComparer.Ordinal);
        _grantsOfSubject = BySubject(Grants, g => Memberships.Numbers(g.Grant.Who));
        _rulesOfSubject = BySubject(Rules, r => r.When.Who);
        _rulesForAnyone = Bits(Rules, r => r.When.Who.Length == 0);
        _actionRules = Bits(Rules, r => !r.Rule.When.IsAboutEffects);
        _rulesOfEffect = EffectWords.Kinds.ToFrozenDictionary(kind => kind, kind => Bits(Rules, r => IsAbout(r, kind)),
            StringComparer.Ordinal);

        // A kind of effect this policy has never heard of meets the rules that speak of every effect.
        _rulesOfEveryEffect = Bits(Rules, r => IsAbout(r, EffectWords.Everything));
        _targetsByHost = content.Targets.Values
            .SelectMany(t =>
            new[] { (Host: HostName.Canonical(t.Host), Target: t), (Host: HostName.Canonical(t.Name), Target: t) })
            .GroupBy(x => x.Host, x => x.Target, StringComparer.OrdinalIgnoreCase)
            .ToFrozenDictionary(same => same.Key, same => same.Distinct().ToArray(), StringComparer.OrdinalIgnoreCase);
    }

    public PolicyContent Content { get; }

    public Memberships Memberships { get; }

    public LinkedGrant[] Grants { get; }

    public LinkedRule[] Rules { get; }

    public Identity Identify(PolicyPrincipal principal) => new(
        Content.People.GetValueOrDefault(principal.Name), principal.Name,
        Memberships.Of(principal.Name), Memberships.FromOutside(principal));

    /// <summary>Somebody of whom nothing is known but that she holds this role or is in this group.</summary>
    public Identity HolderOf(string subject, string name) => new(null, name, Memberships.OfSubject(subject), null);

    /// <summary>The administrations that roles give her, whether or not she may hold them together.</summary>
    public Duties DutiesNamed(Identity identity)
    {
        Duties duties = Duties.None;
        foreach (int subject in identity.Own)
        {
            duties |= _dutyOfSubject[subject];
        }

        foreach (int subject in identity.Outside ?? [])
        {
            duties |= _dutyOfSubject[subject];
        }

        return duties;
    }

    /// <summary>
    /// The administrations she can act in. Two that no written exception joins cancel each other: loading refuses such
    /// a policy, but an identity provider's claims are seen only here, and an exception ends.
    /// </summary>
    public Duties DutiesInForce(Identity identity)
    {
        Duties duties = identity.IsGone ? Duties.None : DutiesNamed(identity);
        return MayHold(identity.Name, duties) ? duties : Duties.None;
    }

    /// <summary>What somebody with an administration is not to have, whatever further roles say: the others'.</summary>
    public ConsoleRights RightsOfOtherDuties(Identity identity, Duties inForce)
    {
        if (DutiesNamed(identity) == Duties.None)
        {
            return ConsoleRights.None;
        }

        return Loading.BuiltInRoles.Duties.Values
            .Where(duty => !inForce.HasFlag(duty))
            .Aggregate(ConsoleRights.None, (rights, duty) => rights | Loading.BuiltInRoles.ReservedFor(duty));
    }

    public bool MayHold(string person, Duties duties) =>
        int.PopCount((int)duties) <= 1 || (duties & ~_exceptions.GetValueOrDefault(person)) == Duties.None;

    /// <summary>64 grants at a time that name this target and this person.</summary>
    public ulong GrantBits(int word, Target target, Identity identity) =>
        _grantsOfTarget[target.Name].Words[word] & OfIdentity(_grantsOfSubject, word, identity);

    public int GrantWords => (Grants.Length + 63) / 64;

    public int RuleWords => (Rules.Length + 63) / 64;

    /// <summary>64 rules at a time that concern this target and person: about the act itself when <paramref
    /// name="effect"/> is null.</summary>
    public ulong RuleBits(int word, Target target, Identity identity, string? effect)
    {
        BitSet about = effect is null ? _actionRules
            : _rulesOfEffect.TryGetValue(effect, out BitSet known) ? known
            : _rulesOfEveryEffect;
        return about.Words[word]
            & _rulesOfTarget[target.Name].Words[word]
            & (_rulesForAnyone.Words[word] | OfIdentity(_rulesOfSubject, word, identity));
    }

    /// <summary>The targets a host name, an address or a target's own name can mean; empty for one this policy does not
    /// know.</summary>
    public IReadOnlyList<Target> TargetsAt(string host) =>
        _targetsByHost.GetValueOrDefault(HostName.Canonical(host)) ?? [];

    private static bool IsAbout(LinkedRule rule, string kind)
    {
        Match match = rule.Rule.When;
        return match.IsAboutEffects
            && (match.Effects.Count == 0 || match.Effects.Any(pattern => EffectWords.Matches(pattern, kind)));
    }

    private static ulong OfIdentity(BitSet[] bySubject, int word, Identity identity)
    {
        ulong bits = 0UL;
        foreach (int subject in identity.Own)
        {
            bits |= bySubject[subject].Words[word];
        }

        foreach (int subject in identity.Outside ?? [])
        {
            bits |= bySubject[subject].Words[word];
        }

        return bits;
    }

    private static BitSet Bits<T>(T[] items, Func<T, bool> has)
    {
        var bits = new BitSet(items.Length);
        for (int i = 0; i < items.Length; i++)
        {
            if (has(items[i]))
            {
                bits.Add(i);
            }
        }

        return bits;
    }

    private BitSet[] BySubject<T>(T[] items, Func<T, int[]> subjects)
    {
        // Most subjects have no bit of their own: they share one empty set.
        var empty = new BitSet(items.Length);
        var sets = new BitSet[Memberships.Count];
        Array.Fill(sets, empty);
        for (int i = 0; i < items.Length; i++)
        {
            foreach (int subject in subjects(items[i]))
            {
                if (ReferenceEquals(sets[subject].Words, empty.Words))
                {
                    sets[subject] = new BitSet(items.Length);
                }

                sets[subject].Add(i);
            }
        }

        return sets;
    }

    private LinkedMatch Link(Match match) => new(match, Memberships.Numbers(match.Who));

    private LinkedTerms Link(RequirementTerms terms)
    {
        string key = string.Join(',', terms.From) + "\0" + string.Join(',', terms.NotFrom);
        if (_sameTerms.TryGetValue(key, out LinkedTerms? same))
        {
            return same with { Terms = terms };
        }

        int[] from = Memberships.Numbers(terms.From);
        int[] notFrom = Memberships.Numbers(terms.NotFrom);
        IOrderedEnumerable<string> candidates = Content.People.Values
            .Where(person => person.Active)
            .Select(person => Identify(new PolicyPrincipal(person.Name)))
            .Where(person => MayApprove(person, from, notFrom))
            .Select(person => person.Name)
            .Order(StringComparer.Ordinal);
        return _sameTerms[key] =
            new LinkedTerms(terms, from, notFrom, [.. candidates], from.Any(Memberships.IsOpen), key);
    }

    /// <summary>An auditor never approves: she would check her own decisions later.</summary>
    public bool MayApprove(Identity person, int[] from, int[] notFrom) =>
        !person.IsGone && person.IsAny(from) && !person.IsAny(notFrom) && (DutiesNamed(person) & Duties.Audit) == 0;
}
