using Bastion.Analysis;

namespace Bastion.Fuzz.Harnesses;

/// <summary>Shell text. Nothing added around a command that runs all the same may make it look kinder, and neither may
/// what stops the reading.</summary>
internal sealed class ShellText(ShellDialect dialect) : Harness
{
    private static readonly IReadOnlyList<byte[]> Grammar = Utf8(
    [
        " ", "\n", ";", "|", "&", "&&", "||", "(", ")", "{ ", "}", "'", "\"", "`", "$(", "${", "$((", "))", "[[ ",
        " ]]", "((", "<(", ">(", "<<E\n", "\nE\n", "<<<", "<", ">", ">>", "2>&1", "\\", "\\\n", "#", " #",
        "!", "!!", "*", "?", "[", "]", "~", "=", "+=", "a=", "$a", "${a}", "${a:-", "${a//", "${a%", "${!a}", "${a[@]}",
        "$@", "$1", "$'", "\\x72", "$\"", "{a,b}", "{1..3}",
        "if ", " then ", " else ", " fi", "for i in ", "while ", " do ", " done", "case x in ", ") ", ";;", " esac",
        "f() ", "function f ", "time ", "coproc ", "select ",
        "rm ", "-rf ", "/srv/x ", "/", "dd ", "of=/dev/sda ", "echo ", "printf ", "cat ", "eval ", "exec ", "command ",
        "source ", ". ", "sh -c ", "bash ", "sudo ", "env ", "xargs ", "find . ", "-exec ", "{} ", "\\; ", "-delete ",
        "set -- ", "read a ", "export ", "declare -a ", "local ", "alias a=", "trap ", "unset a ", "cd ", "base64 -d ",
        "rev ", "tr a b ", "python3 -c ", "awk ", "sed ", "psql -c ", "mysql -e ", "ssh h ", "kubectl delete ",
        "let ", "x=2", "x++", "(x=2)", "for ((i=0;i<3;i++)); do ", "${a:1:2}", "${a[@]:1}", "${a^^}", "${a:-\"$@\"}",
        "read -ra a <<< ", "mapfile -t a ", "printf -v a ", "IFS=, ", "declare -i a=", "shift ",
        "docker ", "exec ", "tee ", "timeout 5 ", "nohup ", "\0", "\r", "\t", "é", "\u200b", "\u202e", "а",
        "\ud83d\ude00",
    ]);

    public override string Name => "shell-" + dialect.ToString().ToLowerInvariant();

    public override IReadOnlyList<byte[]> Words => Grammar;

    public override int Try(byte[] input)
    {
        string text = Text(input);
        AnalysisResult result = Read(text);
        RiskLaws.AssertWellFormed(result);
        RiskLaws.AssertSame(result, Read(text));
        // A backslash at the end joins what follows; a here-document without its end swallows it.
        if (result.Completeness == Completeness.Complete && !text.EndsWith('\\')
            && !text.Contains("<<", StringComparison.Ordinal))
        {
            RiskLaws.AssertNotKinder(result, Read(text + "\n"), "a newline after it");
            RiskLaws.AssertNotKinder(result, Read(text + "\n# done"), "a comment after it");
            RiskLaws.AssertNotKinder(result, Read("# begin\n" + text), "a comment before it");
            RiskLaws.AssertNotKinder(result, Read("(" + text + "\n)"), "a subshell around it");
            RiskLaws.AssertNotKinder(result, Read("{ " + text + "\n}"), "a group around it");
            RiskLaws.AssertNotKinder(result, Read("if " + text + "\nthen :; fi"), "a condition around it");
            RiskLaws.AssertNotKinder(result, Read(text + "\n'"), "an open quote after it");
            RiskLaws.AssertNotKinder(result, Read(text + "\n)"), "what cannot be read after it");
        }

        return RiskLaws.Behaviour(result);
    }

    protected override IEnumerable<byte[]> MakeSeeds() => File.ReadLines(SeedFile("shell.txt"))
        .Where(line => line.Length > 0 && line[0] != '#' && line.Contains(" | ", StringComparison.Ordinal))
        .Select(line => Utf8(
        line[(line.IndexOf(" | ", StringComparison.Ordinal) + 3)..].Replace("\\n", "\n", StringComparison.Ordinal)));

    private AnalysisResult Read(string text) => Analyzer.Default.AnalyzeShell(text, dialect);
}
