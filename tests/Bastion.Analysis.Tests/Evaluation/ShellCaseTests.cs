namespace Bastion.Analysis.Tests.Evaluation;

public class ShellCaseTests
{
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Cases", "shell.txt")))
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            string[] parts = line.Split(" | ", 2);
            cases.Add(parts[0], parts[1].Replace("\\n", "\n", StringComparison.Ordinal));
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_text_is_read_as_what_it_does(string expected, string text)
    {
        AnalysisResult result = Analyzer.Default.AnalyzeShell(text);
        string seen = $"{text} → {string.Join("; ", result.Effects)}";
        string[] words = expected.Split(' ');
        if (expected == "-")
        {
            Assert.True(result.Risk == RiskLevel.Low, seen);
        }
        else if (expected == "opaque")
        {
            Assert.True(result.Opaque, seen);
        }
        else
        {
            Assert.True(EffectKinds.TryParse(words[0], out EffectKind kind), $"`{words[0]}` is no effect");
            Assert.True(result.Effects.Any(effect => effect.Kind == kind && Suits(effect.Level, words)), seen);
            Assert.True(words is not [_, "low"] || result.Risk == RiskLevel.Low, seen);
        }

        Assert.All(result.Effects, effect => Assert.InRange(effect.Span.End, effect.Span.Start, text.Length));
    }

    /// <summary>Whatever stands before it on the line, a text is never less dangerous than alone.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Harmless_commands_before_it_never_lower_the_risk(string expected, string text)
    {
        _ = expected;
        AnalysisResult alone = Analyzer.Default.AnalyzeShell(text);
        foreach (string? prefix in new[] { "true; ", "cd /tmp && ", "x=1\n", "echo rm\n", "# a comment\n" })
        {
            AnalysisResult together = Analyzer.Default.AnalyzeShell(prefix + text);
            Assert.True(together.Risk >= alone.Risk && (together.Opaque || !alone.Opaque),
                $"{prefix}{text} → {string.Join("; ", together.Effects)}");
        }
    }

    [Fact]
    public void An_effect_names_its_objects_its_words_and_what_led_to_it()
    {
        const string Text = "sudo ssh db01 'rm -rf \"/opt/a b\" $x'";
        Effect effect = Analyzer.Default.AnalyzeShell(Text).Effects.Single(one => one.Kind == EffectKind.FileDelete);
        Assert.Equal("rm -rf \"/opt/a b\" $x", Text.Substring(effect.Span.Start, effect.Span.Length));
        Assert.Equal(["sudo", "ssh db01"], effect.Chain);
        Assert.Equal([new EffectObject("/opt/a b", ObjectKind.Path),
            new EffectObject("$x", ObjectKind.Path, Known: false)], effect.Objects);
        Assert.Equal(EffectScope.Unknown, effect.Scope);
        Assert.Contains("/opt/a b", effect.Reason.En, StringComparison.Ordinal);
        Assert.Contains("/opt/a b", effect.Reason.Zh, StringComparison.Ordinal);
    }

    [Fact]
    public void Programs_that_the_catalogue_does_not_know_are_listed()
    {
        AnalysisResult result = Analyzer.Default.AnalyzeShell("sudo frobnicate9 --all; ls; frobnicate9");
        Assert.Equal(["sudo", "frobnicate9", "ls"], result.Programs);
        Assert.Equal(["frobnicate9"], result.UnknownPrograms);
    }

    [Fact]
    public void A_vector_is_read_without_a_shell()
    {
        Assert.Equal(RiskLevel.High, Analyzer.Default.AnalyzeArgv(["find", "/opt/x", "-delete"]).Risk);
        Assert.Equal(RiskLevel.Low,
            Analyzer.Default.AnalyzeArgv(["echo", "$(rm -rf /opt/x)", ";", "rm", "-rf", "/"]).Risk);
        Assert.Equal(RiskLevel.High, Analyzer.Default.AnalyzeArgv(["sh", "-c", "rm -rf \"$1\"", "_", "/opt/x"]).Risk);
    }

    [Fact]
    public void A_script_is_read_by_whom_its_first_line_names()
    {
        Assert.Contains(Analyzer.Default.AnalyzeScript("#!/usr/bin/env bash\nrm -rf /opt/x\n").Effects,
            effect => effect.Kind == EffectKind.FileDelete);
        Assert.True(Analyzer.Default.AnalyzeScript("#!/usr/bin/python3\nprint(1)\n").Opaque);
        Assert.Equal(RiskLevel.Low, Analyzer.Default.AnalyzeScript("#!/usr/bin/awk -f\n{ print $1 }\n").Risk);
    }

    [Theory]
    [InlineData(FileOperationKind.Remove, "/opt/a", RiskLevel.Low)]
    [InlineData(FileOperationKind.Remove, "/backup/full.sql.gz", RiskLevel.High)]
    [InlineData(FileOperationKind.OpenTruncate, "/var/log/auth.log", RiskLevel.High)]
    [InlineData(FileOperationKind.OpenWrite, "/root/.ssh/authorized_keys", RiskLevel.High)]
    [InlineData(FileOperationKind.OpenRead, "/etc/passwd", RiskLevel.Low)]
    [InlineData(FileOperationKind.Remove, "/opt/../etc/passwd", RiskLevel.High)]
    public void File_operations_are_judged_by_what_the_file_is(FileOperationKind kind, string path,
    RiskLevel expected) =>
        Assert.Equal(expected, Analyzer.Default.AnalyzeFileOperation(new FileOperation(kind, path)).Risk);

    [Theory]
    [InlineData("/srv/app/.app.conf.part", "/srv/app/app.conf", false)]
    [InlineData("/srv/app/app.conf", "/tmp/app.conf", true)]
    public void A_rename_out_of_a_directory_deletes_there(string from, string to, bool deletes)
    {
        AnalysisResult result =
            Analyzer.Default.AnalyzeFileOperation(new FileOperation(FileOperationKind.Rename, from, to));
        Assert.Equal(deletes, result.Effects.Any(effect => effect.Kind == EffectKind.FileDelete));
    }

    private static bool Suits(RiskLevel level, string[] words) => words switch
    {
        [_, "low"] => true,
        [_, "critical"] => level == RiskLevel.Critical,
        _ => level > RiskLevel.Low,
    };
}
