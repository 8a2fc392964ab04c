namespace Bastion.Control.Approvals;

/// <summary>Where requests are kept past their end and past a restart. The journal is the evidence; this is the
/// index.</summary>
public interface IRequestStore
{
    /// <summary>Writes the request over any earlier revision of it.</summary>
    ValueTask SaveAsync(ApprovalRequest request, CancellationToken cancellationToken);

    ValueTask<ApprovalRequest?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Newest first; <paramref name="state"/> null means all.</summary>
    ValueTask<IReadOnlyList<ApprovalRequest>> ListAsync(
        ApprovalState? state, int limit, CancellationToken cancellationToken);
}
