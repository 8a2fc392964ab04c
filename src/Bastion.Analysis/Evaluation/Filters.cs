using System.Text;

namespace Bastion.Analysis.Evaluation;

/// <summary>Text filters whose work on a constant is constant: what hides a command is undone by one of
/// these.</summary>
internal static class Filters
{
    private static readonly System.Buffers.SearchValues<char> Special = System.Buffers.SearchValues.Create("\\[].*^$&");

    public static string? Apply(string name, string[] options, string text) => name switch
    {
        "rev" when options.Length == 0 => Lines(text, line => new string([.. line.Reverse()])),
        "tac" when options.Length == 0 => string.Join('\n', text.TrimEnd('\n').Split('\n').Reverse()) + "\n",
        "tr" => Translate(options, text),
        "base64" when IsDecode(options) => Decode64(text),
        "openssl" when options.Contains("-d") && options is ["base64", ..] or ["enc", ..] => Decode64(text),
        "base32" when IsDecode(options) => Decode32(text),
        "xxd" when options.Any(option => option.StartsWith("-r", StringComparison.Ordinal)) => DecodeHex(text),
        "cut" => Cut(options, text),
        "sed" => Substitute(options, text),
        "head" or "tail" or "sort" or "uniq" or "nl" or "fold" => null,
        _ => null,
    };

    private static string Lines(string text, Func<string, string> change)
    {
        bool ends = text.EndsWith('\n');
        IEnumerable<string> lines = (ends ? text[..^1] : text).Split('\n').Select(change);
        return string.Join('\n', lines) + (ends ? "\n" : "");
    }

    private static bool IsDecode(string[] options) =>
        options.Any(option => option.StartsWith("--d", StringComparison.Ordinal)
        || option is ['-', not '-', ..] && option.AsSpan().ContainsAny('d', 'D'));

    private static string? Decode64(string text)
    {
        string bare = string.Concat(text.Where(c => !char.IsWhiteSpace(c))).TrimEnd('=');
        try
        {
            return Readable(Convert.FromBase64String(bare + new string('=', (4 - (bare.Length % 4)) % 4)));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string? Decode32(string text)
    {
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        var bytes = new List<byte>();
        int bits = 0, held = 0;
        foreach (char c in text.Where(c => !char.IsWhiteSpace(c) && c != '='))
        {
            int value = alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0)
            {
                return null;
            }

            held = ((held << 5) | value) & 0xfff;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)(held >> bits));
            }
        }

        return Readable([.. bytes]);
    }

    private static string? DecodeHex(string text)
    {
        string digits = string.Concat(text.Where(char.IsAsciiHexDigit));
        return digits.Length % 2 == 0 && digits.Length > 0 ? Readable(Convert.FromHexString(digits)) : null;
    }

    private static string Readable(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    private static string? Translate(string[] options, string text)
    {
        if (options is ["-d", var unwanted])
        {
            string? set = Set(unwanted);
            return set is null ? null : string.Concat(text.Where(c => !set.Contains(c, StringComparison.Ordinal)));
        }

        if (options is not [var from, var to] || Set(from) is not { Length: > 0 } source
            || Set(to) is not { Length: > 0 } target)
        {
            return null;
        }

        return string.Concat(text.Select(c => source.IndexOf(c, StringComparison.Ordinal) is var at && at >= 0
            ? target[Math.Min(at, target.Length - 1)]
            : c));
    }

    /// <summary>A set of tr: ranges and the classes of letters.</summary>
    private static string? Set(string text)
    {
        var set = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '[' && text.AsSpan(i).StartsWith("[:"))
            {
                int end = text.IndexOf(":]", i, StringComparison.Ordinal);
                if (end < 0 || Class(text[(i + 2)..end]) is not { } characters)
                {
                    return null;
                }

                set.Append(characters);
                i = end + 1;
            }
            else if (text[i] == '\\' && i + 1 < text.Length)
            {
                i = Shell.AnsiEscapes.Decode(text, i, set) - 1;
            }
            else if (i + 2 < text.Length && text[i + 1] == '-' && text[i + 2] >= text[i] && text[i + 2] - text[i] < 256)
            {
                for (char c = text[i]; c <= text[i + 2]; c++)
                {
                    set.Append(c);
                }

                i += 2;
            }
            else
            {
                set.Append(text[i]);
            }
        }

        return set.ToString();
    }

    private static string? Class(string name) => name switch
    {
        "upper" => "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "lower" => "abcdefghijklmnopqrstuvwxyz",
        "digit" => "0123456789",
        "space" => " \t\n\r\f\v",
        _ => null,
    };

    private static string? Cut(string[] options, string text)
    {
        if (options is not ["-c" or "-b", var range])
        {
            range = options is [['-', 'c' or 'b', _, ..] glued] ? glued[2..] : "";
        }

        int dash = range.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0)
        {
            return null;
        }

        int from = dash == 0 ? 1 : int.TryParse(range[..dash], out int first) ? first : 0;
        int to = dash + 1 == range.Length ? int.MaxValue : int.TryParse(range[(dash + 1)..], out int last) ? last : 0;
        return from < 1 || to < from
            ? null
            : Lines(text, line => from > line.Length ? "" : line[(from - 1)..Math.Min(line.Length, to)]);
    }

    /// <summary><c>s/text/text/g</c> without anything special in it.</summary>
    private static string? Substitute(string[] options, string text)
    {
        string script = options is ["-e", var given] ? given : options is [var only] ? only : "";
        if (script.Length < 4 || script[0] != 's')
        {
            return null;
        }

        string[] parts = script[2..].Split(script[1]);
        if (parts is not [{ Length: > 0 } from, var to, "" or "g"] || from.AsSpan().ContainsAny(Special)
            || to.AsSpan().ContainsAny('\\', '&'))
        {
            return null;
        }

        return parts[2] == "g"
            ? text.Replace(from, to, StringComparison.Ordinal)
            : Lines(text, line => line.IndexOf(from, StringComparison.Ordinal) is >= 0 and var at
            ? line[..at] + to + line[(at + from.Length)..]
            : line);
    }
}
