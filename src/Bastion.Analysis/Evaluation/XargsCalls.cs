using System.Text;
using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>The calls that xargs makes of its input: words at the end of the command, or in place of a marker, in as
/// many calls as its options say.</summary>
internal static class XargsCalls
{
    /// <summary>Of more calls the further ones are one, with words that are not known.</summary>
    private const int MaximumCalls = 16;

    public static IEnumerable<List<Value>> Of(List<Value> command, Invocation invocation, StandardInput input)
    {
        TextSpan span = command.Count > 0 ? command[^1].Span : default;
        string? text = input is { Kind: InputKind.Known } ? input.Text : null;
        OptionUse? marker = invocation.Options.Find(use => use.Id is "-I" or "-i");
        if (marker is not null)
        {
            string sign = marker.Argument?.Text is { Length: > 0 } own ? own : "{}";
            return Each(text is null ? [] : Lines(text, invocation), line => command.ConvertAll(
                word => Replaced(word, sign, line)));
        }

        if (text is null)
        {
            return [[.. command, Unknown(span)]];
        }

        List<string> words = Words(text, invocation);
        if (words.Count == 0)
        {
            return [[.. command, Unknown(span)]];
        }

        int most = Most(invocation, words.Count);
        return Each([.. words.Chunk(most)], chunk => chunk is null
            ? [.. command, Unknown(span)]
            : [.. command, .. chunk.Select(word => Value.Known(word, span) with { IsAppended = true })]);
    }

    private static IEnumerable<List<Value>> Each<T>(List<T> items, Func<T?, List<Value>> call) where T : class
    {
        foreach (T item in items.Take(MaximumCalls))
        {
            yield return call(item);
        }

        if (items.Count is 0 or > MaximumCalls)
        {
            yield return call(null);
        }
    }

    private static Value Unknown(TextSpan span) => Value.Computed("…", span) with { IsAppended = true, IsList = true };

    /// <summary>How many words a call is given at most.</summary>
    private static int Most(Invocation invocation, int all)
    {
        string? limit = invocation.Options.Find(use => use.Id == "-n")?.Argument?.Text;
        if (invocation.Options.Exists(use => use.Id is "-L" or "-l"))
        {
            limit ??= "1";
        }

        return int.TryParse(limit, out int most) && most > 0 ? most : all;
    }

    private static List<string> Words(string text, Invocation invocation)
    {
        if (Separator(invocation) is { } separator)
        {
            return [.. text.Split(separator, StringSplitOptions.RemoveEmptyEntries)];
        }

        var words = new List<string>();
        foreach (string line in text.Split('\n'))
        {
            words.AddRange(Unquoted(line, splits: true));
        }

        return words;
    }

    private static List<string> Lines(string text, Invocation invocation) => Separator(invocation) is { } separator
        ? [.. text.Split(separator, StringSplitOptions.RemoveEmptyEntries)]
        : [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => string.Concat(Unquoted(line.TrimStart(' ', '\t'), splits: false)))];

    private static string? Separator(Invocation invocation) => invocation.Has("-0")
        ? "\0"
        : invocation.Options.Find(use => use.Id == "-d")?.Argument?.Text switch
        {
            null or "" => null,
            "\\n" => "\n",
            "\\0" => "\0",
            "\\t" => "\t",
            var given => given,
        };

    /// <summary>Quotes and backslashes as xargs reads them.</summary>
    private static List<string> Unquoted(string line, bool splits)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool exists = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (splits && c is ' ' or '\t')
            {
                AddWord();
            }
            else if (c is '\'' or '"' && line.IndexOf(c, i + 1) is > 0 and var close)
            {
                word.Append(line, i + 1, close - i - 1);
                exists = true;
                i = close;
            }
            else
            {
                i += c == '\\' && i + 1 < line.Length ? 1 : 0;
                word.Append(line[i]);
            }
        }

        AddWord();
        return words;

        void AddWord()
        {
            if (exists || word.Length > 0)
            {
                words.Add(word.ToString());
            }

            word.Clear();
            exists = false;
        }
    }

    private static Value Replaced(Value word, string sign, string? with)
    {
        if (!word.IsKnown || !word.Text.Contains(sign, StringComparison.Ordinal))
        {
            return word;
        }

        if (with is not null)
        {
            return Value.Known(word.Text.Replace(sign, with, StringComparison.Ordinal), word.Span) with
            {
                IsAppended = true,
            };
        }

        var unknown = new List<(int, int)>();
        string[] pieces = word.Text.Split(sign);
        int length = 0;
        foreach (string piece in pieces[..^1])
        {
            length += piece.Length;
            unknown.Add((length, 0));
        }

        return Value.Computed(string.Concat(pieces), [.. unknown], word.Text, word.Span) with { IsAppended = true };
    }
}
