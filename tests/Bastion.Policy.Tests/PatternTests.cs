using System.Net;
using Bastion.Policy.Values;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Bastion.Policy.Tests;

public sealed class PatternTests
{
    private static readonly PatternNames Names = new("alice", "app");

    [Theory]
    [InlineData("/srv/**", "/srv", true)]
    [InlineData("/srv/**", "/srv/a/b", true)]
    [InlineData("/srv/**", "/srv2", false)]
    [InlineData("/srv/**", "/", false)]
    [InlineData("/srv/**", "/srv/../etc", false)]
    [InlineData("/srv/**", "/srv/./a//b", true)]
    [InlineData("/srv/**", "srv/a", false)]
    [InlineData("/srv/**", "/srv/*", true)]
    [InlineData("/srv/*", "/srv/*.log", true)]
    [InlineData("/srv/**", "/srv/a*", true)]
    [InlineData("/srv/a", "/srv/a*", false)]
    [InlineData("/srv/**", "/srv/{a,../../etc}", false)]
    [InlineData("/srv/**", "/srv/.*", false)]
    [InlineData("/srv/*", "/srv/a/b", false)]
    [InlineData("/srv/*.log", "/srv/a.log", true)]
    [InlineData("/srv/**/cache", "/srv/a/b/cache", true)]
    [InlineData("/srv/**/cache", "/srv/cache", true)]
    [InlineData("/srv/**/cache", "/srv/cache/x", false)]
    [InlineData("/home/{account}/**", "/home/app/x", true)]
    [InlineData("/home/{person}/**", "/home/bob/x", false)]
    [InlineData("/**", "/anything", true)]
    public void A_path_is_surely_covered_only_when_it_cannot_be_elsewhere(string pattern, string path, bool expected) =>
        Assert.Equal(expected, Path(pattern).SurelyCovers(path, Names));

    [Theory]
    [InlineData("/srv/**", "/", true)]
    [InlineData("/srv/data/**", "/srv", true)]
    [InlineData("/srv/**", "/srv/a", true)]
    [InlineData("/srv/**", "/tmp", false)]
    [InlineData("/srv/**", "/tmp/../srv", true)]
    [InlineData("/srv/**", "relative", true)]
    [InlineData("/srv/**", "/s*", true)]
    [InlineData("/srv/**", "/t*", false)]
    [InlineData("/etc/passwd", "/etc/passwd/x", false)]
    [InlineData("/etc/passwd", "/etc", true)]
    [InlineData("/srv/*/keys", "/srv/a/data", false)]
    public void A_path_may_be_touched_unless_it_is_certain_that_it_is_not(string pattern, string path, bool expected) =>
        Assert.Equal(expected, Path(pattern).MayTouch(path, Names));

    [Fact]
    public void A_name_put_into_a_pattern_is_no_pattern()
    {
        var everybody = new PatternNames("*", "app");

        Assert.False(Path("/home/{person}/**").SurelyCovers("/home/bob/x", everybody));
        Assert.False(Path("/home/{person}/**").SurelyCovers("/home/bob/x", new PatternNames("b*", "app")));
        Assert.True(Path("/home/{person}/**").MayTouch("/home/a*", new PatternNames("alice", "app")));
        Assert.False(Path("/home/{person}/**").MayTouch("/home/b*", new PatternNames("alice", "app")));
    }

    [Property]
    public Property What_is_surely_covered_may_be_touched()
    {
        Gen<string> step = Gen.Elements("a", "b", "*", "**", "..", ".", "", "x*", "?");
        Gen<string> path = Gen.ListOf(step).Select(steps => "/" + string.Join('/', steps));
        return Prop.ForAll(path.ToArbitrary(), path.ToArbitrary(), (pattern, text) =>
            !PathPattern.TryParse(pattern, out PathPattern? parsed, out _)
            || !parsed.SurelyCovers(text, Names)
            || parsed.MayTouch(text, Names));
    }

    [Theory]
    [InlineData("orders.*", "orders.invoices", true, true)]
    [InlineData("orders.*", "ORDERS.Invoices", true, true)]
    [InlineData("orders.*", "billing.invoices", false, false)]
    [InlineData("orders.invoices", "invoices", false, true)]
    [InlineData("orders.invoices", "customers", false, false)]
    [InlineData("invoices", "shop.invoices", false, true)]
    [InlineData("*", "invoices", true, true)]
    public void A_table_is_compared_by_what_its_name_does_say(string pattern, string table, bool surely, bool maybe)
    {
        var parsed = new NamePattern(pattern, dotted: true);

        Assert.Equal((surely, maybe), (parsed.SurelyCovers(table), parsed.MayTouch(table)));
    }

    [Theory]
    [InlineData("localhost:5432", "localhost", 5432, true)]
    [InlineData("localhost:5432", "LOCALHOST", 5432, true)]
    [InlineData("localhost:5432", "localhost", 22, false)]
    [InlineData("10.2.0.0/16:8000-8010", "10.2.9.9", 8005, true)]
    [InlineData("10.2.0.0/16:8000-8010", "10.3.9.9", 8005, false)]
    [InlineData("10.2.0.0/16:8000-8010", "10.2.9.9", 8011, false)]
    [InlineData("10.2.0.0/16:*", "::ffff:10.2.1.1", 80, true)]
    [InlineData("10.2.0.0/16:*", "a-name", 80, false)]
    [InlineData("*.internal:443", "db.internal", 443, true)]
    [InlineData("*.internal:443", "internal", 443, false)]
    [InlineData("[::1]:22", "::1", 22, true)]
    [InlineData("/run/app/*.sock", "/run/app/x.sock", 0, true)]
    [InlineData("/run/app/*.sock", "/run/app/../x.sock", 0, false)]
    public void A_destination_is_matched_by_host_and_port(string pattern, string host, int port, bool expected)
    {
        Assert.True(DestinationPattern.TryParse(pattern, out DestinationPattern? parsed, out string? problem), problem);
        Assert.Equal(expected, parsed.Matches(new ForwardDestination(host, port)));
    }

    [Theory]
    [InlineData("::1:22")]
    [InlineData("host")]
    [InlineData("host:0")]
    [InlineData("host:99999")]
    [InlineData("host:20-10")]
    [InlineData("10.1.2.3/8:22")]
    public void A_destination_that_cannot_be_meant_is_refused(string pattern) =>
        Assert.False(DestinationPattern.TryParse(pattern, out _, out _));

    [Property]
    public void A_length_of_time_reads_back_as_it_is_written(uint seconds)
    {
        var duration = TimeSpan.FromSeconds((seconds % 100_000_000) + 1);

        Assert.True(DurationText.TryParse(DurationText.Format(duration), out TimeSpan back, out _));
        Assert.Equal(duration, back);
    }

    [Theory]
    [InlineData("mon-fri 09:00-18:00 Asia/Shanghai", "2026-03-02T01:00Z", true)]
    [InlineData("mon-fri 09:00-18:00 Asia/Shanghai", "2026-03-02T00:59Z", false)]
    [InlineData("mon-fri 09:00-18:00 Asia/Shanghai", "2026-03-02T10:00Z", false)]
    [InlineData("mon-fri 09:00-18:00 Asia/Shanghai", "2026-03-01T03:00Z", false)]
    [InlineData("fri 22:00-06:00", "2026-03-07T05:59Z", true)]
    [InlineData("fri 22:00-06:00", "2026-03-07T06:00Z", false)]
    [InlineData("fri 22:00-06:00", "2026-03-06T05:00Z", false)]
    [InlineData("sat-mon 00:00-24:00", "2026-03-01T23:59Z", true)]
    [InlineData("sat-mon 00:00-24:00", "2026-03-03T00:00Z", false)]
    [InlineData("mon,wed 09:00-24:00", "2026-03-04T23:59Z", true)]
    [InlineData("daily 02:00-03:00 Europe/Berlin", "2026-03-29T00:30Z", false)]
    [InlineData("daily 01:00-02:00 Europe/Berlin", "2026-03-29T00:30Z", true)]
    public void Hours_hold_in_their_own_zone_and_past_midnight(string hours, string instant, bool expected)
    {
        Assert.True(TimeWindow.TryParse(hours, out TimeWindow? window, out string? problem), problem);
        Assert.True(InstantText.TryParse(instant, out DateTimeOffset at, out _));
        Assert.Equal(expected, window.Contains(at));
    }

    [Fact]
    public void An_IPv4_address_written_as_IPv6_is_in_its_network() =>
        Assert.True(NetworkText.Contains(IPNetwork.Parse("10.0.0.0/8"), IPAddress.Parse("::ffff:10.1.2.3")));

    private static PathPattern Path(string text)
    {
        Assert.True(PathPattern.TryParse(text, out PathPattern? pattern, out string? problem), problem);
        return pattern;
    }
}
