using System.Globalization;
using System.Text;

namespace Bastion.Followers.Reports.Pages;

/// <summary>
/// Builds markup. There is one way to put text in, and it escapes: names and commands in a report were chosen by peers,
/// and an auditor opens the page with her own rights.
/// </summary>
internal sealed class Html
{
    private readonly StringBuilder _page = new();

    /// <summary>Markup of ours. Never with anything from outside in it; an attribute takes <see
    /// cref="Escape"/>.</summary>
    public Html Raw(string markup)
    {
        _page.Append(markup);
        return this;
    }

    public Html Text(string? text)
    {
        _page.Append(Escape(text));
        return this;
    }

    public Html Number(double value, string format = "0.#")
    {
        _page.Append(value.ToString(format, CultureInfo.InvariantCulture));
        return this;
    }

    public override string ToString() => _page.ToString();

    /// <summary>
    /// Text as it is, never as it wants to look: what is special in markup as an entity, what is invisible, moves the
    /// cursor or turns direction as a visible mark.
    /// </summary>
    public static string Escape(string? text)
    {
        var shown = new StringBuilder();
        foreach (Rune rune in (text ?? "").EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '<': shown.Append("&lt;"); break;
                case '>': shown.Append("&gt;"); break;
                case '&': shown.Append("&amp;"); break;
                case '"': shown.Append("&quot;"); break;
                case '\'': shown.Append("&#39;"); break;
                default: Append(shown, rune); break;
            }
        }

        return shown.ToString();
    }

    private static void Append(StringBuilder shown, Rune rune)
    {
        if (HiddenCharacters.IsHidden(rune))
        {
            shown.Append("<span class=\"escape\">").Append(VisibleText.Escape(rune)).Append("</span>");
        }
        else
        {
            shown.Append(rune.ToString());
        }
    }
}
