using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

internal static class ScriptLanguage
{
    /// <summary>Who reads a script by its first line: `sh` for any shell, an interpreter's name, or null without such a
    /// line.</summary>
    public static string? Of(string content)
    {
        if (!content.StartsWith("#!", StringComparison.Ordinal))
        {
            return null;
        }

        int end = content.IndexOf('\n', StringComparison.Ordinal);
        string[] words = content[2..(end < 0 ? content.Length : end)].Split([' ', '\t', '\r'],
            StringSplitOptions.RemoveEmptyEntries);
        int at = words is [var first, ..] && ProgramNames.BaseName(first) == "env" ? 1 : 0;
        while (at < words.Length && (words[at].StartsWith('-') || words[at].Contains('=', StringComparison.Ordinal)))
        {
            at++;
        }

        if (at >= words.Length)
        {
            return null;
        }

        string name = ProgramNames.WithoutVersion(ProgramNames.BaseName(words[at]));
        return name is "sh" or "bash" or "dash" or "ash" or "ksh" or "mksh" or "zsh" or "busybox" ? "sh" : name;
    }
}
