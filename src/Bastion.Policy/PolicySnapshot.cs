namespace Bastion.Policy;

/// <summary>
/// A loaded policy: immutable, safe to share among threads. Hold one reference and swap it; ask the newest at each
/// intent. Questions about people take the name as logged in; an unknown or inactive one has no rights.
/// </summary>
public sealed class PolicySnapshot
{
    /// <summary>SHA-256 over the canonical content, lower-case hex: equal meaning of files in any order, equal version.</summary>
    public string Version { get; }

    public IReadOnlyDictionary<string, Person> People { get; }

    public IReadOnlyDictionary<string, Group> Groups { get; }

    public IReadOnlyDictionary<string, Role> Roles { get; }

    public IReadOnlyDictionary<string, Target> Targets { get; }

    /// <summary>The running counts some rule asks for: keep these, answer them through <see cref="ICountSource"/>.</summary>
    public IReadOnlyList<PolicyCounter> Counters { get; }

    internal PolicySnapshot()
    {
        Version = "";
        People = new Dictionary<string, Person>();
        Groups = new Dictionary<string, Group>();
        Roles = new Dictionary<string, Role>();
        Targets = new Dictionary<string, Target>();
        Counters = [];
    }

    /// <summary>May this be done? The only question the gate asks.</summary>
    public Decision Decide(PolicyRequest request) => throw new NotImplementedException(Version + request.Target);

    /// <summary>
    /// Resolves a target and an account (null: the target's default, or else the one granted) for opening a session.
    /// An unknown target and one that is not granted read the same.
    /// </summary>
    public Access AccessTo(PolicyPrincipal principal, string target, string? account, PolicyContext context) =>
        throw new NotImplementedException(Version + principal.Name + target + account + context.Time);

    /// <summary>What the menu lists: targets some grant gives this person, sorted by name, whatever the hour.</summary>
    public IReadOnlyList<VisibleTarget> VisibleTargets(PolicyPrincipal principal) => throw new NotImplementedException(Version + principal.Name);

    /// <summary>What a person must show at login; the strictest of her own and her roles' demands.</summary>
    public LoginRequirement LoginFor(PolicyPrincipal principal) => throw new NotImplementedException(Version + principal.Name);

    /// <summary>The active person whom a certificate principal logs in, or null.</summary>
    public Person? FindByCertificatePrincipal(string certificatePrincipal) => throw new NotImplementedException(Version + certificatePrincipal);

    /// <summary>Groups and roles of a principal, through other groups, claims and certificates too; sorted.</summary>
    public IReadOnlyList<string> MembershipsOf(PolicyPrincipal principal) => throw new NotImplementedException(Version + principal.Name);

    public Duties DutiesOf(PolicyPrincipal principal) => throw new NotImplementedException(Version + principal.Name);

    /// <summary>What this principal may do in the console, all roles together.</summary>
    public ConsoleRights ConsoleRightsOf(PolicyPrincipal principal) => throw new NotImplementedException(Version + principal.Name);

    /// <summary>May this person approve this requirement of that requester? Never the requester, never an auditor.</summary>
    public bool MayApprove(Requirement requirement, PolicyPrincipal approver, PolicyPrincipal requester) =>
        throw new NotImplementedException(Version + requirement.Tier + approver.Name + requester.Name);

    /// <summary>
    /// Do these people together meet all requirements, each counting once? Every approver must be a distinct person.
    /// </summary>
    public bool IsMet(IReadOnlyList<Requirement> requirements, IReadOnlyList<PolicyPrincipal> approvers, PolicyPrincipal requester) =>
        throw new NotImplementedException(Version + requirements.Count + approvers.Count + requester.Name);
}
