using System.Diagnostics;
using System.Text;
using FsCheck.Xunit;
using static Bastion.Policy.Tests.PolicyTexts;

namespace Bastion.Policy.Tests;

public sealed class HostileInputTests
{
    [Theory]
    [InlineData("a: &x [1]\nb: *x", "is a YAML anchor")]
    [InlineData("a: *x", "is a YAML alias")]
    [InlineData("rules: !!python/object:os.system {}", "is a YAML tag")]
    [InlineData("people: {}\n---\npeople: {}", "a second document starts here")]
    [InlineData("people: {a: , a: }", "stands here a second time")]
    [InlineData("- just\n- a list", "a policy file is a block of sections, found a list")]
    [InlineData("people:\n\ta: 1", "indent with spaces")]
    [InlineData("rules: {r: {effects: *}}", "put a pattern that starts with `*` in quotes")]
    [InlineData("people: {a: {full-name: \"unclosed}", "this is not YAML")]
    public void What_is_not_the_language_is_refused(string text, string expected) =>
        Assert.Contains(expected, Findings(text), StringComparison.Ordinal);

    [Fact]
    public void A_billion_laughs_are_refused_at_the_first_anchor()
    {
        string bomb = "a0: &a0 [x, x]\n"
            + string.Concat(Enumerable.Range(1, 30).Select(i => $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n"));

        Assert.Contains("is a YAML anchor", Findings(bomb), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    [InlineData('-')]
    [InlineData('?')]
    public void Ten_thousand_levels_are_refused_quickly(char open)
    {
        string text = open is '-' or '?'
            ? string.Concat(Enumerable.Repeat(open + " ", 10_000))
            : new string(open, 10_000);
        var watch = Stopwatch.StartNew();

        Assert.True(Load(text).HasErrors);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), $"took {watch.Elapsed}");
    }

    [Fact]
    public void A_file_beyond_the_limit_is_not_parsed()
    {
        PolicyLoadResult result = PolicyLoader.Load([new PolicyFile("big.yaml", new byte[(4 * 1024 * 1024) + 1])]);

        Assert.Equal("too-large", Assert.Single(result.Diagnostics).Code);
    }

    [Fact]
    public void Text_that_is_not_UTF8_is_refused_with_the_line()
    {
        PolicyLoadResult result = PolicyLoader.Load(
            [new PolicyFile("x.yaml", new byte[] { (byte)'a', (byte)':', (byte)'\n', (byte)'b', 0xff })]);

        Assert.Equal(new SourceLocation("x.yaml", 2, 2), Assert.Single(result.Diagnostics).Location);
    }

    [Fact]
    public void What_somebody_typed_is_shown_escaped()
    {
        Assert.Contains("`\\e[2J`", Findings("\"\\e[2J\": {}"), StringComparison.Ordinal);
        Decision decision = Snapshot(Base).Decide(Exec("alice", "db\u202e\u001b[31m"));
        Assert.Contains("`db\\u{202e}\\e[31m`", decision.Explanation.En, StringComparison.Ordinal);
    }

    [Property(MaxTest = 300)]
    public void Random_bytes_are_refused_or_loaded_but_never_thrown_over(byte[] bytes) =>
        Assert.NotNull(PolicyLoader.Load([new PolicyFile("x.yaml", bytes)]));

    [Property(MaxTest = 200)]
    public void A_policy_with_one_character_changed_is_refused_or_loaded(int where, char what)
    {
        var text = new StringBuilder(Base + "\n" + WideGrant);
        text[(int)((uint)where % text.Length)] = what;

        Assert.NotNull(Load(text.ToString()));
    }
}
