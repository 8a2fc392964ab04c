namespace Bastion.Policy;

/// <summary>How to reach a target as one account. The credential is a name in the gateway's vault, never a
/// secret.</summary>
public sealed record TargetConnection
{
    public required string Target { get; init; }

    public required string Host { get; init; }

    public required int Port { get; init; }

    /// <summary>Pinned host keys, each `type base64`; empty when the policy pins none.</summary>
    public required IReadOnlyList<string> HostKeys { get; init; }

    public required string Account { get; init; }

    public required string Credential { get; init; }
}

/// <summary>Bounds on a person's sessions; null where there is none.</summary>
public sealed record SessionLimits(int? Count, TimeSpan? Idle, TimeSpan? Length);

/// <summary>What a person may do on one target with one account, for opening a session.</summary>
public sealed record Access
{
    /// <summary>Permit: connect now. Require: somebody must approve the first act. Forbid: see its text.</summary>
    public required Decision Decision { get; init; }

    /// <summary>A rule wants an approval before anybody connects: see <see
    /// cref="PolicyContext.AwaitsOpening"/>.</summary>
    public bool AwaitsOpening =>
        Decision.Outcome == Outcome.Require && Decision.Determining.Any(rule => rule.Kind == "rule");

    /// <summary>Null when nothing is granted.</summary>
    public TargetConnection? Connection { get; init; }

    /// <summary>The widest shell granted. Grants add up; rules take away (ask <see
    /// cref="PolicySnapshot.Decide"/>).</summary>
    public ShellKind Shell { get; init; }

    /// <summary>Actions at least one grant gives, for some path or destination.</summary>
    public IReadOnlySet<PolicyAction> Actions { get; init; } = new HashSet<PolicyAction>();

    public SessionLimits Limits { get; init; } = new(null, null, null);

    /// <summary>Names of environment variables the client may set; `LC_*` is a prefix.</summary>
    public IReadOnlyList<string> EnvironmentVariables { get; init; } = [];

    public bool PermitsVariable(string name)
    {
        foreach (string pattern in EnvironmentVariables)
        {
            if (pattern.EndsWith('*')
                ? name.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
                : name == pattern)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>A target as the menu lists it for one person.</summary>
public sealed record VisibleTarget(
    string Name, string? Description, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<string> Accounts,
    string DefaultAccount);
