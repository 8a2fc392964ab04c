namespace Bastion.Analysis.Code;

/// <summary>sed: the command <c>e</c>, the flag <c>e</c> of <c>s</c>, and <c>w file</c>. Everything else only edits the
/// stream.</summary>
internal static class SedReader
{
    public static void Read(string code, CodeReading reading)
    {
        reading.IsOpaque = false;
        int at = 0;
        while (at < code.Length)
        {
            at = SkipAddress(code, at);
            if (at >= code.Length)
            {
                return;
            }

            at = ReadCommand(code, at, reading);
        }
    }

    private static int ReadCommand(string code, int at, CodeReading reading)
    {
        char command = code[at++];
        switch (command)
        {
            case 's':
                return ReadSubstitution(code, at, reading);
            case 'y':
                return at < code.Length ? SkipDelimited(code, SkipDelimited(code, at + 1, code[at]), code[at]) : at;
            case 'e':
                string shell = RestOfLine(code, ref at).Trim();
                if (shell.Length > 0 && shell != "}")
                {
                    reading.ShellTexts.Add(shell);
                }
                else
                {
                    reading.IsOpaque = true;
                }

                return at;
            case 'w' or 'W':
                string file = RestOfLine(code, ref at).Trim();
                if (file.Length > 0)
                {
                    reading.Writes.Add(file);
                }

                return at;
            case 'a' or 'i' or 'c' or 'r' or 'R' or '#':
                RestOfLine(code, ref at);
                return at;
            case ':' or 'b' or 't' or 'T':
                while (at < code.Length && code[at] is not (';' or '\n' or '}'))
                {
                    at++;
                }

                return at;
            default:
                return at;
        }
    }

    private static int ReadSubstitution(string code, int at, CodeReading reading)
    {
        if (at >= code.Length)
        {
            return at;
        }

        char delimiter = code[at];
        int middle = SkipDelimited(code, at + 1, delimiter);
        int end = SkipDelimited(code, middle, delimiter);
        string replacement = code[Math.Min(middle, code.Length)..Math.Max(Math.Min(middle, code.Length),
            Math.Min(end, code.Length) - 1)];
        at = end;
        while (at < code.Length && (char.IsAsciiLetterOrDigit(code[at])))
        {
            char flag = code[at++];
            if (flag == 'e')
            {
                // The pattern space, of which only the replacement is known, becomes a command.
                reading.IsOpaque = true;
                reading.ShellTexts.Add(replacement);
            }
            else if (flag is 'w' or 'W')
            {
                string file = RestOfLine(code, ref at).Trim();
                if (file.Length > 0)
                {
                    reading.Writes.Add(file);
                }

                break;
            }
        }

        return at;
    }

    private static int SkipAddress(string code, int at)
    {
        while (at < code.Length)
        {
            char c = code[at];
            if (char.IsWhiteSpace(c) || char.IsAsciiDigit(c)
                || c is ';' or '{' or '}' or ',' or '$' or '!' or '~' or '+' or 'I' or 'M' or '-')
            {
                at++;
            }
            else if (c == '/')
            {
                at = SkipDelimited(code, at + 1, '/');
            }
            else if (c == '\\' && at + 1 < code.Length)
            {
                at = SkipDelimited(code, at + 2, code[at + 1]);
            }
            else
            {
                break;
            }
        }

        return at;
    }

    /// <summary>To behind the next delimiter that is neither escaped nor in brackets.</summary>
    private static int SkipDelimited(string code, int at, char delimiter)
    {
        while (at < code.Length && code[at] != delimiter)
        {
            at += code[at] == '\\' ? 2 : 1;
        }

        return Math.Min(at + 1, code.Length);
    }

    private static string RestOfLine(string code, ref int at)
    {
        int end = code.IndexOf('\n', Math.Min(at, code.Length));
        end = end < 0 ? code.Length : end;
        string text = code[Math.Min(at, end)..end];
        at = Math.Min(end + 1, code.Length);
        return text;
    }
}
