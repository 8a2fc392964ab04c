using System.Diagnostics;
using Bastion.Analysis.Evaluation;
using Bastion.Analysis.Tests.Shell;
using FsCheck.Xunit;

namespace Bastion.Analysis.Tests.Evaluation;

/// <summary>What we say a shell would run, against what the installed shells do run when the program is replaced by a
/// recorder.</summary>
public sealed class DifferentialTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    public static TheoryData<string> Texts() =>
    [
        "probe a 'b c' \"d e\" f\\ g",
        "x='1 2'; probe $x \"$x\" '$x'",
        "x=abcdef; probe ${#x} ${x#a} ${x%f} ${x##*c} ${x%%d*}",
        "unset x y; probe \"${x-default}\" ${y:-other}",
        "probe `echo one two` \"$(printf 'three\\nfour\\n')\"",
        "probe $(echo a; echo b)",
        "f() { probe \"$2\" $1; }; f one 'two three'",
        "for i in a b c; do probe $i; done",
        "set -- p 'q r'; probe \"$@\" $#",
        "eval 'probe e1' e2",
        "sh -c 'probe \"$1\" $0' name 'x y'",
        "probe ''  \"\" x",
        "IFS=:; x=a:b::c; probe $x",
        "{ probe one; probe two; } > /dev/null",
        "if probe cond; then probe body; fi",
        "a=probe; b=arg; $a $b",
        "probe a\\\nb c",
        "probe \"a\\\"b\\$c\\\\d\"",
        "echo probe piped | sh",
        "printf 'probe %s\\n' fmt | sh",
        "echo 'rev' | rev >/dev/null; probe after",
        "sh <<'E'\nprobe here 'doc x'\nE",
        "x=5; sh <<E\nprobe $x\nE",
        "command probe via command",
        "while probe w; do break; done",
        "case abc in a*) probe matched;; esac",
        "probe $((3)) $(( 4 ))",
        "x=top; (x=sub; probe $x); probe \"[$x]\"",
        "x=1; x=2 true; probe $x",
        "v=rm; probe \"$v$v\" $v'$v'",

        // parameter expansion
        "x=a.tar.gz; probe ${x%.*} ${x%%.*} ${x#*.} ${x##*.}",
        "x=/srv/data/file; probe ${x##*/} ${x%/*}",
        "x=abc; probe ${x%?} ${x#?} ${x%b*} ${x#*b}",
        "x=; probe a${x}b \"${x:-d}\" \"${x-d}\" \"${x:+s}\" \"${x+s}\"",
        "x=v; probe ${x:-d} ${x:+s} ${x+s}",
        "unset x; probe ${x:=set}; probe $x",
        "x=1; y=2; probe $x$y ${x}y \"$x $y\"",
        "x='a  b'; probe $x; probe \"$x\"",
        "x='  lead trail  '; probe $x",
        "set -- a b c; probe $1 ${2} $# \"$*\"; shift; probe $1",
        "set -- 'a b' c; probe \"$@\" $@",
        "set --; probe \"$@\" x $@",
        "IFS=,; set -- a b; probe \"$*\"",
        "IFS=,; x=a,b,,c; probe $x",
        "f() { probe $#; }; f; f a 'b c'",
        "f() { x=$1; }; f inner; probe $x",
        "x=out; f() { x=in; }; f; probe $x",

        // printf and echo
        "probe \"$(printf '%s' a)\" \"$(printf '%s-' a b)\"",
        "probe \"$(printf '%d %x %o' 10 255 8)\"",
        "probe \"$(printf 'a\\tb')\" \"$(printf '%b' 'c\\td')\"",
        "probe \"$(printf '%5s|%-5s|' ab cd)\"",
        "probe \"$(printf '%.2s' abcdef)\" \"$(printf '%c' xyz)\"",
        "probe \"$(printf '%03d' 7)\" \"$(printf '%s %s\\n' a)\"",
        "probe \"$(echo a b  c)\" $(echo 'x   y')",

        // substitutions inside substitutions, and around quotes
        "probe $(echo $(echo deep))",
        "probe \"$(echo \"in 'ner'\")\"",
        "probe `echo \\`echo b\\``",
        "x=$(echo multi; echo line); probe \"$x\"",
        "probe \"a$(:)b\" x$(true)y",

        // here-documents
        "sh <<'E'\nx=1\nprobe $x \"quoted $x\"\nE",
        "sh <<-E\n\tprobe tabbed\n\tE",
        "cat <<E | sh\nprobe one\nprobe two\nE",
        "sh <<A; sh <<B\nprobe first\nA\nprobe second\nB",

        // what runs it
        "env A=1 probe a; A=1 env probe b",
        "sh -c 'probe $0 $*' a b c",
        "eval \"probe 'a b'\" c",
        "eval 'x=1' ';' probe '$x'",
        "echo 'probe \"from file\"' > s2; . ./s2",
        "echo a b | xargs probe",
        "echo 'a b' | xargs -I{} probe '<{}>'",
        "{ probe in; } | cat; (probe sub)",
        "for i; do :; done; for j in x y; do probe $j; done",
        "i=0; probe $i; i=1; probe $i",
    ];

    public static TheoryData<string> BashTexts() =>
    [
        "probe {a,b}{1,2} {1..3} x{,y}",
        "probe $'tab\\there' $'\\x41\\102'",
        "a=(one 'two three'); probe \"${a[@]}\" ${a[0]} ${#a}",
        "x=hello; probe ${x:1:3} ${x/l/L} ${x//l/L} ${x^^} ${x^}",
        "read a b <<< 'one two three'; probe \"$a\" \"$b\"",
        "declare d=val; probe $d",
        "x=name; name=value; probe ${!x}",
        "function g { probe \"$@\"; }; g 1 '2 3'",
        "printf -v v '%s-%s' a b; probe $v",
        "probe {01..03} {c..a}",
        "source <(echo probe sourced)",
        "probe <<< x ok",
        "a=(x); a+=(y); probe ${a[@]}",
        "[[ a == a ]] && probe yes",

        // braces
        "probe a{b,c}d {x,y}{1,2} {a..e..2} {3..1} {-1..1}",
        "probe {a,b{1,2}} x{a,}y {,a}",
        "probe {a} {} a{,} \"{a,b}\" {a\\,b} '{x,y}'",
        "probe {01..10..3} {z..w} {a..A..40}",
        "probe pre{a,'b c'}post",

        // arrays
        "a=(x y z); probe ${a[1]} ${#a[@]} \"${a[@]}\" \"${a[*]}\"",
        "a=(x y z); probe ${a[-1]} ${a[@]}",
        "a=(); a+=(one); a+=('two three'); probe \"${a[@]}\"",
        "a=(a b c d); a[1]=B; probe \"${a[@]}\"",
        "a=(one two); for i in \"${a[@]}\"; do probe $i; done",
        "declare -a a=(p q); probe ${a[0]} ${a[1]}",
        "cmd=(probe 'a b' c); \"${cmd[@]}\"",

        // bash's own parameter expansion
        "x=hello; probe ${x:1} ${x:1:3} ${x: -2} ${x:0:1}",
        "x=hello; probe ${x/l/L} ${x//l/L} ${x/#h/H} ${x/%o/O} ${x//l}",
        "x=hello; probe ${x^} ${x^^} ${x,} ${x,,}",
        "x=abcabc; probe ${x//b/} ${x/a*c/X}",
        "x=a/b/c; probe ${x//\\//-}",
        "x='a b c'; probe \"${x// /_}\" ${x// /_}",
        "n=x; x=val; probe ${!n}",

        // $'…'
        "probe $'a\\nb' $'\\x72\\155' $'\\u0041' $'\\'' $'q\\\\e'",
        "probe $'tab\\tx' $'\\e[0m' $'oct\\101'",
        "$'\\x70robe' hex",
        "probe $\"localized\"",

        // reading
        "read -r a b <<< 'one two three'; probe \"$a\" \"$b\"",
        "probe <(:) | cat > /dev/null; bash <(echo probe fromprocess)",
        "cat <(echo 'probe piped') | bash",
        "printf -v x '%s+%s' 1 2; probe $x",
        "x=5; x+=6; probe $x",
        "local_test() { local x=in; probe $x; }; x=out; local_test; probe $x",
        "coproc probe c; wait",
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void We_say_what_every_shell_runs(string text)
    {
        foreach (string? shell in new[] { "bash", "dash" }.Where(RealShell.Has))
        {
            Assert.Equal(RunFor(shell, text), Evaluate(text, shell == "dash" ? ShellDialect.Posix : ShellDialect.Bash));
        }
    }

    [Theory]
    [MemberData(nameof(BashTexts))]
    public void We_say_what_bash_runs(string text) =>
    Assert.Equal(RunFor("bash", text), Evaluate(text, ShellDialect.Bash));

    public static TheoryData<string, string, string> Expansions()
    {
        var cases = new TheoryData<string, string, string>();
        foreach (string? line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Cases", "expansion.txt"))
            .Where(line => line[0] != '#'))
        {
            string[] parts = line.Split(" | ", 2);
            cases.Add(parts[0].Split(' ')[0], parts[0].Split(' ')[1],
                parts[1].Replace("\\N", "\n", StringComparison.Ordinal));
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Expansions))]
    public void What_we_say_is_known_is_what_the_shell_runs(string shell, string sign, string text)
    {
        if (!RealShell.Has(shell))
        {
            return;
        }

        List<string> said = Evaluate(text, shell == "dash" ? ShellDialect.Posix : ShellDialect.Bash);
        List<string> run = RunFor(shell, text);
        if (sign == "=")
        {
            Assert.Equal(run, said);
        }
        else
        {
            Assert.All(said.Where(vector => !vector.Contains('?', StringComparison.Ordinal)),
                vector => Assert.Contains(vector, run));
        }
    }

    /// <summary>Operands and operators thrown together: most come to a number, some are wrong in one way or
    /// another.</summary>
    [Property(MaxTest = 60)]
    public void Arithmetic_comes_to_what_bash_makes_of_it(byte[][] choices)
    {
        string[] operands = ["0", "1", "7", "-3", "x", "y", "010", "0xff", "3#12", "9223372036854775807", "(x=2)",
            "x++", "--y", "(1,2)", "!x", "~5", "-x", "z", "a[1]", "08", "n"];
        string[] operators = ["+", "-", "*", "/", "%", "**", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&", "|",
            "^", "&&", "||", "?3:", "=", "+=", ",", " - ", ")+("];
        var expressions = choices.Select(choice => string.Concat(choice.Take(9)
            .Select((place, i) => i % 2 == 0
            ? operands[place % operands.Length]
            : operators[place % operators.Length])))
            .Where(expression => expression.Length > 0).ToList();
        // Each in a shell of its own, since a mistake ends it.
        string text = string.Concat(expressions.Select(expression =>
            $"(x=5; y=-2; z=x+1; a=(4 6); r=$(({expression})); probe \"$r\" \"$x\" \"$y\" '{expression}')\n"));
        List<string> run = RunFor("bash", text);
        Assert.All(Evaluate(text, ShellDialect.Bash).Where(vector => !vector.StartsWith('?')
            && !vector.Contains("|?", StringComparison.Ordinal)), vector => Assert.Contains(vector, run));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    /// <summary>Every vector whose program is `probe`; words that are computed are compared as such by their
    /// absence.</summary>
    private static List<string> Evaluate(string text, ShellDialect dialect)
    {
        var seen = new List<string>();
        var session = new EvaluationSession(Catalogue.BuiltIn, text.Length)
        {
            OnCommand = fields =>
            {
                if (fields[0].Text == "probe")
                {
                    seen.Add(string.Join('|',
                        fields.Skip(1).Select(field => field.IsKnown ? field.Text : $"?{field.Text}")));
                }
            },
        };
        Evaluator.Create(session, text, dialect).EvaluateAll();
        return [.. seen.Distinct()];
    }

    private List<string> RunFor(string shell, string text)
    {
        string log = Path.Combine(_directory.FullName, "log");
        string probe = Path.Combine(_directory.FullName, "probe");
        File.WriteAllText(probe,
            $"#!/bin/sh\n{{ sep=; for a in \"$@\"; do printf '%s%s' \"$sep\" \"$a\"; sep='|'; done; printf '\\0'; "
                + $"}} >> '{log}'\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(probe, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        File.Delete(log);
        var start = new ProcessStartInfo(shell)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
            WorkingDirectory = _directory.FullName,
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(text);
        start.Environment["PATH"] = _directory.FullName + ":" + Environment.GetEnvironmentVariable("PATH");
        using Process process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return File.Exists(log)
            ? [.. File.ReadAllText(log).Split('\0', StringSplitOptions.RemoveEmptyEntries).Distinct()]
            : [];
    }
}
