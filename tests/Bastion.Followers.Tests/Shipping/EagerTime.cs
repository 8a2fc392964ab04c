namespace Bastion.Followers.Tests.Shipping;

/// <summary>A clock on which every wait is over at once, and has taken as long as it should.</summary>
internal sealed class EagerTime : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 11, 23, 18, 0, 0, TimeSpan.Zero).Ticks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime > TimeSpan.Zero)
        {
            Interlocked.Add(ref _ticks, dueTime.Ticks);
        }

        return TimeProvider.System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan
            ? dueTime
            : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }
}
