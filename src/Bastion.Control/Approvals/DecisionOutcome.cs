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
    public sealed record TooLate(ApprovalRequest Request, string Why) : DecisionOutcome
    {
        internal static TooLate For(ApprovalRequest request, DateTimeOffset now)
        {
            string state = request.State.ToString().ToLowerInvariant();
            return new TooLate(
                request,
                request.Closed is { } closed
                    ? $"too late: {state} {Math.Max(0, (now - closed).TotalSeconds):0} s ago; {request.Outcome}"
                    : $"too late: it is {state} already");
        }
    }

    /// <summary>This person may not decide this, or not in this way.</summary>
    public sealed record NotEntitled(string Why) : DecisionOutcome;

    /// <summary>No such request, or none this person may see.</summary>
    public sealed record NotFound : DecisionOutcome;

    /// <summary>Why it did not count; null when it did, and when nobody may know that there was anything to
    /// decide.</summary>
    internal string? Complaint => this switch
    {
        NotEntitled { Why: var why } => why,
        TooLate { Why: var why } => why,
        _ => null,
    };
}
