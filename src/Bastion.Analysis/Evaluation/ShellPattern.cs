using System.Text;

namespace Bastion.Analysis.Evaluation;

/// <summary>Pattern matching (XCU 2.14) for <c>${x#…}</c>, <c>${x/…/…}</c> and <c>${x^…}</c>: <c>*</c>, <c>?</c>,
/// bracket expressions of ASCII characters and ranges; a backslash makes the next character itself.</summary>
internal static class ShellPattern
{
    /// <summary>Trying every end of every place is quadratic; longer values are left computed.</summary>
    private const int MaximumValue = 256;

    public static string? RemovePrefix(string value, string pattern, bool longest)
    {
        if (value.Length > MaximumValue || IsUnsupported(pattern))
        {
            return null;
        }

        for (int n = 0; n <= value.Length; n++)
        {
            int length = longest ? value.Length - n : n;
            if (IsMatch(pattern, value.AsSpan(0, length)))
            {
                return value[length..];
            }
        }

        return value;
    }

    public static string? RemoveSuffix(string value, string pattern, bool longest)
    {
        if (value.Length > MaximumValue || IsUnsupported(pattern))
        {
            return null;
        }

        for (int n = 0; n <= value.Length; n++)
        {
            int start = longest ? n : value.Length - n;
            if (IsMatch(pattern, value.AsSpan(start)))
            {
                return value[..start];
            }
        }

        return value;
    }

    /// <param name="symbol"><c>/</c> the first match, <c>//</c> all, <c>/#</c> and <c>/%</c> one at the beginning or
    /// the end.</param>
    public static string? Replace(string value, string pattern, string replacement, string symbol)
    {
        // Since bash 5.2 `&` may stand for what was matched.
        if (value.Length > MaximumValue || IsUnsupported(pattern) || replacement.AsSpan().ContainsAny('&', '\\'))
        {
            return null;
        }

        if (pattern.Length == 0)
        {
            return symbol switch { "/#" => replacement + value, "/%" => value + replacement, _ => value };
        }

        if (symbol is "/%")
        {
            return ReplaceEnd(value, pattern, replacement);
        }

        var result = new StringBuilder();
        int at = 0;
        while (at < value.Length)
        {
            int length = LongestMatch(value, at, pattern);
            if (length == 0 && symbol is "/#")
            {
                break;
            }

            if (length == 0)
            {
                result.Append(value[at++]);
                continue;
            }

            result.Append(replacement);
            at += length;
            if (symbol != "//")
            {
                break;
            }
        }

        return result.Append(value.AsSpan(at)).ToString();
    }

    private static string ReplaceEnd(string value, string pattern, string replacement)
    {
        for (int start = 0; start < value.Length; start++)
        {
            if (IsMatch(pattern, value.AsSpan(start)))
            {
                return value[..start] + replacement;
            }
        }

        return value;
    }

    private static int LongestMatch(string value, int at, string pattern)
    {
        for (int length = value.Length - at; length > 0; length--)
        {
            if (IsMatch(pattern, value.AsSpan(at, length)))
            {
                return length;
            }
        }

        return 0;
    }

    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && MatchesOne(pattern[p..], text[t], out int length))
            {
                p += length;
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

        return pattern[p..].TrimStart('*').IsEmpty;
    }

    /// <param name="length">How much of the pattern stands for the one character.</param>
    private static bool MatchesOne(ReadOnlySpan<char> pattern, char c, out int length)
    {
        length = 1;
        switch (pattern[0])
        {
            case '?':
                return true;
            case '\\' when pattern.Length > 1:
                length = 2;
                return pattern[1] == c;
            case '[' when EndOfBracket(pattern) is > 0 and var end:
                length = end + 1;
                bool negated = pattern[1] is '!' or '^';
                return IsInSet(pattern[(negated ? 2 : 1)..end], c) != negated;
            default:
                return pattern[0] == c;
        }
    }

    private static bool IsInSet(ReadOnlySpan<char> set, char c)
    {
        for (int i = 0; i < set.Length; i++)
        {
            if (i + 2 < set.Length && set[i + 1] == '-')
            {
                if (c >= set[i] && c <= set[i + 2])
                {
                    return true;
                }

                i += 2;
            }
            else if (set[i] == c)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Of the bracket expression that the pattern begins with; -1 when it is none.</summary>
    private static int EndOfBracket(ReadOnlySpan<char> pattern)
    {
        int first = pattern is ['[', '!' or '^', ..] ? 2 : 1;
        if (first >= pattern.Length)
        {
            return -1;
        }

        int end = pattern[(first + 1)..].IndexOf(']');
        return end < 0 ? -1 : first + 1 + end;
    }

    /// <summary>Classes, escapes inside brackets, and what depends on the locale.</summary>
    private static bool IsUnsupported(string pattern)
    {
        int open = 0;
        while (open < pattern.Length && pattern[open] != '[')
        {
            open += pattern[open] == '\\' ? 2 : 1;
        }

        open = open < pattern.Length ? open : -1;
        return !Ascii.IsValid(pattern) || (open >= 0 && pattern.AsSpan(open + 1).ContainsAny("[:\\/"));
    }
}
