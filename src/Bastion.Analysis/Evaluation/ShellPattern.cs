using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>Pattern matching (XCU 2.14) for <c>${x#…}</c>, <c>${x/…/…}</c> and <c>case</c>: <c>*</c>, <c>?</c> and bracket expressions of single characters.</summary>
internal static class ShellPattern
{
    /// <summary>Trying every end of every place is quadratic; longer values are left computed.</summary>
    private const int MaxValue = 1024;

    public static string? RemovePrefix(string value, string pattern, bool longest)
    {
        if (value.Length > MaxValue || Unsupported(pattern))
            return null;
        for (var n = 0; n <= value.Length; n++)
        {
            var length = longest ? value.Length - n : n;
            if (Glob.IsMatch(pattern, value.AsSpan(0, length)))
                return value[length..];
        }
        return value;
    }

    public static string? RemoveSuffix(string value, string pattern, bool longest)
    {
        if (value.Length > MaxValue || Unsupported(pattern))
            return null;
        for (var n = 0; n <= value.Length; n++)
        {
            var start = longest ? n : value.Length - n;
            if (Glob.IsMatch(pattern, value.AsSpan(start)))
                return value[..start];
        }
        return value;
    }

    public static string? Replace(string value, string pattern, string replacement, string symbol)
    {
        if (value.Length > MaxValue || Unsupported(pattern) || pattern.Length == 0)
            return pattern.Length == 0 ? value : null;
        var result = new System.Text.StringBuilder();
        var at = 0;
        while (at <= value.Length)
        {
            var length = LongestMatch(value, at, pattern);
            var anchored = (symbol == "/#" && at > 0) || (symbol == "/%" && at + length != value.Length);
            if (length > 0 && !anchored)
            {
                result.Append(replacement);
                at += length;
                if (symbol != "//")
                    break;
            }
            else if (at < value.Length)
                result.Append(value[at++]);
            else
                break;
        }
        return result.Append(value.AsSpan(Math.Min(at, value.Length))).ToString();
    }

    private static int LongestMatch(string value, int at, string pattern)
    {
        for (var length = value.Length - at; length > 0; length--)
        {
            if (Glob.IsMatch(pattern, value.AsSpan(at, length)))
                return length;
        }
        return 0;
    }

    private static bool Unsupported(string pattern) => pattern.AsSpan().ContainsAny('[', '\\');
}
