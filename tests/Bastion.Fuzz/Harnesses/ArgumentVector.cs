using Bastion.Analysis;

namespace Bastion.Fuzz.Harnesses;

/// <summary>Argument vectors, a word a line. The same vector written for a shell, however quoted, is as dangerous; so
/// it is behind a wrapper.</summary>
internal sealed class ArgumentVector : Harness
{
    private const int MaximumWords = 64;

    private static readonly IReadOnlyList<byte[]> Grammar = Utf8(
    [
        "\n", "rm\n", "-rf\n", "-r", "-f", "--recursive", "--force\n", "--\n", "/srv/x\n", "/\n", "*", "-c\n", "-e\n",
        "-u\n", "root\n", "--user=", "sudo\n", "env\n", "A=b\n", "nice\n", "-n\n", "5\n", "timeout\n", "nohup\n",
        "xargs\n", "find\n", ".\n",
        "-exec\n", "{}\n", ";\n", "+\n", "-delete\n", "sh\n", "bash\n", "rm -rf /srv\n", "ssh\n", "host\n", "docker\n",
        "exec\n", "volume\n", "kubectl\n", "delete\n", "pod\n", "helm\n", "uninstall\n", "aws\n", "s3\n", "rb\n",
        "--force\n", "terraform\n",
        "destroy\n", "psql\n", "DROP TABLE t\n", "mysql\n", "redis-cli\n", "FLUSHALL\n", "dd\n", "of=/dev/sda\n",
        "mkfs.ext4\n", "/dev/sda1\n", "git\n", "push\n", "systemctl\n", "stop\n", "auditd\n", "python3\n",
        "os.system('rm -rf /')\n", "--dry-run\n",
        "--help\n", "--version\n", "é", "\u200b", "=", "-", "--",
    ]);

    /// <summary>These are the shell's own: a wrapper would look for a program of that name.</summary>
    private static readonly HashSet<string> Builtins =
    [
        "eval", ".", "source", "exec", "command", "builtin", "noglob", "nocorrect", "export", "declare", "typeset",
        "local", "readonly", "alias", "set", "unset", "cd", "pushd", "popd", "trap", "read", "mapfile", "readarray",
        "getopts",
        "hash", "fc", "history", "shopt", "ulimit", "umask", "kill", "exit", "logout", "let", "time", "type", "enable",
        "bind", "complete", "disown", "jobs", "suspend", "times", "wait", "bg", "fg", "return", "break", "continue",
        "shift",
    ];

    public override string Name => "argv";

    public override IReadOnlyList<byte[]> Words => Grammar;

    public override int Try(byte[] input)
    {
        string[] argv =
            [.. Text(input).Replace("\0", "", StringComparison.Ordinal).TrimEnd('\n').Split('\n').Take(MaximumWords)];
        AnalysisResult result = Analyzer.Default.AnalyzeArgv(argv);
        RiskLaws.AssertWellFormed(result);
        RiskLaws.AssertSame(result, Analyzer.Default.AnalyzeArgv(argv));
        if (argv[0].Length == 0)
        {
            return RiskLaws.Behaviour(result);
        }

        RiskLaws.AssertNotKinder(result, Analyzer.Default.AnalyzeShell(string.Join(' ', argv.Select(SingleQuoted))),
            "single quotes");
        RiskLaws.AssertNotKinder(result, Analyzer.Default.AnalyzeShell(string.Join(' ', argv.Select(Escaped))),
            "a backslash before each character");
        RiskLaws.AssertNotKinder(result, Analyzer.Default.AnalyzeShell(string.Join(' ', argv.Select(DoubleQuoted))),
            "double quotes");
        if (!Builtins.Contains(argv[0]) && argv[0][0] is not ('-' or '+')
            && !argv[0].Contains('=', StringComparison.Ordinal))
        {
            RiskLaws.AssertNotKinder(result, Analyzer.Default.AnalyzeArgv(["sudo", .. argv]), "sudo");
            RiskLaws.AssertNotKinder(result, Analyzer.Default.AnalyzeArgv(["env", "-i", .. argv]), "env");
            RiskLaws.AssertNotKinder(result, Analyzer.Default.AnalyzeArgv(["timeout", "9", .. argv]), "timeout");
            RiskLaws.AssertNotKinder(result, Analyzer.Default.AnalyzeArgv(["nice", "-n", "5", .. argv]), "nice");
        }

        RiskLaws.AssertNotKinder(result,
            Analyzer.Default.AnalyzeArgv(["sh", "-c", string.Join(' ', argv.Select(SingleQuoted))]), "sh -c");
        return RiskLaws.Behaviour(result);
    }

    protected override IEnumerable<byte[]> MakeSeeds() => Utf8(
    [
        "rm\n-rf\n/srv", "sudo\n-u\nroot\nrm\n-r\nx", "find\n.\n-name\n*.log\n-delete", "find\n/\n-exec\nrm\n{}\n;",
        "kubectl\n-n\nprod\ndelete\nns\nshop", "docker\nvolume\nrm\ndata", "aws\ns3\nrb\ns3://b\n--force",
        "sh\n-c\nrm -rf /",
        "psql\n-c\nDROP TABLE t", "ls\n-la", "git\npush\n--force", "tar\nxf\na.tar", "dd\nif=/dev/zero\nof=/dev/sda",
        "systemctl\nrestart\nnginx", "ssh\nhost\nrm -rf /x", "terraform\ndestroy\n-auto-approve", "redis-cli\nFLUSHALL",
        "xargs\nrm\n-r",
    ]);

    private static string SingleQuoted(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    private static string Escaped(string word) => word.Length == 0 ? "''" : string.Concat(word.Select(c => "\\" + c));

    private static string DoubleQuoted(string word) =>
        "\"" + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("$", "\\$", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal) + "\"";
}
