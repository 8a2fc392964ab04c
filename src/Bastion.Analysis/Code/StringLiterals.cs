using System.Text;

namespace Bastion.Analysis.Code;

internal readonly record struct StringLiteral(string Text, int Start, int End, bool RunsInShell);

/// <summary>Quoted texts of C-like languages: single, double and back quotes, perl's <c>q qq qx</c>, ruby's
/// <c>%x</c>.</summary>
internal static class StringLiterals
{
    private const int MaximumLiterals = 256;

    public static List<StringLiteral> Find(string code, bool backquotesRun)
    {
        var found = new List<StringLiteral>();
        for (int i = 0; i < code.Length && found.Count < MaximumLiterals; i++)
        {
            char c = code[i];
            if (c is '"' or '\'' or '`')
            {
                int end = i + 1;
                string text = ReadTo(code, c, ref end);
                found.Add(new StringLiteral(text, i, end, c == '`' && backquotesRun));
                i = end - 1;
            }
            else if (c is 'q' or '%' && backquotesRun && TryReadBraced(code, i, out StringLiteral braced))
            {
                found.Add(braced);
                i = braced.End - 1;
            }
        }

        return found;
    }

    /// <summary><c>qx{…}</c>, <c>qq(…)</c>, <c>q/…/</c>, <c>%x[…]</c>.</summary>
    private static bool TryReadBraced(string code, int at, out StringLiteral literal)
    {
        literal = default;
        if (at > 0 && (char.IsLetterOrDigit(code[at - 1]) || code[at - 1] is '_' or '$' or '@'))
        {
            return false;
        }

        int next = at + 1;
        bool runs = next < code.Length && code[next] == 'x';
        if (next < code.Length && code[next] is 'x' or 'q' or 'w' or 'Q')
        {
            next++;
        }
        else if (code[at] == '%')
        {
            return false;
        }

        if (next >= code.Length || char.IsLetterOrDigit(code[next]) || char.IsWhiteSpace(code[next])
            || code[next] is '=' or ',' or ';' or ')')
        {
            return false;
        }

        char close = code[next] switch { '(' => ')', '[' => ']', '{' => '}', '<' => '>', var same => same };
        int end = next + 1;
        string text = ReadTo(code, close, ref end);
        literal = new StringLiteral(text, at, end, runs);
        return true;
    }

    private static string ReadTo(string code, char close, ref int at)
    {
        var text = new StringBuilder();
        while (at < code.Length && code[at] != close)
        {
            if (code[at] == '\\' && at + 1 < code.Length)
            {
                at = Shell.AnsiEscapes.Decode(code, at, text);
            }
            else
            {
                text.Append(code[at++]);
            }
        }

        at = Math.Min(at + 1, code.Length);
        return text.ToString();
    }
}
