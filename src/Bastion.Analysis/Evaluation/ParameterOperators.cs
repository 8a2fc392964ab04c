using System.Text;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>What the operators of <c>${…}</c> make of a value. Null: not known, or not the same in every locale and
/// version.</summary>
internal static class ParameterOperators
{
    /// <param name="pattern">With quoted characters escaped by a backslash.</param>
    public static string? Apply(string symbol, string value, string pattern, string replacement) => symbol switch
    {
        "" => value,
        ":?" or "?" => value.Length > 0 ? value : null,
        "#" or "##" => ShellPattern.RemovePrefix(value, pattern, longest: symbol == "##"),
        "%" or "%%" => ShellPattern.RemoveSuffix(value, pattern, longest: symbol == "%%"),
        "/" or "//" or "/#" or "/%" => ShellPattern.Replace(value, pattern, replacement, symbol),
        "^" or "^^" or "," or ",," => ChangeCase(value, symbol, pattern),
        "@" => Transform(value, pattern),
        _ => null,
    };

    /// <summary>Lengths and places are counted in bytes or characters, as the locale says.</summary>
    public static bool IsCountable(string value) => Ascii.IsValid(value);

    public static string? Substring(string value, long offset, long? length)
    {
        if (!IsCountable(value))
        {
            return null;
        }

        long start = offset < 0 ? value.Length + offset : offset;
        if (start < 0 || start > value.Length)
        {
            return "";
        }

        long end = length switch
        {
            null => value.Length,
            < 0 => value.Length + length.Value,
            _ => start + Math.Min(length.Value, value.Length - start),
        };
        return end < start ? null : value[(int)start..(int)end];
    }

    private static string? ChangeCase(string value, string symbol, string pattern)
    {
        if (!Ascii.IsValid(value) || pattern.AsSpan().ContainsAny('*', '[', '\\'))
        {
            return null;
        }

        char[] changed = value.ToCharArray();
        for (int i = 0; i < (symbol.Length == 2 ? changed.Length : Math.Min(1, changed.Length)); i++)
        {
            if (pattern.Length == 0 || ShellPattern.IsMatch(pattern, [changed[i]]))
            {
                changed[i] = symbol[0] == '^' ? char.ToUpperInvariant(changed[i]) : char.ToLowerInvariant(changed[i]);
            }
        }

        return new string(changed);
    }

    private static string? Transform(string value, string letter) => letter switch
    {
        "U" => ChangeCase(value, "^^", ""),
        "L" => ChangeCase(value, ",,", ""),
        "u" => ChangeCase(value, "^", ""),
        "E" => Unescape(value),
        _ => null,
    };

    private static string Unescape(string value)
    {
        var text = new StringBuilder();
        for (int i = 0; i < value.Length;)
        {
            if (value[i] == '\\' && i + 1 < value.Length)
            {
                i = AnsiEscapes.Decode(value, i, text);
            }
            else
            {
                text.Append(value[i++]);
            }
        }

        return text.ToString();
    }
}
