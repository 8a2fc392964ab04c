using Bastion.Policy.Evaluation;

namespace Bastion.Policy;

/// <summary>
/// A loaded policy: immutable, safe to share among threads. Hold one reference and swap it; ask the newest at each
/// intent. Questions about people take the name as logged in; an unknown or inactive one has no rights.
/// </summary>
public sealed class PolicySnapshot
{
    internal PolicySnapshot(PolicyIndex index)
    {
        Index = index;
        Counters = [.. index.Content.Rules.Where(r => r.Cumulative is not null).Select(r => r.Cumulative!.Counter)];
    }

    /// <summary>SHA-256 over the canonical content, lower-case hex: equal meaning of files in any order, equal
    /// version.</summary>
    public string Version => Index.Content.Version;

    public IReadOnlyDictionary<string, Person> People => Index.Content.People;

    public IReadOnlyDictionary<string, Group> Groups => Index.Content.Groups;

    public IReadOnlyDictionary<string, Role> Roles => Index.Content.Roles;

    public IReadOnlyDictionary<string, Target> Targets => Index.Content.Targets;

    /// <summary>The running counts some rule asks for: keep these, answer them through <see
    /// cref="ICountSource"/>.</summary>
    public IReadOnlyList<PolicyCounter> Counters { get; }

    /// <summary>Paths of the inventories this policy took targets from: they may lie outside its directory, and change
    /// too.</summary>
    public IReadOnlyList<string> InventoryFiles => Index.Content.InventoryFiles;

    /// <summary>Who was given what, in short: for reviews of rights. In the order of their names.</summary>
    public IReadOnlyList<GrantSummary> Grants =>
    [
        .. Index.Content.Grants.OrderBy(grant => grant.Name, StringComparer.Ordinal).Select(grant => new GrantSummary(
            grant.Name, grant.Location, grant.Who, Targets.Values.Count(grant.Targets.Matches),
            grant.OnRequest is not null)),
    ];

    /// <summary>Names of the walls between environments.</summary>
    public IReadOnlyList<string> Walls => [.. Index.Content.Walls.Select(wall => wall.Name)];

    internal PolicyIndex Index { get; }

    /// <summary>May this be done? The only question the gate asks. Never throws: what cannot be evaluated
    /// forbids.</summary>
    public Decision Decide(PolicyRequest request) => Authorizer.Decide(Index, request);

    /// <summary>
    /// Resolves a target and an account (null: the target's default when it is granted, or else the first granted) for
    /// opening a session. An unknown target and one that is not granted read the same.
    /// </summary>
    public Access AccessTo(PolicyPrincipal principal, string target, string? account, PolicyContext context) =>
        Granting.Access(Index, principal, target, account, context);

    /// <summary>How long a just-in-time grant is in force once it is given; null when the policy has no such grant (any
    /// more).</summary>
    public TimeSpan? JustInTime(string grant) =>
        Index.Content.Grants.FirstOrDefault(g => g.Name == grant && g.OnRequest is not null)?.OnRequestFor;

    /// <summary>What the menu lists: targets some grant gives this person, sorted by name, whatever the hour.</summary>
    public IReadOnlyList<VisibleTarget> VisibleTargets(PolicyPrincipal principal) =>
        Granting.Visible(Index, Index.Identify(principal));

    /// <summary>What a person must show at login; the strictest of her own and her roles' demands.</summary>
    public LoginRequirement LoginFor(PolicyPrincipal principal)
    {
        Identity identity = Index.Identify(principal);
        return new LoginRequirement(
            identity.Person is { Totp: true }
            || Roles.Values.Any(role => role.Totp && identity.Is(Index.Memberships.NumberOf(role.Name))));
    }

    /// <summary>The active person whom a certificate principal logs in, or null.</summary>
    public Person? FindByCertificatePrincipal(string certificatePrincipal) =>
        People.Values.FirstOrDefault(person => person.Active
        && person.CertificatePrincipals.Contains(certificatePrincipal));

    /// <summary>Groups and roles of a principal, through other groups, claims and certificates too; sorted.</summary>
    public IReadOnlyList<string> MembershipsOf(PolicyPrincipal principal)
    {
        Identity identity = Index.Identify(principal);
        return
        [
            .. identity.Own.Concat(identity.Outside ?? [])
                .Select(Index.Memberships.NameOf)
                .Where(name => !People.ContainsKey(name))
                .Distinct()
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>The administrations a principal can act in; two that no written exception joins count as
    /// none.</summary>
    public Duties DutiesOf(PolicyPrincipal principal) => Index.DutiesInForce(Index.Identify(principal));

    /// <summary>What this principal may do in the console, all roles together.</summary>
    public ConsoleRights ConsoleRightsOf(PolicyPrincipal principal)
    {
        Identity identity = Index.Identify(principal);
        Duties duties = Index.DutiesInForce(identity);
        ConsoleRights rights = ConsoleRights.None;
        foreach (Role? role in Roles.Values.Where(role => !identity.IsGone
            && identity.Is(Index.Memberships.NumberOf(role.Name))))
        {
            rights |= (role.Duty & ~duties) == Duties.None ? role.Console : ConsoleRights.None;
        }

        return rights & ~Index.RightsOfOtherDuties(identity, duties);
    }

    /// <summary>May this person approve this requirement of that requester? Never the requester, never an
    /// auditor.</summary>
    public bool MayApprove(Requirement requirement, PolicyPrincipal approver, PolicyPrincipal requester)
    {
        // A requirement can be older than this snapshot: names that are gone approve nothing, and shield nobody.
        var notFrom = requirement.NotFrom.Where(Index.Memberships.Knows).ToList();
        return !IsSamePerson(approver, requester)
            && notFrom.Count == requirement.NotFrom.Count
            && Index.MayApprove(
                Index.Identify(approver),
                Index.Memberships.Numbers([.. requirement.From.Where(Index.Memberships.Knows)]),
                Index.Memberships.Numbers(notFrom));
    }

    /// <summary>
    /// Do these people together meet all requirements, each counting once? Every approver must be a distinct person.
    /// </summary>
    public bool IsMet(IReadOnlyList<Requirement> requirements, IReadOnlyList<PolicyPrincipal> approvers,
        PolicyPrincipal requester)
    {
        var people = approvers.DistinctBy(a => a.Name, StringComparer.OrdinalIgnoreCase).ToList();
        return Quorum.Fill(
            requirements, [.. people.Select(p => p.Name)],
            (requirement, person) => MayApprove(requirements[requirement], people[person], requester));
    }

    // Names that differ in case only would let one person be two.
    private static bool IsSamePerson(PolicyPrincipal one, PolicyPrincipal other) =>
        string.Equals(one.Name, other.Name, StringComparison.OrdinalIgnoreCase);
}

/// <param name="Name">As the policy names it.</param>
/// <param name="Location">Where it stands.</param>
/// <param name="Who">Groups, roles and people.</param>
/// <param name="Targets">How many targets it reaches now.</param>
/// <param name="OnRequest">It sleeps until it is asked for.</param>
public sealed record GrantSummary(string Name, SourceLocation Location, IReadOnlyList<string> Who, int Targets,
    bool OnRequest);
