using System.Diagnostics.Metrics;
using Bastion.Web.Telemetry;

namespace Bastion.Web.Tests.Telemetry;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly PrometheusText _text = new();
    private readonly Meter _meter = new("Bastion.Test");

    [Fact]
    public void What_goes_up_and_down_shows_how_much_is_there()
    {
        UpDownCounter<int> open = _meter.CreateUpDownCounter<int>("bastion_test_open");
        open.Add(1);
        open.Add(1);
        open.Add(-1);
        Assert.Contains("# TYPE bastion_test_open gauge\nbastion_test_open 1\n", _text.Write(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_gauge_shows_its_last_value_and_a_counter_the_sum()
    {
        Gauge<int> level = _meter.CreateGauge<int>("bastion_test_level");
        level.Record(7);
        level.Record(5);
        Counter<int> acts = _meter.CreateCounter<int>("bastion_test_acts");
        acts.Add(2);
        acts.Add(3);
        string written = _text.Write();
        Assert.Contains("\nbastion_test_level 5\n", written, StringComparison.Ordinal);
        Assert.Contains("\nbastion_test_acts_total 5\n", written, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _text.Dispose();
        _meter.Dispose();
    }
}
