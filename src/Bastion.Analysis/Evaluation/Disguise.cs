using System.Text;

namespace Bastion.Analysis.Evaluation;

/// <summary>Characters that make a text look like something else: look-alikes, invisible and direction-changing ones,
/// control characters.</summary>
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
        foreach (char c in name)
        {
            int place = LookAlikes.IndexOf(c, StringComparison.Ordinal);
            if (c is >= '\uFF01' and <= '\uFF5E')
            {
                plain.Append((char)(c - 0xFEE0));
            }
            else if (place >= 0 && place % 2 == 0 && c > 0x7f)
            {
                plain.Append(LookAlikes[place + 1]);
            }
            else if (!IsHidden(c))
            {
                plain.Append(c);
            }
        }

        string text = plain.ToString();
        return text.Length > 0 && text != name && Ascii.IsValid(text) ? text : null;
    }

    /// <summary>Characters that show nothing, or change the order or look of what follows them.</summary>
    public static bool IsHidden(char c) => c switch
    {
        '\t' or '\n' => false,
        < ' ' or '\u007f' => true,
        >= '\u0080' and <= '\u009f' => true,
        '\u00ad' or '\u061c' or '\u180e' or '\ufeff' => true,
        >= '\u200b' and <= '\u200f' => true,
        >= '\u202a' and <= '\u202e' => true,
        >= '\u2060' and <= '\u206f' => true,
        '\u2028' or '\u2029' => true,
        _ => false,
    };

    /// <summary>Those of the kind that only deceive: nothing a person types on purpose.</summary>
    public static bool IsDeceptive(char c) =>
        IsHidden(c) && c is not ('\r' or '\u200c' or '\u200d' or '\ufeff' or '\u00ad');
}
