using System.Globalization;
using System.Text;

namespace Bastion.Text;

/// <summary>
/// Text of peers as a person may see it: nothing in it can move a cursor, turn the direction, look like a space or
/// hide. What would is shown as \n, \r, \t, \e, \xNN or \u{N}; nothing is ever dropped.
/// </summary>
public static class VisibleText
{
    /// <summary>One line.</summary>
    public static string Of(string text) => Of(text, int.MaxValue);

    /// <summary>One line of at most some <paramref name="maximum"/> characters; what is cut off shows as `…`.</summary>
    public static string Of(string text, int maximum)
    {
        int hidden = FirstHidden(text, keepLines: false);
        if (hidden < 0 && text.Length <= maximum)
        {
            return text;
        }

        return Write(text, maximum, keepLines: false);
    }

    /// <summary>One line from UTF-8; what is none becomes U+FFFD.</summary>
    public static string Of(ReadOnlySpan<byte> utf8, int maximum)
    {
        // Four bytes are the longest sequence: with one more character than is kept, a cut is seen as one.
        bool all = utf8.Length <= 4L * maximum + 4;
        return Of(Encoding.UTF8.GetString(all ? utf8 : utf8[..(4 * maximum + 4)]), maximum);
    }

    /// <summary>Line ends and tabs stay.</summary>
    public static string Lines(string text) =>
        FirstHidden(text, keepLines: true) < 0 ? text : Write(text, int.MaxValue, keepLines: true);

    /// <summary>True for a text that can stand in a line as it is.</summary>
    public static bool IsOneLine(string text) => FirstHidden(text, keepLines: false) < 0;

    /// <summary>How a hidden character is shown.</summary>
    public static string Escape(Rune rune) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        0x1b => "\\e",
        < 0x100 => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}"),
    };

    private static int FirstHidden(string text, bool keepLines)
    {
        int position = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        while (position >= 0 && position < text.Length)
        {
            // Half a pair is hidden as well, and decodes to U+FFFD, which is not.
            if (!Rune.TryGetRuneAt(text, position, out Rune rune) || IsHidden(rune, keepLines))
            {
                return position;
            }

            position += rune.Utf16SequenceLength;
        }

        return -1;
    }

    private static string Write(string text, int maximum, bool keepLines)
    {
        var shown = new StringBuilder(Math.Min(text.Length, maximum));
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (shown.Length >= maximum)
            {
                return shown.Append('…').ToString();
            }

            shown.Append(IsHidden(rune, keepLines) ? Escape(rune) : rune.ToString());
        }

        return shown.ToString();
    }

    private static bool IsHidden(Rune rune, bool keepLines) =>
        HiddenCharacters.IsHidden(rune) && !(keepLines && rune.Value is '\n' or '\r' or '\t');
}
