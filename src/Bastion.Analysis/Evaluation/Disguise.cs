using System.Text;

namespace Bastion.Analysis.Evaluation;

/// <summary>Characters that make a name look like another: look-alikes and what is not seen at all.</summary>
internal static class Disguise
{
    private const string LookAlikes =
        "аaеeоoрpсcуyхxіiѕsԁdһhјjԛqԝwӏlοoρpνvαaιiκkτtυuѵvգqոnսuցgօoɡgɑaℓlⅰiⅴvⅹxⅼlⅽcⅾdⅿmᴍmмmтtкkнhвb‐-‑-‒-–-—-−-⁄/∕/․.";

    /// <summary>The ASCII name that <paramref name="name"/> is made to look like; null when it is not made to look like
    /// one.</summary>
    public static string? Unmask(string name)
    {
        if (Ascii.IsValid(name) && !name.AsSpan().ContainsAnyInRange('\u0001', '\u001f'))
        {
            return null;
        }

        var plain = new StringBuilder(name.Length);
        foreach (Rune rune in name.EnumerateRunes())
        {
            char c = rune.IsBmp ? (char)rune.Value : '\0';
            int place = LookAlikes.IndexOf(c, StringComparison.Ordinal);
            if (c is >= '\uFF01' and <= '\uFF5E')
            {
                plain.Append((char)(c - 0xFEE0));
            }
            else if (place >= 0 && place % 2 == 0 && c > 0x7f)
            {
                plain.Append(LookAlikes[place + 1]);
            }
            else if (!HiddenCharacters.IsHidden(rune))
            {
                plain.Append(rune.ToString());
            }
        }

        string text = plain.ToString();
        return text.Length > 0 && text != name && Ascii.IsValid(text) ? text : null;
    }
}
