using System.Globalization;
using System.Text;

namespace Bastion.Text;

/// <summary>Why a character is not seen as what it is.</summary>
public enum HiddenKind : byte
{
    /// <summary>It is seen.</summary>
    None,

    /// <summary>C0 and C1 controls, delete; line feed, carriage return and tab among them.</summary>
    Control,

    /// <summary>Turns the direction of what follows.</summary>
    Bidi,

    /// <summary>Shows nothing, by its category.</summary>
    Format,

    /// <summary>Shows nothing, by default.</summary>
    Ignorable,

    /// <summary>Joins letters or keeps them apart: ordinary in some scripts and in emoji.</summary>
    Joiner,

    /// <summary>Soft hyphen, byte order mark: left behind by programs.</summary>
    Soft,

    /// <summary>Chooses among the forms of the character before it.</summary>
    Variation,

    /// <summary>Ends a line or paragraph where nobody looks for it.</summary>
    Separator,

    /// <summary>Looks like a space and is none to a program.</summary>
    Space,

    /// <summary>Copies of ASCII that show nothing.</summary>
    Tag,

    /// <summary>Drawn around or below digits that follow.</summary>
    Sign,

    /// <summary>Looks like whatever a font says.</summary>
    Private,

    /// <summary>Half of a pair.</summary>
    Surrogate,

    /// <summary>Never a character.</summary>
    Nothing,
}

/// <summary>
/// The one table of characters that show nothing, look like a space, or change the order or the look of what stands
/// beside them. The pages read the same file, so what is marked on one screen is marked on every other.
/// </summary>
public static class HiddenCharacters
{
    private static readonly (int First, int Last, HiddenKind Kind)[] Ranges = Load();

    public static HiddenKind KindOf(Rune rune) => KindOf(rune.Value);

    /// <summary>For one UTF-16 unit; half a pair is <see cref="HiddenKind.Surrogate"/>.</summary>
    public static HiddenKind KindOf(char unit) => KindOf((int)unit);

    public static bool IsHidden(Rune rune) => KindOf(rune) != HiddenKind.None;

    /// <summary>Whether it is there to deceive: nothing that a person types, or a program leaves behind, on
    /// purpose.</summary>
    public static bool Deceives(Rune rune) => KindOf(rune) switch
    {
        HiddenKind.None or HiddenKind.Joiner or HiddenKind.Soft or HiddenKind.Variation or HiddenKind.Space
            or HiddenKind.Sign or HiddenKind.Private => false,
        HiddenKind.Control => rune.Value is not ('\t' or '\n' or '\r'),
        HiddenKind.Bidi or HiddenKind.Format or HiddenKind.Ignorable or HiddenKind.Separator or HiddenKind.Tag
            or HiddenKind.Surrogate or HiddenKind.Nothing => true,
        var kind => throw new InvalidOperationException($"no such kind: {kind}"),
    };

    private static HiddenKind KindOf(int code)
    {
        if (code is >= ' ' and < 0x7f)
        {
            return HiddenKind.None;
        }

        int low = 0;
        int high = Ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            (int first, int last, HiddenKind kind) = Ranges[middle];
            if (code < first)
            {
                high = middle - 1;
            }
            else if (code > last)
            {
                low = middle + 1;
            }
            else
            {
                return kind;
            }
        }

        return HiddenKind.None;
    }

    private static (int First, int Last, HiddenKind Kind)[] Load()
    {
        using Stream file = typeof(HiddenCharacters).Assembly.GetManifestResourceStream("hidden-characters.txt")!;
        using var reader = new StreamReader(file, Encoding.ASCII);
        var ranges = new List<(int, int, HiddenKind)>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                continue;
            }

            string[] parts = line.Split(' ');
            ranges.Add((Hex(parts[0]), Hex(parts[1]), Enum.Parse<HiddenKind>(parts[2], ignoreCase: true)));
        }

        return [.. ranges];
    }

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
