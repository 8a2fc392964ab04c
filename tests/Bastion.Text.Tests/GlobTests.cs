namespace Bastion.Text.Tests;

public sealed class GlobTests
{
    [Theory]
    [InlineData("*", "", true)]
    [InlineData("a*c", "abbbc", true)]
    [InlineData("a*c", "abbb", false)]
    [InlineData("a?c", "abc", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("*a*b*", "xxaxxbxx", true)]
    [InlineData("\\*", "*", false)]
    public void Stars_and_question_marks(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Glob.Matches(pattern, text));

    [Theory]
    [InlineData("\\*", "*", true)]
    [InlineData("\\*", "x", false)]
    [InlineData("a\\?*", "a?z", true)]
    public void A_backslash_escapes_where_the_language_has_it(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Glob.MatchesEscaped(pattern, text));

    [Fact]
    public void Many_stars_do_not_make_it_slow() =>
        Assert.False(Glob.Matches(string.Concat(Enumerable.Repeat("a*", 500)) + "b", new string('a', 20_000)));
}
