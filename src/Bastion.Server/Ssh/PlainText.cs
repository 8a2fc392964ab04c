using System.Globalization;
using System.Text;

namespace Bastion.Server.Ssh;

/// <summary>Text on its way to a person's terminal: what a peer or a rule put into it cannot move the cursor or
/// hide.</summary>
internal static class PlainText
{
    /// <summary>One line: control characters and everything that reorders or hides text is shown as \u{…}.</summary>
    public static string OneLine(string text)
    {
        StringBuilder? escaped = null;
        int position = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsHidden(rune))
            {
                escaped ??= new StringBuilder(text, 0, position, text.Length + 16);
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:x}}}");
            }
            else
            {
                escaped?.Append(rune.ToString());
            }

            position += rune.Utf16SequenceLength;
        }

        return escaped?.ToString() ?? text;
    }

    private static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse;
}
