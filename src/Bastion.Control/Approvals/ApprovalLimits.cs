namespace Bastion.Control.Approvals;

/// <summary>Bounds of the desk. Each keeps one person, or one mistake, from using up everybody's attention.</summary>
public static class ApprovalLimits
{
    /// <summary>More open requests of one person than an approver could judge with care.</summary>
    public const int OpenPerRequester = 10;

    /// <summary>Of all people together; each is held in memory with its waiters.</summary>
    public const int Open = 500;

    /// <summary>An approval not used by then is void: the situation it was given for has passed.</summary>
    public static readonly TimeSpan UseWithin = TimeSpan.FromSeconds(60);

    /// <summary>So long a denied act cannot be asked for again without a new reason, so that nobody is worn
    /// down.</summary>
    public static readonly TimeSpan AskAgainAfter = TimeSpan.FromMinutes(10);

    /// <summary>In characters; reasons are for people.</summary>
    public const int ReasonLength = 1_000;
}
