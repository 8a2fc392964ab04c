namespace Bastion.Audit.Reports.Sections;

/// <summary>What the policy gives, against what was used: for the review of access rights.</summary>
public sealed record AccessSection
{
    public required IReadOnlyList<GrantRow> Used { get; init; }

    /// <summary>The policy was at hand to compare with. Without it only what was used is known.</summary>
    public bool PolicyKnown { get; init; }

    /// <summary>The period is too short to tell what is not needed.</summary>
    public bool PeriodTooShort { get; init; }

    public string? PolicyVersion { get; init; }

    /// <summary>Grants that nobody used in the period.</summary>
    public IReadOnlyList<GrantReview> Dormant { get; init; } = [];

    /// <summary>Grants that give far more than was used.</summary>
    public IReadOnlyList<GrantReview> Wide { get; init; } = [];

    /// <summary>People of the policy who did not log in.</summary>
    public IReadOnlyList<string> DormantPeople { get; init; } = [];

    /// <summary>People who hold an administration, and which.</summary>
    public IReadOnlyList<Counted> Administrators { get; init; } = [];

    /// <summary>Everybody who logged in, with the newest time: what <see cref="DormantPeople"/> was made
    /// from.</summary>
    public required IReadOnlyDictionary<string, DateTimeOffset> Seen { get; init; }
}

/// <summary>A grant on which sessions rested.</summary>
public sealed record GrantRow(string Name, long Sessions, int People, int Targets, DateTimeOffset Last);

/// <param name="Name">The grant.</param>
/// <param name="Place">File and line in the policy.</param>
/// <param name="Gives">How many targets it reaches.</param>
/// <param name="Used">How many of them somebody used.</param>
/// <param name="Finding">What is wide or unused about it, one line.</param>
public sealed record GrantReview(string Name, string Place, int Gives, int Used, string Finding);
