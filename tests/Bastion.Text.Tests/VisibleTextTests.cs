using System.Text;
using FsCheck.Xunit;

namespace Bastion.Text.Tests;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("ls -l", "ls -l")]
    [InlineData("a\nb\r\tc", "a\\nb\\r\\tc")]
    [InlineData("\u001b[2Jx", "\\e[2Jx")]
    [InlineData("a\u202ecod.2019", "a\\u{202e}cod.2019")]
    [InlineData("no\u00a0break", "no\\xa0break")]
    [InlineData("\ud83d\ude00", "\ud83d\ude00")]
    [InlineData("\udb40\udc41", "\\u{e0041}")]
    public void What_is_hidden_is_written_out(string text, string shown) => Assert.Equal(shown, VisibleText.Of(text));

    [Fact]
    public void Half_a_pair_is_not_passed_on() => Assert.Equal("x\ufffd", VisibleText.Of("x\ud800"));

    [Fact]
    public void Lines_keep_their_ends_and_nothing_else() =>
        Assert.Equal("a\r\n\tb\\e", VisibleText.Lines("a\r\n\tb\u001b"));

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdefg", 6, "abcdef…")]
    [InlineData("\n\n\n\n", 4, "\\n\\n…")]
    public void A_cut_shows(string text, int maximum, string shown) =>
        Assert.Equal(shown, VisibleText.Of(text, maximum));

    [Fact]
    public void A_cut_inside_bytes_shows_and_bad_bytes_do_not_hurt()
    {
        Assert.Equal("éé…", VisibleText.Of("ééé"u8, 2));
        Assert.Equal("a\ufffd", VisibleText.Of([(byte)'a', 0xff], 10));
        Assert.Equal(new string('x', 5) + "…", VisibleText.Of(Encoding.ASCII.GetBytes(new string('x', 1000)), 5));
    }

    [Property]
    public bool Nothing_hidden_ever_comes_out(string? text)
    {
        string shown = VisibleText.Of(text ?? "");
        return shown.EnumerateRunes().All(rune => !HiddenCharacters.IsHidden(rune)) && VisibleText.IsOneLine(shown);
    }

    [Property]
    public bool One_line_means_that_it_is_shown_as_it_is(string? text) =>
        VisibleText.IsOneLine(text ?? "") == (VisibleText.Of(text ?? "") == (text ?? ""));
}
