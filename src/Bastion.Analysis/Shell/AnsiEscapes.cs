using System.Globalization;
using System.Text;

namespace Bastion.Analysis.Shell;

/// <summary>Backslash escapes of <c>$'…'</c>; those of <c>printf</c> and <c>echo -e</c> differ little and share the
/// table.</summary>
internal static class AnsiEscapes
{
    /// <summary>Appends what the escape at <paramref name="at"/> (a backslash with a character after it) stands for;
    /// returns the place after it.</summary>
    /// <param name="echo">The escapes of echo and of printf's <c>%b</c>: octal as <c>\0nnn</c>, no <c>\c</c> with a
    /// letter.</param>
    public static int Decode(ReadOnlySpan<char> text, int at, StringBuilder into, bool echo = false)
    {
        char c = text[at + 1];
        int next = at + 2;
        switch (c)
        {
            case 'n': into.Append('\n'); return next;
            case 't': into.Append('\t'); return next;
            case 'r': into.Append('\r'); return next;
            case 'a': into.Append('\a'); return next;
            case 'b': into.Append('\b'); return next;
            case 'f': into.Append('\f'); return next;
            case 'v': into.Append('\v'); return next;
            case 'e' or 'E': into.Append('\e'); return next;
            case '\\': into.Append('\\'); return next;
            case '\'' or '"' or '?' when !echo: into.Append(c); return next;
            case 'x': return Number(text, next, 16, 2, into, "\\x");
            case 'u': return Number(text, next, 16, 4, into, "\\u");
            case 'U': return Number(text, next, 16, 8, into, "\\U");
            case 'c' when !echo && next < text.Length:
                into.Append((char)(text[next] & 0x1f));
                return next + 1;
            case '0' when echo: return Number(text, next, 8, 3, into, "\0");
            case >= '0' and <= '7': return Number(text, at + 1, 8, 3, into, "");
            default:
                into.Append('\\').Append(c);
                return next;
        }
    }

    private static int Number(ReadOnlySpan<char> text, int at, int radix, int most, StringBuilder into,
        string otherwise)
    {
        long value = 0L;
        int count = 0;
        while (count < most && at + count < text.Length && Digit(text[at + count]) is var digit && digit >= 0
            && digit < radix)
        {
            value = (value * radix) + digit;
            count++;
        }

        if (count == 0)
        {
            into.Append(otherwise);
        }
        else if (Rune.IsValid((int)Math.Min(value, int.MaxValue)))
        {
            into.Append(new Rune((int)value).ToString());
        }
        else
        {
            into.Append('\uFFFD');
        }

        return at + count;
    }

    private static int Digit(char c) =>
        char.IsAsciiHexDigit(c) ? int.Parse([c], NumberStyles.HexNumber, CultureInfo.InvariantCulture) : -1;
}
