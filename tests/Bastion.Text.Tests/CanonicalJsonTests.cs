using Bastion.Text.Canonical;

namespace Bastion.Text.Tests;

public sealed class CanonicalJsonTests
{
    /// <summary>RFC 8785 section 3.2.3: by UTF-16 units, in which a pair comes before U+FB33.</summary>
    [Fact]
    public void Members_are_sorted_as_the_rfc_sorts_them()
    {
        var members = new SortedDictionary<string, object?>(StringComparer.Ordinal)
        {
            ["\u20ac"] = "Euro Sign",
            ["\r"] = "Carriage Return",
            ["\ufb33"] = "Hebrew Letter Dalet With Dagesh",
            ["1"] = "One",
            ["\ud83d\ude00"] = "Emoji: Grinning Face",
            ["\u0080"] = "Control",
            ["\u00f6"] = "Latin Small Letter O With Diaeresis",
        };
        Assert.Equal(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With "
                + "Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With "
                + "Dagesh\"}",
            CanonicalJson.Write(members));
    }

    [Fact]
    public void Every_kind_has_one_spelling() => Assert.Equal(
        "[null,true,false,-7,9007199254740991,\"\\u000f\\n\\\"\\\\/\",[],{}]",
        CanonicalJson.Write(new List<object?>
        {
            null, true, false, -7, 9007199254740991, "\u000f\n\"\\/", new List<object?>(),
            new SortedDictionary<string, object?>(StringComparer.Ordinal),
        }));

    [Fact]
    public void What_has_no_spelling_is_refused() =>
        Assert.Throws<ArgumentException>(() => CanonicalJson.Write(1.5));
}
