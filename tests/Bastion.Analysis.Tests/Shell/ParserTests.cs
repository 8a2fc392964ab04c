using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Tests.Shell;

public class ParserTests
{
    [Theory]
    [InlineData("if true; then echo a; elif false; then echo b; else echo c; fi")]
    [InlineData("case $x in (a|b) echo 1;; *) echo 2;& esac")]
    [InlineData("for ((i=0; i<3; i++)) { echo $i; }")]
    [InlineData("cat <<A <<-'B'; echo after\none $(id)\nA\n\ttwo $(id)\n\tB\n")]
    [InlineData("x=$(cat <<E\nhi\nE\n) y")]
    [InlineData("f () { echo; } >log 2>&1")]
    [InlineData("function g { echo; }")]
    [InlineData("[[ ( -f $x && ! $y == *.(a|b) ) || $z =~ ^(a b|c)$ ]]")]
    [InlineData("a=([0]=x [1]=$(id) y) b[1+2]+=z declare -a c=(1 2)")]
    [InlineData("echo \"${a:-\"${b%%'}'}\"}\" ${c/x\\/y/z} ${#d[@]} ${!e@} ${f:1:2}")]
    [InlineData("echo `echo \\`id\\`` $((1 + (2*3))) $[4] $( (a);(b) )")]
    [InlineData("coproc NAME { cat; } ; time -p ! a | b |& c")]
    [InlineData("{ (a) } 2>&1 | while (b) do c; done &")]
    [InlineData("diff <(a) >(b) {fd}<x 3<>y &>z &>>w >|v")]
    [InlineData("i\\\nf true; th\\\nen a &\\\n& b; f\\\ni")]
    [InlineData("")]
    [InlineData("# only a comment")]
    public void What_bash_accepts_is_complete(string text)
    {
        Assert.Null(Parser.Parse(text, ShellDialect.Bash).Failure);
        RealShell.AssertAccepts("bash", text, expected: true);
    }

    [Theory]
    [InlineData("echo 'open")]
    [InlineData("echo \"open $(id")]
    [InlineData("if true; then")]
    [InlineData("while a; do b")]
    [InlineData("a &&")]
    [InlineData("( a; b")]
    [InlineData("case x in a) b")]
    [InlineData("f() ")]
    [InlineData("echo ${x:-y")]
    [InlineData("for x in a b")]
    [InlineData("a=(1 2")]
    public void What_wants_more_text_is_incomplete_and_not_wrong(string text)
    {
        Assert.True(Parser.Parse(text, ShellDialect.Bash).Failure is { Incomplete: true, Recovered: true });
        RealShell.AssertAccepts("bash", text, expected: false);
    }

    [Theory]
    [InlineData("a ; ; b")]
    [InlineData("a & & b")]
    [InlineData("&& a")]
    [InlineData("if ; then a; fi")]
    [InlineData("( )")]
    [InlineData("a )")]
    [InlineData("done")]
    [InlineData("echo a (b)")]
    [InlineData("f() echo a")]
    [InlineData("case x in a) b;; ;; esac")]
    [InlineData("{ a; } b")]
    [InlineData("cat < ; b")]
    [InlineData("a | ! b")]
    public void What_no_continuation_mends_is_wrong(string text)
    {
        Assert.True(Parser.Parse(text, ShellDialect.Bash).Failure is { Incomplete: false });
        RealShell.AssertAccepts("bash", text, expected: false);
    }

    [Fact]
    public void A_subshell_in_a_subshell_is_arithmetic_in_bash_but_commands_in_sh()
    {
        Assert.IsType<ArithmeticCommand>(Parser.Parse("((rm))", ShellDialect.Bash).Statements.Single().Command);
        Assert.IsType<Group>(Parser.Parse("((rm))", ShellDialect.Posix).Statements.Single().Command);
        Assert.IsType<Group>(Parser.Parse("((a) ; (b))", ShellDialect.Bash).Statements.Single().Command);
    }

    [Fact]
    public void Spans_lie_in_the_text_also_inside_backquotes()
    {
        const string Text = "echo `echo \\`rm -r x\\``";
        var outer = (SimpleCommand)Parser.Parse(Text, ShellDialect.Bash).Statements.Single().Command;
        var middle = (SimpleCommand)((CommandSubstitution)outer.Words[1].Parts[0]).Body.Statements.Single().Command;
        var inner = (SimpleCommand)((CommandSubstitution)middle.Words[1].Parts[0]).Body.Statements.Single().Command;
        Assert.Equal("rm", Text.Substring(inner.Words[0].Start, inner.Words[0].Span.Length));
        Assert.Equal("x", Text.Substring(inner.Words[2].Start, inner.Words[2].Span.Length));
    }

    [Theory]
    [InlineData("( ", ")")]
    [InlineData("$(", ")")]
    [InlineData("\"${x:-", "}\"")]
    [InlineData("$((", "))")]
    [InlineData("{ ", ";}")]
    [InlineData("if a; then ", "; fi")]
    [InlineData("<(", ")")]
    [InlineData("`", "`")]
    [InlineData("[[ ( ", " ) ]]")]
    [InlineData("case x in a) ", ";; esac")]
    public void Ten_thousand_levels_are_refused_in_linear_time(string open, string close)
    {
        string text =
            string.Concat(Enumerable.Repeat(open, 10_000)) + "a" + string.Concat(Enumerable.Repeat(close, 10_000));
        Script script = Parser.Parse(text, ShellDialect.Bash, out long steps);
        Assert.True(script.Failure is not null || open == "`");
        Assert.InRange(steps, 0, (long)text.Length * (ShellLimits.MaximumDepth + 50));
    }

    [Theory]
    [InlineData("echo a; ")]
    [InlineData("$(a) ")]
    [InlineData("\"$x\"'y'\\z ")]
    [InlineData("$((1)) ")]
    [InlineData("${x/a/b} ")]
    [InlineData("<<A\n")]
    [InlineData("$((")]
    [InlineData("${")]
    [InlineData("((a) ; ")]
    public void Twice_the_text_takes_about_twice_the_steps(string unit)
    {
        Parser.Parse(string.Concat(Enumerable.Repeat(unit, 2_000)), ShellDialect.Bash, out long once);
        Parser.Parse(string.Concat(Enumerable.Repeat(unit, 4_000)), ShellDialect.Bash, out long twice);
        Assert.InRange(twice, 0, (once * 5 / 2) + 1_000);
    }
}
