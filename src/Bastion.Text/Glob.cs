namespace Bastion.Text;

/// <summary>
/// Texts with `*` (any characters, none among them) and `?` (one character). Linear in the text for each star: at most
/// one star is ever retried.
/// </summary>
public static class Glob
{
    /// <summary>In which a backslash makes the next character stand for itself.</summary>
    public static bool MatchesEscaped(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, bool ignoreCase = false) =>
        Matches(pattern, text, ignoreCase, escapes: true);

    public static bool MatchesAnyEscaped(string[] patterns, ReadOnlySpan<char> text, bool ignoreCase = false)
    {
        foreach (string pattern in patterns)
        {
            if (MatchesEscaped(pattern, text, ignoreCase))
            {
                return true;
            }
        }

        return false;
    }

    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, bool ignoreCase = false) =>
        Matches(pattern, text, ignoreCase, escapes: false);

    public static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, bool ignoreCase, bool escapes)
    {
        int p = 0, t = 0, star = -1, retry = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                retry = t;
            }
            else if (escapes && p + 1 < pattern.Length && pattern[p] == '\\'
                && Same(pattern[p + 1], text[t], ignoreCase))
            {
                p += 2;
                t++;
            }
            else if (p < pattern.Length && (pattern[p] == '?' || Same(pattern[p], text[t], ignoreCase)))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++retry;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].IndexOfAnyExcept('*') < 0;
    }

    private static bool Same(char a, char b, bool ignoreCase) =>
        a == b || (ignoreCase && char.ToLowerInvariant(a) == char.ToLowerInvariant(b));
}
