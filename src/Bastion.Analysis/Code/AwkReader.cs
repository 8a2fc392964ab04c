namespace Bastion.Analysis.Code;

/// <summary>awk: <c>system(…)</c>, <c>"cmd" | getline</c>, <c>print | "cmd"</c>, <c>print &gt; "file"</c>. A program
/// with none of them only computes.</summary>
internal static class AwkReader
{
    public static void Read(string code, CodeReading reading)
    {
        char[] bare = new char[code.Length];
        List<StringLiteral> literals = Strip(code, bare);
        string rest = new string(bare);
        bool runs = rest.Contains("system", StringComparison.Ordinal)
            || rest.Contains("getline", StringComparison.Ordinal)
            || HasPipe(rest) || rest.Contains("@load", StringComparison.Ordinal)
            || rest.Contains("|&", StringComparison.Ordinal);
        // `getline < "file"` reads only.
        if (runs && !rest.Contains("system", StringComparison.Ordinal) && !HasPipe(rest)
            && !rest.Contains('@', StringComparison.Ordinal))
        {
            runs = false;
        }

        reading.IsOpaque = runs;
        foreach (StringLiteral literal in literals)
        {
            if (runs && literal.Text.Length > 0)
            {
                reading.ShellTexts.Add(literal.Text);
            }

            if (PrecededByRedirection(rest, literal.Start))
            {
                reading.Writes.Add(literal.Text);
            }
        }
    }

    /// <summary>Blanks out strings and regular expressions, so that what remains is code.</summary>
    private static List<StringLiteral> Strip(string code, char[] bare)
    {
        var literals = new List<StringLiteral>();
        char previous = '\0';
        for (int i = 0; i < code.Length; i++)
        {
            char c = code[i];
            bare[i] = c;
            bool regex = c == '/' && !(char.IsLetterOrDigit(previous) || previous is ')' or ']' or '$' or '_');
            if (c == '"' || regex)
            {
                int end = i + 1;
                var text = new System.Text.StringBuilder();
                while (end < code.Length && code[end] != c && !(regex && code[end] == '\n'))
                {
                    if (code[end] == '\\' && end + 1 < code.Length)
                    {
                        end = Shell.AnsiEscapes.Decode(code, end, text);
                    }
                    else
                    {
                        text.Append(code[end++]);
                    }
                }

                Array.Fill(bare, ' ', i, Math.Min(end + 1, code.Length) - i);
                if (!regex)
                {
                    literals.Add(new StringLiteral(text.ToString(), i, end, false));
                }

                i = end;
                previous = '"';
            }
            else if (c == '#')
            {
                while (i < code.Length && code[i] != '\n')
                {
                    bare[i++] = ' ';
                }

                if (i < code.Length)
                {
                    bare[i] = '\n';
                }
            }
            else if (!char.IsWhiteSpace(c))
            {
                previous = c;
            }
        }

        return literals;
    }

    private static bool HasPipe(string code)
    {
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i] != '|')
            {
                continue;
            }

            if (i + 1 < code.Length && code[i + 1] == '|')
            {
                i++;
            }
            else
            {
                return true;
            }
        }

        return false;
    }

    private static bool PrecededByRedirection(string code, int at)
    {
        while (--at >= 0 && code[at] == ' ')
        {
        }

        return at >= 0 && code[at] == '>' && code.LastIndexOf("print", at, StringComparison.Ordinal) >= 0;
    }
}
