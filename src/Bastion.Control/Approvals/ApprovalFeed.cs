using System.Threading.Channels;

namespace Bastion.Control.Approvals;

/// <summary>One change of one request, or the word that changes were missed.</summary>
/// <param name="Sequence">Rises by one with every change since the gateway started.</param>
/// <param name="Request">Null means: changes were lost, fetch the list again.</param>
public sealed record ApprovalChange(long Sequence, ApprovalRequest? Request);

/// <summary>
/// Tells subscribers of every change. Nobody can slow the desk: a subscriber that does not keep up loses its backlog
/// and is told to fetch the list again.
/// </summary>
public sealed class ApprovalFeed
{
    /// <summary>Changes kept for one subscriber, and for subscribers that come back.</summary>
    private const int Backlog = 128;

    /// <summary>Browser tabs of all approvers together.</summary>
    private const int MaximumSubscribers = 1_000;

    private readonly Lock _lock = new();
    private readonly HashSet<Subscription> _subscriptions = [];
    private readonly Queue<ApprovalChange> _recent = new(Backlog);
    private long _sequence;

    /// <summary>Null when there are too many subscribers.</summary>
    /// <param name="after">The last sequence the subscriber saw, to be told what came since; null to start now.</param>
    public Subscription? Subscribe(long? after = null)
    {
        lock (_lock)
        {
            if (_subscriptions.Count >= MaximumSubscribers)
            {
                return null;
            }

            var subscription = new Subscription(this);
            _subscriptions.Add(subscription);
            CatchUp(subscription, after);
            return subscription;
        }
    }

    internal void Publish(ApprovalRequest request)
    {
        lock (_lock)
        {
            var change = new ApprovalChange(++_sequence, request);
            if (_recent.Count == Backlog)
            {
                _recent.Dequeue();
            }

            _recent.Enqueue(change);
            foreach (Subscription subscription in _subscriptions)
            {
                subscription.Offer(change);
            }
        }
    }

    private void CatchUp(Subscription subscription, long? after)
    {
        if (after is not { } seen || seen == _sequence)
        {
            return;
        }

        // A number from the future is from before a restart: what it stands for is unknown.
        long oldest = _recent.TryPeek(out ApprovalChange? first) ? first.Sequence : _sequence + 1;
        if (seen > _sequence || seen < oldest - 1)
        {
            subscription.Offer(new ApprovalChange(_sequence, null));
            return;
        }

        foreach (ApprovalChange change in _recent)
        {
            if (change.Sequence > seen)
            {
                subscription.Offer(change);
            }
        }
    }

    private void Remove(Subscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
        }
    }

    /// <summary>One reader's bounded queue of changes.</summary>
    public sealed class Subscription : IDisposable
    {
        private readonly ApprovalFeed _feed;

        private readonly Channel<ApprovalChange> _changes =
            Channel.CreateBounded<ApprovalChange>(Backlog);

        internal Subscription(ApprovalFeed feed) => _feed = feed;

        public ChannelReader<ApprovalChange> Changes => _changes.Reader;

        public void Dispose() => _feed.Remove(this);

        /// <summary>Called under the feed's lock, so there is one writer at a time.</summary>
        internal void Offer(ApprovalChange change)
        {
            if (_changes.Writer.TryWrite(change))
            {
                return;
            }

            while (_changes.Reader.TryRead(out _))
            {
                // The backlog is worthless once there is a gap in it.
            }

            _changes.Writer.TryWrite(change with { Request = null });
        }
    }
}
