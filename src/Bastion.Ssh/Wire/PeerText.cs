using System.Text;

namespace Bastion.Ssh.Wire;

/// <summary>Text that a peer wrote and a person or a log will read (RFC 4251 section 9.2).</summary>
internal static class PeerText
{
    /// <summary>At most <paramref name="maximum"/> characters; what is not printable becomes `?`, a cut shows as
    /// `…`.</summary>
    public static string Clean(ReadOnlySpan<byte> raw, int maximum)
    {
        // Four bytes are the longest UTF-8 sequence, so this much always holds the characters wanted.
        ReadOnlySpan<byte> needed = raw[..Math.Min(raw.Length, 4 * maximum)];
        var text = new StringBuilder(Math.Min(needed.Length, maximum));
        foreach (Rune rune in Encoding.UTF8.GetString(needed).EnumerateRunes())
        {
            if (text.Length >= maximum)
            {
                return text.Append('…').ToString();
            }

            bool printable = !Rune.IsControl(rune) && Rune.GetUnicodeCategory(rune)
                is not (System.Globalization.UnicodeCategory.Format
                    or System.Globalization.UnicodeCategory.LineSeparator
                    or System.Globalization.UnicodeCategory.ParagraphSeparator
                    or System.Globalization.UnicodeCategory.PrivateUse
                    or System.Globalization.UnicodeCategory.OtherNotAssigned);
            text.Append(printable ? rune.ToString() : "?");
        }

        return text.ToString();
    }
}
