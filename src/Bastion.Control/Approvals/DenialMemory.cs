namespace Bastion.Control.Approvals;

/// <summary>What makes two requests the same: the same act by the same person in the same place.</summary>
internal readonly record struct ActKey(string Requester, string Target, string Account, string IntentDigest)
{
    public static ActKey Of(ApprovalRequest request) =>
        new(request.Requester, request.Target, request.Account, request.IntentDigest);
}

/// <summary>Remembers what was denied lately, so that asking again and again does not wear an approver down.</summary>
internal sealed class DenialMemory(TimeProvider time)
{
    /// <summary>Enough for every denial of ten minutes; beyond it the oldest is forgotten.</summary>
    private const int Capacity = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<ActKey, ApprovalRequest> _denied = [];

    public void Add(ApprovalRequest request)
    {
        lock (_lock)
        {
            Forget();
            _denied[ActKey.Of(request)] = request;
        }
    }

    /// <summary>The denial that still stands against asking with this reason, and for how long; null when there is
    /// none.</summary>
    public (ApprovalRequest Denied, TimeSpan Remaining)? Standing(ActKey act, string? reason)
    {
        lock (_lock)
        {
            if (!_denied.TryGetValue(act, out ApprovalRequest? denied) || IsNew(reason, denied.Reason))
            {
                return null;
            }

            TimeSpan remaining = Remaining(denied);
            return remaining > TimeSpan.Zero ? (denied, remaining) : null;
        }
    }

    private static bool IsNew(string? reason, string? before) =>
        !string.IsNullOrWhiteSpace(reason)
        && !string.Equals(reason.Trim(), before?.Trim(), StringComparison.OrdinalIgnoreCase);

    private TimeSpan Remaining(ApprovalRequest denied) =>
        denied.Closed is { } at ? at + ApprovalLimits.AskAgainAfter - time.GetUtcNow() : TimeSpan.Zero;

    private void Forget()
    {
        foreach ((ActKey act, ApprovalRequest? denied) in _denied)
        {
            if (Remaining(denied) <= TimeSpan.Zero)
            {
                _denied.Remove(act);
            }
        }

        while (_denied.Count >= Capacity)
        {
            _denied.Remove(_denied.MinBy(entry => entry.Value.Closed).Key);
        }
    }
}
