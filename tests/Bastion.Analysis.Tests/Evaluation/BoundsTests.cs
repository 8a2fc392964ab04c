using FsCheck.Xunit;

namespace Bastion.Analysis.Tests.Evaluation;

/// <summary>Hostile texts get an answer, soon, and never a kinder one.</summary>
public class BoundsTests
{
    [Theory]
    [InlineData("a=x; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do a=$a$a$a$a; done; $a")]
    [InlineData("f() { g; g; }; g() { h; h; }; h() { i; i; }; i() { j; j; }; j() { k; k; }; k() { l; l; }; l() { m; "
        + "m; }; m() { n; n; }; n() { o; o; }; o() { p; p; }; p() { q; q; }; q() { :; :; }; f")]
    [InlineData("echo {1..9}{1..9}{1..9}{1..9}{1..9}{1..9}{1..9}")]
    [InlineData("for a in 1 2 3 4 5 6 7 8; do for b in 1 2 3 4 5 6 7 8; do for c in 1 2 3 4 5 6 7 8; do for d in 1 2 "
        + "3 4 5 6 7 8; do rm -r /opt/x; done; done; done; done")]
    [InlineData("a='eval $a'; eval $a")]
    public async Task Texts_that_grow_are_cut_off(string text) =>
        await Task.Run(() => Analyzer.Default.AnalyzeShell(text)).WaitAsync(TimeSpan.FromSeconds(10));

    [Fact]
    public void Nested_texts_end_as_opaque()
    {
        string text = "rm -rf /opt/x";
        for (int i = 0; i < 40 && text.Length < 100_000; i++)
        {
            string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal);
            text = i == 0 ? $"eval '{text}'" : $"eval \"{escaped}\"";
        }

        Assert.True(Analyzer.Default.AnalyzeShell(text).Risk >= RiskLevel.High);
    }

    [Theory]
    [InlineData(1_000_000)]
    [InlineData(ushort.MaxValue)]
    public void A_megabyte_on_one_line_is_read_to_its_end(int length)
    {
        AnalysisResult result = Analyzer.Default.AnalyzeShell("echo " + new string('x', length) + "; rm -rf /opt/x");
        Assert.Contains(result.Effects, effect => effect.Kind == EffectKind.FileDelete);
    }

    [Fact]
    public void More_than_the_limit_is_opaque_and_not_unseen() =>
        Assert.True(Analyzer.Default.AnalyzeShell(new string(' ', 4 * 1024 * 1024) + "ls x").Opaque);

    [Theory]
    [InlineData("(")]
    [InlineData("{ ")]
    [InlineData("$(")]
    [InlineData("if x; then ")]
    public void Ten_thousand_levels_are_opaque(string open) =>
        Assert.True(
        Analyzer.Default.AnalyzeShell(string.Concat(Enumerable.Repeat(open, 10_000)) + "rm -rf /opt/x").Opaque);

    [Theory]
    [InlineData("sudo ", "rm -rf /opt/x")]
    [InlineData("command ", "rm -rf /opt/x")]
    [InlineData("env ", "rm -rf /opt/x")]
    [InlineData("xargs ", "rm -rf /opt/x")]
    [InlineData("exec ", "rm -rf /opt/x")]
    public async Task Wrappers_without_end_use_up_no_stack(string wrapper, string command)
    {
        string text = string.Concat(Enumerable.Repeat(wrapper, 20_000)) + command;
        // On a thread of the pool, as in the gateway: its stack is smaller than the first thread's.
        Assert.True((await Task.Run(() => Analyzer.Default.AnalyzeShell(text))).Opaque);
        Assert.True((await Task.Run(() => Analyzer.Default.AnalyzeArgv(text.Split(' ')))).Opaque);
    }

    [Fact]
    public void An_effect_behind_a_thousand_others_still_counts()
    {
        string many = string.Concat(Enumerable.Range(0, 1_000).Select(n => $"rm -r /opt/{n}; rm /opt/f{n}; "));
        AnalysisResult result = Analyzer.Default.AnalyzeShell(many + "dd if=/dev/zero of=/dev/sda; rm -r /srv/orders");
        Assert.Contains(result.Effects, effect => effect.Kind == EffectKind.DiskWipe);
        // Rules about /srv must see that more is deleted than is listed.
        Assert.Contains(result.Effects, effect => effect.Kind == EffectKind.FileDelete
            && effect.Objects.Any(one => !one.Known));
        Assert.InRange(result.Effects.Count, 0, 700);
    }

    [Fact]
    public void A_nul_or_a_broken_surrogate_does_not_hide_what_follows()
    {
        Assert.True(Analyzer.Default.AnalyzeShell("echo a\0; rm -rf /opt/x").Risk >= RiskLevel.High);
        Assert.True(Analyzer.Default.AnalyzeShell("echo \ud800; rm -rf /opt/x").Risk >= RiskLevel.High);
        Assert.True(Analyzer.Default.AnalyzeShell("ls\u202e; rm -rf /opt/x").Opaque);
    }

    [Fact]
    public void What_once_broke_something_gets_an_answer()
    {
        foreach (string? line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Cases", "findings.txt"))
            .Where(line => line[0] != '#'))
        {
            string text = System.Text.Json.JsonSerializer.Deserialize<string>(line)!;
            foreach (ShellDialect dialect in Enum.GetValues<ShellDialect>())
            {
                Assert.All(Analyzer.Default.AnalyzeShell(text, dialect).Effects,
                    effect => Assert.InRange(effect.Span.End, effect.Span.Start, text.Length));
            }

            Assert.NotNull(Analyzer.Default.AnalyzeArgv(text.Split(' ')));
            Assert.NotNull(Analyzer.Default.AnalyzeScript(text));
        }
    }

    [Property(MaxTest = 500)]
    public void Any_text_gets_an_answer_whose_spans_lie_in_it(string? text)
    {
        AnalysisResult result = Analyzer.Default.AnalyzeShell(text ?? "");
        Assert.All(result.Effects,
            effect => Assert.True(effect.Span.Start >= 0 && effect.Span.End <= (text ?? "").Length));
    }

    [Property(MaxTest = 300)]
    public void Any_vector_gets_an_answer(string?[] argv) =>
    Assert.NotNull(Analyzer.Default.AnalyzeArgv([.. argv.Select(word => word ?? "")]));

    /// <summary>Pieces of grammar thrown together: more of what breaks parsers than random letters have.</summary>
    [Property(MaxTest = 1000)]
    public void Any_mixture_of_grammar_gets_an_answer(byte[] choice)
    {
        string[] pieces =
        [
            "$(", ")", "`", "'", "\"", "${", "}", "<<E\n", "\n", ";", "|", "&&", "((", "))", "[[ ", " ]]", "case x in ",
            " esac", "{ ", "\\", "$((", "<(", "for i in ", " do ", " done",
            "if ", " then ", " fi", "f()", "a=", "eval ", "sh -c ", "{1..9}", "{a,b}", "xargs ", "sudo ", "rm -rf ",
            "/x", " ", "E\n", "#", "!", "$@", "*", "~", "-c",
        ];
        string text = string.Concat(choice.Select(place => pieces[place % pieces.Length]));
        AnalysisResult result = Analyzer.Default.AnalyzeShell(text);
        Assert.All(result.Effects, effect => Assert.True(effect.Span.Start >= 0 && effect.Span.End <= text.Length));
    }
}
