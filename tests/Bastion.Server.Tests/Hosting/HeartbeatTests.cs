using Bastion.Server.Hosting;

namespace Bastion.Server.Tests.Hosting;

public sealed class HeartbeatTests
{
    [Fact]
    public void A_process_that_stood_still_and_a_clock_that_was_set_are_noticed_and_nothing_else()
    {
        var clocks = new TwoClocks();
        var heartbeat = new Heartbeat(clocks);
        clocks.Pass(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.2));
        Assert.Null(heartbeat.Beat());

        clocks.Pass(TimeSpan.FromMinutes(3), TimeSpan.FromMinutes(3));
        Assert.Equal(180_000, heartbeat.Beat()!.DurationMilliseconds);
        clocks.Pass(TimeSpan.FromSeconds(1), TimeSpan.FromHours(-2));
        Assert.Equal(-7_200_000, heartbeat.Beat()!.ClockMilliseconds);
        // A machine that slept: one clock went on.
        clocks.Pass(TimeSpan.FromSeconds(1), TimeSpan.FromHours(8));
        Assert.NotNull(heartbeat.Beat());
        clocks.Pass(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        Assert.Null(heartbeat.Beat());
    }

    private sealed class TwoClocks : TimeProvider
    {
        private TimeSpan _ran;
        private DateTimeOffset _now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

        public void Pass(TimeSpan ran, TimeSpan wall) => (_ran, _now) = (_ran + ran, _now + wall);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ran.Ticks;

        public override DateTimeOffset GetUtcNow() => _now;
    }
}
