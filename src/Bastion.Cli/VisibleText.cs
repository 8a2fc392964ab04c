using System.Globalization;
using System.Text;

namespace Bastion.Cli;

/// <summary>Text of peers for a terminal: nothing in it can move the cursor, turn direction or hide.</summary>
internal static class VisibleText
{
    public static string Of(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool hidden = Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            shown.Append(!hidden ? rune.ToString() : rune.Value switch
            {
                '\n' => "\\n",
                '\t' => "\\t",
                < 0x100 => $"\\x{rune.Value:X2}",
                _ => $"\\u{{{rune.Value:X4}}}",
            });
        }

        return shown.ToString();
    }
}
