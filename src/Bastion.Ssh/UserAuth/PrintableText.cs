using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Bastion.Ssh.UserAuth;

/// <summary>Text that goes to or comes from the other end and is shown to a person.</summary>
internal static class PrintableText
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static bool TryDecode(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out string? text)
    {
        try
        {
            text = StrictUtf8.GetString(utf8);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = null;
            return false;
        }
    }

    /// <summary>
    /// Line ends and tabs stay; every other control and format character (escape sequences, C1, bidirectional
    /// overrides, zero-width) is shown as \u{n}, never dropped.
    /// </summary>
    public static string Escape(string text)
    {
        if (!text.Any(IsHidden))
        {
            return text;
        }

        var shown = new StringBuilder(text.Length + 16);
        foreach (char character in text)
        {
            if (IsHidden(character))
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{{{(int)character:x}}}");
            }
            else
            {
                shown.Append(character);
            }
        }

        return shown.ToString();
    }

    /// <summary>True for a name that can stand in a log line as it is.</summary>
    public static bool IsOneLine(string text) =>
        !text.Any(character => IsHidden(character) || character is '\r' or '\n' or '\t');

    private static bool IsHidden(char character) =>
        character is not ('\r' or '\n' or '\t')
        && char.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
