namespace Bastion.Control.Approvals;

/// <summary>Where a request for approval stands. Everything but <see cref="Pending"/> and <see cref="Approved"/> is
/// final.</summary>
public enum ApprovalState
{
    Pending,

    /// <summary>The quorum is reached; what was held may run once, soon.</summary>
    Approved,

    /// <summary>The approved bytes were released.</summary>
    Consumed,

    Denied,

    /// <summary>Nobody decided in time, or the approval was not used in time.</summary>
    Expired,

    /// <summary>The requester took it back or went away.</summary>
    Withdrawn,

    /// <summary>The policy changed so that this decision no longer holds.</summary>
    Superseded,
}

/// <summary>What can happen to a request.</summary>
public enum ApprovalEvent
{
    /// <summary>One person approved and more are needed.</summary>
    Vote,

    /// <summary>The last person needed approved.</summary>
    Quorum,
    Refuse,
    TimeOut,
    Withdraw,
    Supersede,

    /// <summary>The gate takes the approval to release what was held.</summary>
    Consume,
}
