namespace Bastion.Analysis.Programs;

/// <summary>Whether a pattern of places and a pattern of file names, as a shell would expand it, can mean the same
/// file: <c>/va?/log/wtmp</c> and <c>/var/log/*</c>.</summary>
internal static class GlobIntersection
{
    /// <summary>Longer patterns are not compared: they meet.</summary>
    private const int MaximumLength = 256;

    /// <param name="place">A pattern of the catalogue: its <c>*</c> matches slashes too.</param>
    /// <param name="names">A pattern of the shell: its <c>*</c>, <c>?</c> and brackets match no slash.</param>
    public static bool MayMeet(ReadOnlySpan<char> place, ReadOnlySpan<char> names)
    {
        if (place.Length > MaximumLength || names.Length > MaximumLength)
        {
            return true;
        }

        // reached[n]: the first n characters of the names can mean the same as what was read of the place.
        Span<bool> reached = stackalloc bool[names.Length + 1];
        Span<bool> next = stackalloc bool[names.Length + 1];
        reached.Clear();
        reached[0] = true;
        Skip(names, reached);
        for (int p = 0; p < place.Length; p++)
        {
            bool escaped = place[p] == '\\' && p + 1 < place.Length;
            char c = place[escaped ? ++p : p];
            next.Clear();
            Step(c, !escaped && c == '*', !escaped && c == '?', names, reached, next);
            Skip(names, next);
            next.CopyTo(reached);
        }

        return reached[names.Length];
    }

    /// <summary>A star of the shell may stand for nothing.</summary>
    private static void Skip(ReadOnlySpan<char> names, Span<bool> reached)
    {
        for (int n = 0; n < names.Length; n++)
        {
            if (reached[n] && names[n] == '*')
            {
                reached[n + 1] = true;
            }
        }
    }

    private static void Step(char c, bool any, bool one, ReadOnlySpan<char> names, Span<bool> from, Span<bool> to)
    {
        for (int n = 0; n <= names.Length; n++)
        {
            if (!from[n])
            {
                continue;
            }

            if (any)
            {
                // Whatever the names say next, the place's star takes it, or it takes nothing.
                to[n..].Fill(true);
                return;
            }

            if (n == names.Length)
            {
                continue;
            }

            if (names[n] == '*' && c != '/')
            {
                to[n] = true;
            }
            else if (names[n] == '[' && c != '/' && names[n..].IndexOf(']') is > 1 and var close)
            {
                to[n + close + 1] = true;
            }
            else if (one || names[n] == c || (names[n] == '?' && c != '/'))
            {
                to[n + 1] = true;
            }
        }
    }
}
