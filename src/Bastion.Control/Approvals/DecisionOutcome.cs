namespace Bastion.Control.Approvals;

/// <summary>What became of a person's decision on a request.</summary>
public abstract record DecisionOutcome
{
    private DecisionOutcome()
    {
    }

    /// <summary>It counts; <paramref name="Request"/> is how the request stands with it.</summary>
    public sealed record Recorded(ApprovalRequest Request) : DecisionOutcome;

    /// <summary>The request was over before; nothing changed.</summary>
    public sealed record TooLate(ApprovalRequest Request, string Why) : DecisionOutcome;

    /// <summary>This person may not decide this, or not in this way.</summary>
    public sealed record NotEntitled(string Why) : DecisionOutcome;

    /// <summary>No such request, or none this person may see.</summary>
    public sealed record NotFound : DecisionOutcome;
}
