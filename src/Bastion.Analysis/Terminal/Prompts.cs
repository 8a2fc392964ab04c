using System.Text.RegularExpressions;

namespace Bastion.Analysis.Terminal;

/// <summary>What prompts of the usual programs look like.</summary>
internal static partial class Prompts
{
    /// <summary>A shell's first prompt ends in one of the customary marks; `&gt; ` alone is a continuation.</summary>
    public static bool LooksLikeShell(string prompt) => prompt.Length > 2 && ShellPrompt().IsMatch(prompt);

    /// <summary>The line that an incremental history search has found, or null when none is going on.</summary>
    public static string? HistorySearch(string line)
    {
        Match match = Search().Match(line);
        return match.Success ? match.Groups["found"].Value : null;
    }

    public static bool IsPython(string prompt) => prompt is ">>> " or "... ";

    /// <summary>Programs whose screen is text being read or written, not a terminal within the terminal.</summary>
    public static bool StartsEditor(string commandLine) => Editor().IsMatch(commandLine);

    /// <summary>What stands behind the last thing on a row that looks like the end of a prompt; null without
    /// one.</summary>
    public static string? AfterPrompt(string row)
    {
        Match match = PromptEnd().Match(row);
        return match.Success ? match.Groups["rest"].Value : null;
    }

    [GeneratedRegex(@"[$#%❯➜»]\s?$|\S>\s?$", RegexOptions.CultureInvariant)]
    private static partial Regex ShellPrompt();

    [GeneratedRegex(
        @"(?:^|[\s/|;&(])(?:g?vim?(?:diff|tutor)?|nvim|view|ex|nano|pico|emacs|joe|mcedit|less|more|most|man|git|crontab|visudo|vipw|vigr|edit|sudoedit|journalctl|systemctl)(?:\s|$)",
        RegexOptions.CultureInvariant)]
    private static partial Regex Editor();

    [GeneratedRegex(@"^(?:.*\n)?\((?:failed )?(?:reverse-|forward-)?(?:i-search|search)\)`[^\n]*?': (?<found>.*)$",
        RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Search();

    [GeneratedRegex(@"^[^\n]*?[$#%>❯»] (?<rest>\S.*)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex PromptEnd();
}

/// <summary>The prompts of SQL clients: psql, mysql, mariadb, sqlite3.</summary>
internal static partial class Sql
{
    public static bool IsPrompt(string prompt) => Prompt().IsMatch(prompt);

    /// <summary>True for the prompt of an empty statement buffer.</summary>
    public static bool StartsStatement(string prompt) => FirstPrompt().IsMatch(prompt);

    /// <summary>Clients send nothing before a terminator; a backslash may be a client command.</summary>
    public static bool MayExecute(string statement) =>
        statement.AsSpan().ContainsAny(';', '\\') || ClientCommand().IsMatch(statement);

    [GeneratedRegex(@"(?:[\w\])\-]*[=\-*'""($!^][#>]|mysql>|MariaDB \[[^\]]*\]>|sqlite>|\s{2,}(?:-|'|""|`|/\*)>|\s{3}\.\.\.>) $",
        RegexOptions.CultureInvariant)]
    private static partial Regex Prompt();

    [GeneratedRegex(@"(?:[\w\])\-]*[=^!][#>]|mysql>|MariaDB \[[^\]]*\]>|sqlite>) $", RegexOptions.CultureInvariant)]
    private static partial Regex FirstPrompt();

    [GeneratedRegex(@"^\s*(?:\.|system\b|source\b|pager\b|tee\b|edit\b|go\s*$)|\bgo\s*$",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ClientCommand();
}
