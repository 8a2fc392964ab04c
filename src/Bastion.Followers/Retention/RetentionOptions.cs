namespace Bastion.Followers.Retention;

/// <summary>How long evidence is kept at least. The journal itself is never deleted.</summary>
public sealed record RetentionOptions
{
    public const int DefaultDays = 400;

    /// <summary>Below this a security administrator has to say why, in writing: laws of several countries ask for six
    /// months.</summary>
    public const int DaysWithoutReason = 180;

    public int Days { get; init; } = DefaultDays;

    /// <summary>Why it is shorter than <see cref="DaysWithoutReason"/>; stands in the journal at each start.</summary>
    public string? Reason { get; init; }

    /// <summary>The security administrator who says so, by the name in the policy.</summary>
    public string? ReasonBy { get; init; }

    public TimeSpan Time => TimeSpan.FromDays(Days);
}
