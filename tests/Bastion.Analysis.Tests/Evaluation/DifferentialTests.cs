using System.Diagnostics;
using Bastion.Analysis.Evaluation;
using Bastion.Analysis.Tests.Shell;

namespace Bastion.Analysis.Tests.Evaluation;

/// <summary>What we say a shell would run, against what the installed shells do run when the program is replaced by a recorder.</summary>
public sealed class DifferentialTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory();

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
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void We_say_what_every_shell_runs(string text)
    {
        foreach (var shell in new[] { "bash", "dash" }.Where(RealShell.Has))
            Assert.Equal(RunFor(shell, text), Evaluate(text, shell == "dash" ? ShellDialect.Posix : ShellDialect.Bash));
    }

    [Theory]
    [MemberData(nameof(BashTexts))]
    public void We_say_what_bash_runs(string text) => Assert.Equal(RunFor("bash", text), Evaluate(text, ShellDialect.Bash));

    public void Dispose() => directory.Delete(recursive: true);

    /// <summary>Every vector whose program is `probe`; words that are computed are compared as such by their absence.</summary>
    private static List<string> Evaluate(string text, ShellDialect dialect)
    {
        var seen = new List<string>();
        var session = new EvaluationSession(Catalogue.BuiltIn, text.Length)
        {
            OnCommand = fields =>
            {
                if (fields[0].Text == "probe")
                    seen.Add(string.Join('|', fields.Skip(1).Select(field => field.IsKnown ? field.Text : $"?{field.Text}")));
            },
        };
        Evaluator.Create(session, text, dialect).EvaluateAll();
        return [.. seen.Distinct()];
    }

    private List<string> RunFor(string shell, string text)
    {
        var log = Path.Combine(directory.FullName, "log");
        var probe = Path.Combine(directory.FullName, "probe");
        File.WriteAllText(probe, $"#!/bin/sh\n{{ sep=; for a in \"$@\"; do printf '%s%s' \"$sep\" \"$a\"; sep='|'; done; printf '\\0'; }} >> '{log}'\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(probe, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.Delete(log);
        var start = new ProcessStartInfo(shell) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = directory.FullName };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(text);
        start.Environment["PATH"] = directory.FullName + ":" + Environment.GetEnvironmentVariable("PATH");
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return File.Exists(log) ? [.. File.ReadAllText(log).Split('\0', StringSplitOptions.RemoveEmptyEntries).Distinct()] : [];
    }
}
