using Bastion.Control.Approvals;

namespace Bastion.Control.Tests;

public sealed class ApprovalFeedTests
{
    [Fact]
    public async Task A_subscriber_that_does_not_keep_up_is_told_to_fetch_again()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        ApprovalRequest request = (await world.HoldAsync(await world.SessionAsync())).Request;
        using ApprovalFeed.Subscription subscription = world.Desk.Feed.Subscribe()!;

        for (int number = 0; number < 1_000; number++)
        {
            world.Desk.Feed.Publish(request);
        }

        Assert.True(subscription.Changes.Count <= 128);
        Assert.True(subscription.Changes.TryRead(out ApprovalChange? first));
        Assert.Null(first.Request);
    }

    [Fact]
    public async Task A_subscriber_that_comes_back_gets_what_it_missed()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        ApprovalRequest request = (await world.HoldAsync(await world.SessionAsync())).Request;
        long seen;
        using (ApprovalFeed.Subscription before = world.Desk.Feed.Subscribe()!)
        {
            world.Desk.Feed.Publish(request);
            seen = (await before.Changes.ReadAsync()).Sequence;
        }

        world.Desk.Feed.Publish(request);
        world.Desk.Feed.Publish(request);

        using ApprovalFeed.Subscription again = world.Desk.Feed.Subscribe(seen)!;
        Assert.Equal([seen + 1, seen + 2],
            [(await again.Changes.ReadAsync()).Sequence, (await again.Changes.ReadAsync()).Sequence]);
    }

    [Fact]
    public async Task A_number_from_before_a_restart_means_fetch_again()
    {
        await using ControlWorld world = await ControlWorld.StartAsync();
        using ApprovalFeed.Subscription subscription = world.Desk.Feed.Subscribe(after: 4_711)!;

        Assert.True(subscription.Changes.TryRead(out ApprovalChange? change));
        Assert.Null(change.Request);
    }
}
