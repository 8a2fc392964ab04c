namespace Bastion.Analysis.Code;

/// <summary>Commands of ex, vim and ed: <c>:!command</c>, <c>system("…")</c>; the editor itself stays opaque.</summary>
internal static class EditorReader
{
    public static void Read(string code, CodeReading reading)
    {
        foreach (string line in code.Split('\n'))
        {
            int bang = line.IndexOf('!', StringComparison.Ordinal);
            if (bang >= 0 && bang + 1 < line.Length)
            {
                reading.ShellTexts.Add(line[(bang + 1)..]);
            }
        }

        if (code.Contains("system", StringComparison.Ordinal) || code.Contains("job", StringComparison.Ordinal)
            || code.Contains("term", StringComparison.Ordinal))
        {
            foreach (StringLiteral literal in StringLiterals.Find(code, backquotesRun: false))
            {
                reading.ShellTexts.Add(literal.Text);
            }
        }
    }
}
