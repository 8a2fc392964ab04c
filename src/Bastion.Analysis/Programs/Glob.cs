namespace Bastion.Analysis.Programs;

/// <summary>Patterns of the catalogue: <c>*</c> any text, <c>?</c> one character, <c>\*</c> an asterisk, everything
/// else itself.</summary>
internal static class Glob
{
    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, bool ignoreCase = false)
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p + 1 < pattern.Length && pattern[p] == '\\' && Same(pattern[p + 1], text[t], ignoreCase))
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
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        return p == pattern.Length;
    }

    public static bool IsAnyMatch(string[] patterns, ReadOnlySpan<char> text, bool ignoreCase = false)
    {
        foreach (string pattern in patterns)
        {
            if (IsMatch(pattern, text, ignoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Same(char a, char b, bool ignoreCase) =>
        a == b || (ignoreCase && char.ToLowerInvariant(a) == char.ToLowerInvariant(b));
}
