namespace Bastion.Analysis.Shell;

internal static class ReservedWords
{
    public static string? Find(ReadOnlySpan<char> word, ShellDialect dialect) => word switch
    {
        "if" => "if",
        "then" => "then",
        "elif" => "elif",
        "else" => "else",
        "fi" => "fi",
        "while" => "while",
        "until" => "until",
        "for" => "for",
        "do" => "do",
        "done" => "done",
        "case" => "case",
        "esac" => "esac",
        "{" => "{",
        "}" => "}",
        "!" => "!",
        "time" => "time",
        "[[" when dialect != ShellDialect.Posix => "[[",
        "function" when dialect != ShellDialect.Posix => "function",
        "select" when dialect != ShellDialect.Posix => "select",
        "coproc" when dialect is ShellDialect.Bash or ShellDialect.Zsh => "coproc",
        _ => null,
    };
}
