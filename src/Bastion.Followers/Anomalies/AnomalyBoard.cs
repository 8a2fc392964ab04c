namespace Bastion.Followers.Anomalies;

/// <summary>A flag as the console shows it.</summary>
/// <param name="Record">Its own record in the journal.</param>
/// <param name="At">When it was flagged.</param>
/// <param name="Rule">The rule's name.</param>
/// <param name="Subject">Whom it is about.</param>
/// <param name="Object">The target, the network, the other approver.</param>
/// <param name="Reason">One sentence.</param>
/// <param name="Evidence">Records it rests on.</param>
internal sealed record AnomalyView(
    long Record, DateTimeOffset At, string Rule, string Subject, string? Object, string Reason,
    IReadOnlyList<long> Evidence);

/// <summary>The newest flags, kept at hand so that nobody reads the journal for them.</summary>
internal sealed class AnomalyBoard
{
    private const int Maximum = 500;

    private readonly Lock _lock = new();
    private readonly Queue<AnomalyView> _newest = new();

    public void Add(AnomalyView view)
    {
        lock (_lock)
        {
            if (_newest.Count == Maximum)
            {
                _newest.Dequeue();
            }

            _newest.Enqueue(view);
        }
    }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<AnomalyView> List()
    {
        lock (_lock)
        {
            return [.. _newest.Reverse()];
        }
    }
}
