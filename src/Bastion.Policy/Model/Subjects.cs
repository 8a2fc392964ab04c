namespace Bastion.Policy;

/// <summary>The three administrations that never meet in one person unless the policy says so in writing.</summary>
[Flags]
public enum Duties
{
    None = 0,

    /// <summary>Hosts, nodes, storage, backups.</summary>
    System = 1,

    /// <summary>Roles, targets, rules, users.</summary>
    Security = 2,

    /// <summary>Journal, recordings, reports.</summary>
    Audit = 4,
}

/// <summary>What a person must show at login.</summary>
public sealed record LoginRequirement(bool Totp);

/// <summary>A person (or service) the policy knows.</summary>
public sealed record Person
{
    public required string Name { get; init; }

    public string? FullName { get; init; }

    /// <summary>Public keys as in `authorized_keys`: `type base64 comment`.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>Certificate principals that log in as this person.</summary>
    public IReadOnlyList<string> CertificatePrincipals { get; init; } = [];

    /// <summary>A second factor is asked for at login, whatever her roles say.</summary>
    public bool Totp { get; init; }

    /// <summary>False for one who left: she is known, and refused.</summary>
    public bool Active { get; init; } = true;

    public required SourceLocation Location { get; init; }
}

/// <summary>A set of people.</summary>
public sealed record Group
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>People and groups listed as members in the policy.</summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>Claims of the identity provider that make one a member.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Claims { get; init; } = [];

    public IReadOnlyList<string> CertificatePrincipals { get; init; } = [];

    public required SourceLocation Location { get; init; }
}

/// <summary>A named set of rights: what grants give to it, and what it may do in the console.</summary>
public sealed record Role
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    /// <summary>People and groups who hold it.</summary>
    public IReadOnlyList<string> HeldBy { get; init; } = [];

    public bool Totp { get; init; }

    /// <summary>The administration this role is, for the three built-in ones.</summary>
    public Duties Duty { get; init; }

    public ConsoleRights Console { get; init; }

    public required SourceLocation Location { get; init; }
}
