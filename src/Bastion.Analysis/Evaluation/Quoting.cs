using System.Text;

namespace Bastion.Analysis.Evaluation;

/// <summary>Shell quoting: how an argument vector is shown, and how words become text again.</summary>
internal static class Quoting
{
    public static string Quote(string word)
    {
        if (word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c)
            || "_@%+=:,./-{}*?[]~^".Contains(c, StringComparison.Ordinal)))
        {
            return word;
        }

        return "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
    }

    /// <summary>The rendering of a vector and the place of each word in it; a word shown as itself can be pointed
    /// into.</summary>
    public static (string Text, Value[] Words) Render(IReadOnlyList<string> argv)
    {
        var text = new StringBuilder();
        var words = new Value[argv.Count];
        for (int i = 0; i < argv.Count; i++)
        {
            if (i > 0)
            {
                text.Append(' ');
            }

            string quoted = QuoteExactly(argv[i]);
            int start = text.Length;
            int inner = quoted.Length - argv[i].Length;
            text.Append(quoted);
            words[i] = Value.Known(argv[i], new TextSpan(start, quoted.Length), inner is 0 ? start : inner is 2
                ? start + 1
                : -1);
        }

        return (text.ToString(), words);
    }

    private static string QuoteExactly(string word) =>
        word.Length > 0
        && word.All(c => char.IsAsciiLetterOrDigit(c) || "_@%+=:,./-".Contains(c, StringComparison.Ordinal))
            ? word
            : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
