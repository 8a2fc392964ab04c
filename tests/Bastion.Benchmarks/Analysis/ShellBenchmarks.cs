using Bastion.Analysis;
using Bastion.Analysis.Shell;
using BenchmarkDotNet.Attributes;

namespace Bastion.Benchmarks.Analysis;

/// <summary>What one command costs at the gate; the goal is under 15 µs.</summary>
public class ShellBenchmarks
{
    [Params(
        "ls -la /var/log",
        "sudo systemctl restart nginx",
        "cat access.log | grep ' 500 ' | sort | uniq -c",
        "find /srv -name '*.tmp' -mtime +7 -exec rm -rf {} \\;",
        "docker exec web sh -c 'rm -rf /tmp/cache'")]
    public string Command { get; set; } = "";

    [Benchmark]
    public AnalysisResult One_command() => Analyzer.Default.AnalyzeShell(Command);
}

/// <summary>A script of a megabyte; the goal is under 50 ms.</summary>
public class ScriptBenchmarks
{
    private string _script = "";

    [GlobalSetup]
    public void Make() => _script = string.Concat(Enumerable.Repeat(
        "if [ -f /etc/app.conf ]; then\n  cp \"$source\" /srv/b/${name%.txt}.new && echo \"done $(date +%F)\" >> "
            + "/tmp/out\nfi\n", 9_500));

    [Benchmark]
    public object Parse_a_megabyte() => Parser.Parse(_script, ShellDialect.Bash);

    [Benchmark]
    public AnalysisResult Analyse_a_megabyte() => Analyzer.Default.AnalyzeShell(_script);
}
