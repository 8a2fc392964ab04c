namespace Bastion.Analysis.Programs;

internal enum SelectorKind
{
    Operands,
    OptionValue,
    Key,
    After,

    /// <summary>The working directory.</summary>
    Here,
}

/// <summary>One part of a selector. Places count from 1; negative ones from the end; <see cref="Last"/> 0 is one place
/// only.</summary>
internal sealed record SelectorPart(SelectorKind Kind, int First, int Last, string[] Names, string[] Until)
{
    private readonly bool _hasPatterns = Array.Exists(Names, name => name.Contains('*', StringComparison.Ordinal));

    public bool IsNamed(string id) =>
        Array.IndexOf(Names, id) >= 0 || (_hasPatterns && Glob.MatchesAnyEscaped(Names, id));
}

/// <summary>Which words of a command are meant: <c>operands 2..</c>, <c>value -o</c>, <c>after -exec until
/// ;</c>.</summary>
internal sealed record Selector(SelectorPart[] Parts)
{
    public static readonly Selector None = new([]);

    private const int ToEnd = -1;

    public bool IsNone => Parts.Length == 0;

    /// <exception cref="FormatException">The text is no selector; the message says what was expected.</exception>
    public static Selector Parse(string text)
    {
        var parts = new List<SelectorPart>();
        foreach (string piece in text.Split(", ",
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (piece != "none")
            {
                parts.Add(ParsePart(piece));
            }
        }

        return new Selector([.. parts]);
    }

    private static SelectorPart ParsePart(string piece)
    {
        string[] words = piece.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words switch
        {
            ["operands"] => Places(1, ToEnd),
            ["here"] => new SelectorPart(SelectorKind.Here, 0, 0, [], []),
            ["last"] => Places(-1, -1),
            ["operand", var n] when int.TryParse(n, out int place) && place != 0 => Places(place, place),
            ["operands", var range] => Range(range),
            ["value", var names] => new SelectorPart(SelectorKind.OptionValue, 0, 0, names.Split('|'), []),
            ["key", var names] => new SelectorPart(SelectorKind.Key, 0, 0, names.Split('|'), []),
            ["after", var names] => new SelectorPart(SelectorKind.After, 0, 0, names.Split('|'), []),
            ["after", var names, "until", var ends] =>
                new SelectorPart(SelectorKind.After, 0, 0, names.Split('|'), ends.Split('|')),
            _ => throw new FormatException(
                $"`{piece}` selects nothing; expected `operands`, `operand 2`, `operands 2..`, `last`, `here`, "
                    + "`value -o`, `key of` or `after --`"),
        };
    }

    private static SelectorPart Places(int first, int last) => new(SelectorKind.Operands, first, last, [], []);

    private static SelectorPart Range(string range)
    {
        int dots = range.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            throw new FormatException($"`{range}` is no range; expected `2..`, `..-2` or `2..3`");
        }

        int first = dots == 0 ? 1 : Number(range[..dots]);
        int last = dots + 2 == range.Length ? ToEnd : Number(range[(dots + 2)..]);
        return Places(first, last);

        static int Number(string text) =>
            int.TryParse(text, out int n) && n != 0
            ? n
            : throw new FormatException($"`{text}` is no place; places count from 1, or from -1 at the end");
    }
}
