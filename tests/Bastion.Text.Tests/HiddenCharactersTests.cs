using System.Globalization;
using System.Text;

namespace Bastion.Text.Tests;

public sealed class HiddenCharactersTests
{
    [Fact]
    public void Every_character_whose_category_shows_nothing_is_in_the_table()
    {
        var missing = new List<string>();
        for (int code = 0; code <= 0x10ffff; code++)
        {
            if (Rune.TryCreate(code, out Rune rune) && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control
                or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                or UnicodeCategory.PrivateUse && !HiddenCharacters.IsHidden(rune))
            {
                missing.Add($"U+{code:X4}");
            }
        }

        Assert.Empty(missing);
    }

    [Fact]
    public void Every_space_but_the_one_that_everybody_types_is_in_the_table()
    {
        for (int code = 0; code <= 0xffff; code++)
        {
            if (CharUnicodeInfo.GetUnicodeCategory(code) == UnicodeCategory.SpaceSeparator)
            {
                Assert.Equal(code != ' ', HiddenCharacters.KindOf((char)code) == HiddenKind.Space);
            }
        }
    }

    [Theory]
    [InlineData('a')]
    [InlineData('~')]
    [InlineData('é')]
    [InlineData('删')]
    [InlineData('␛')]
    public void What_is_seen_is_not(char seen) => Assert.Equal(HiddenKind.None, HiddenCharacters.KindOf(seen));

    [Theory]
    [InlineData(0x202E, true)] // right-to-left override
    [InlineData(0xE0041, true)] // tag A
    [InlineData(0x3164, true)] // Hangul filler
    [InlineData(0x200B, true)] // zero width space
    [InlineData(0x1B, true)]
    [InlineData(0x2028, true)]
    [InlineData('\n', false)]
    [InlineData(0x200D, false)] // zero width joiner, in emoji
    [InlineData(0xFE0F, false)]
    [InlineData(0xA0, false)]
    public void Only_what_nobody_types_on_purpose_deceives(int code, bool deceives) =>
        Assert.Equal(deceives, HiddenCharacters.Deceives(new Rune(code)));
}
