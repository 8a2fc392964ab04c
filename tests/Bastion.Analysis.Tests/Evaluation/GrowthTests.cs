namespace Bastion.Analysis.Tests.Evaluation;

/// <summary>Texts made to take more than their length: work grows with the length, never with its square. Work is
/// counted in bytes allocated, since whatever is looked at again and again is made again and again.</summary>
public class GrowthTests
{
    /// <summary>Where the limits of evaluation begin to matter: below them a few shapes (`a+=x` and its kin) do take
    /// the square.</summary>
    private const int Length = 20_000;

    /// <summary>Twice the text, and room for tables that double at the wrong moment.</summary>
    private const double Maximum = 2.3;

    /// <summary>What no text takes less than.</summary>
    private const long Constant = 300_000;

    private static readonly Dictionary<string, Func<int, string>> ShellShapes = new()
    {
        ["wide function"] = n => "f() { : " + Repeat("w ", n / 4) + "; }\n" + Repeat("f;", n / 4),
        ["long variable quoted"] = n => "x=" + new string('a', n / 2) + "\n" + Repeat("echo \"a$x\"\n", n / 24),
        ["long variable unquoted"] = n => "x=" + new string('a', n / 2) + "\n" + Repeat("echo a$x\n", n / 20),
        ["long variable spaces"] = n => "x='" + Repeat("a ", n / 4) + "'\n" + Repeat("echo $x\n", n / 20),
        ["eval comment"] = n => "x='#" + new string('a', n / 2) + "'\n" + Repeat("eval \"$x\"\n", n / 24),
        ["eval quotes"] = n => "x='" + Repeat("\"\" ", n / 6) + "'\n" + Repeat("eval \"$x\"\n", n / 24),
        ["base64"] = n => "x='" + new string('a', n / 2) + "'\n" + Repeat("echo $x|base64 -d|sh\n", n / 44),
        ["rev"] = n => "x='" + new string('a', n / 2) + "'\n" + Repeat("echo $x|rev|rev|sh\n", n / 40),
        ["replace"] = n => "x='" + new string('a', n / 2) + "'\n" + Repeat("echo ${x//a/b}\n", n / 32),
        ["pattern"] =
            n => "x='" + new string('a', n / 2) + "'\necho ${x//*a*a*a*a*b/b} ${x%%*a*a*a*b} ${x##*a*a*a*b}\n",
        ["heredoc"] = n => "x=" + new string('a', n / 2) + "\n" + Repeat("sh <<E\n#$x\nE\n", n / 26),
        ["file append"] = n => Repeat("echo aaaaaaaaaaaaaa >> /tmp/x\n", n / 30),
        ["file copy"] =
            n => "cat > /tmp/x <<E\n" + new string('a', n / 2) + "\nE\n" + Repeat("cat /tmp/x|sh\n", n / 28),
        ["nested for"] =
            n => "for a in 1 2 3 4 5 6 7 8 9; do for b in 1 2 3 4 5 6 7 8 9; do for c in 1 2 3 4 5 6 7 8 9; do : "
                + Repeat("w ", n / 2) + "; done; done; done",
        ["nested while"] = n => Repeat("while a=1; do ", 90) + ": " + Repeat("w ", n / 2) + Repeat("; done", 90),
        ["brace"] = n => Repeat("echo {1..9}{1..9}{1..9}\n", n / 24),
        ["brace open"] = n => "echo " + Repeat("{a,", n / 3),
        ["brace many"] = n => "echo " + Repeat("{a,b}", n / 5),
        ["brace nested"] = n => "echo " + Repeat("{a,", 190) + Repeat("x", n) + Repeat("}", 190),
        ["array append"] = n => Repeat("a+=(x);", n / 7),
        ["array elements"] = n => "a=(" + Repeat("x ", n / 4) + ")\n" + Repeat("a[1]=y;", n / 14),
        ["array expand"] = n => "a=(" + Repeat("x ", n / 4) + ")\n" + Repeat(": ${a[@]};", n / 20),
        ["positional"] = n => "set -- " + Repeat("x ", n / 4) + "\n" + Repeat(": \"$@\";", n / 16),
        ["string append"] = n => Repeat("a+=xxxxxxxxxxxx;", n / 16),
        ["aliases"] = n => string.Concat(Enumerable.Range(0, n / 20).Select(i => $"alias a{i}=a{i + 1};")) + "a0",
        ["subshell state"] = n => Repeat("(a=1;", 180) + Repeat("b=$a;", n / 5) + Repeat(")", 180),
        ["functions chain"] =
            n => string.Concat(Enumerable.Range(0, n / 20).Select(i => $"f{i}(){{ f{i + 1};}};")) + "f0",
        ["functions twice"] =
            n => string.Concat(Enumerable.Range(0, n / 30).Select(i => $"f{i}(){{ f{i + 1};f{i + 1};}};")) + "f0",
        ["xargs"] = n => "echo " + Repeat("a ", n / 2) + "|xargs -n1 rm -rf",
        ["find exec"] = n => "find . " + Repeat("-exec rm {} \\; ", n / 15),
        ["find names"] = n => "find . " + Repeat("-name x -o ", n / 11) + " -delete",
        ["operands"] = n => "rm -rf " + Repeat("/var/log/x ", n / 11),
        ["kubectl words"] = n => "kubectl " + Repeat("delete ", n / 7),
        ["aws words"] = n => "aws " + Repeat("delete-x ", n / 9),
        ["unknown words"] = n => "foo " + Repeat("delete ", n / 7),
        ["options"] = n => "rm " + Repeat("-r ", n / 3) + "/x",
        ["long cluster"] = n => "rm -" + Repeat("r", n) + " /x",
        ["sudo sudo"] = n => Repeat("sudo ", n / 5) + "rm x",
        ["env assign"] = n => "env " + Repeat("A=b ", n / 4) + "rm x",
        ["sed"] = n => "sed -e '" + Repeat("s/a/b/;", n / 7) + "' x",
        ["awk"] = n => "awk '" + Repeat("{print $1}", n / 10) + "' x",
        ["python"] = n => "python3 -c '" + Repeat("os.system(\"ls\");", n / 16) + "'",
        ["psql"] = n => "psql -c '" + Repeat("delete from t;", n / 14) + "'",
        ["backquote nest"] = n => Repeat("`", n / 2) + "a",
        ["dollar nest"] = n => Repeat("$(", n / 2),
        ["arith"] = n => Repeat("$((", n / 3),
        ["brace param"] = n => Repeat("${x:-", n / 5),
        ["case"] = n => "case x in " + Repeat("a) b;; ", n / 7) + "esac",
        ["heredocs many"] = n => Repeat("cat <<A\n", n / 8),
        ["heredocs line"] = n => Repeat("cat <<A;", n / 8),
        ["glob"] = n => "rm " + Repeat("*", n),
        ["brackets"] = n => "rm " + Repeat("[", n),
        ["printf repeat"] = n => "printf '" + Repeat("%s", n / 4) + "' " + Repeat("a ", n / 4),
        ["tilde"] = n => Repeat("~", n),
        ["path dots"] = n => "rm /" + Repeat("a/../", n / 5),
        ["cd"] = n => Repeat("cd a;", n / 5),
        ["cd read"] = n => Repeat("cd aaaaaaaaaaaaa; rm x;", n / 23),
        ["trap"] = n => Repeat("trap 'ls' 1;", n / 12),
        ["history"] = n => Repeat("!! ", n / 3),
        ["comment"] = n => Repeat("#\n", n / 2),
        ["hidden"] = n => Repeat("\u200b", n),
        ["lookalike"] = n => Repeat("\u0430 ;", n / 3),
    };

    private static readonly Dictionary<string, Func<int, string>> SqlShapes = new()
    {
        ["sql paren"] = n => Repeat("(", n),
        ["sql delete where"] = n => Repeat("delete from t where (((1=1)));", n / 30),
        ["sql or"] = n => "delete from t where " + Repeat("a or ", n / 5) + "1=1",
        ["sql concat"] = n => "execute immediate " + Repeat("'a'||", n / 6) + "'b'",
        ["sql comment nest"] = n => Repeat("/*", n / 2),
        ["sql versioned"] = n => Repeat("/*!50000 drop table x*/;", n / 24),
        ["sql dollar"] = n => Repeat("$a$", n / 3),
        ["sql dollar diff"] = n => string.Concat(Enumerable.Range(0, n / 6).Select(i => $"$a{i}$ ")),
        ["sql do"] = n => Repeat("do $$begin execute 'drop table x'; end$$;", n / 41),
        ["sql do nested"] =
            n => string.Concat(Enumerable.Range(0, Math.Min(n / 16, 3000)).Select(i => $"do $a{i}$ begin ")),
        ["sql with"] = n => "with " + Repeat("a as (delete from t),", n / 21) + "b as (select 1) select 1",
        ["sql values"] = n => "insert into t values " + Repeat("(1,2),", n / 6) + "(1,2)",
        ["sql begin"] = n => Repeat("begin ", n / 6),
        ["sql case"] = n => "select " + Repeat("case when a then ", n / 17),
        ["sql delimiter"] = n => Repeat("delimiter //\n", n / 13),
        ["sql semicolons"] = n => Repeat(";", n),
        ["sql quotes"] = n => Repeat("'", n),
        ["sql backslash"] = n => Repeat("\\", n),
        ["sql meta"] = n => Repeat("\\! ls\n", n / 6),
        ["sql drop list"] = n => "drop table " + Repeat("t,", n / 2) + "t",
        ["sql exists"] = n => "delete from t where " + Repeat("exists(select 1 where ", n / 22),
        ["sql not"] = n => "delete from t where " + Repeat("not ", n / 4) + "true",
        ["sql unset"] = n => Repeat("prepare s from 'drop table t'; execute s;", n / 41),
        ["sql set"] = n => "set @a='x';" + Repeat("set @a=concat(@a,@a);", n / 21) + "prepare s from @a; execute s",
    };

    public static TheoryData<string> Shells() => [.. ShellShapes.Keys];

    public static TheoryData<string> Statements() => [.. SqlShapes.Keys];

    [Theory]
    [MemberData(nameof(Shells))]
    public void Twice_the_shell_text_is_about_twice_the_work(string shape) =>
        AssertLinear(ShellShapes[shape], text => Analyzer.Default.AnalyzeShell(text));

    [Theory]
    [MemberData(nameof(Statements))]
    public void Twice_the_statements_are_about_twice_the_work(string shape) =>
        AssertLinear(SqlShapes[shape], text => Analyzer.Default.AnalyzeSql(text));

    private static void AssertLinear(Func<int, string> shape, Action<string> analyse)
    {
        // What is made once and kept must not count.
        analyse(shape(1_000));
        long once = Work(shape(Length));
        long twice = Work(shape(2 * Length));
        Assert.True(twice <= (once * Maximum) + Constant,
            $"{Length} characters took {once} bytes, twice as many took {twice}");

        long Work(string text)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            analyse(text);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
