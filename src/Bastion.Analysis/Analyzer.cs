using Bastion.Analysis.Evaluation;
using Bastion.Analysis.Shell;
using Bastion.Analysis.Sql;

namespace Bastion.Analysis;

/// <summary>Tells what a text would do, without running any of it. Immutable and safe to share among threads.</summary>
public sealed class Analyzer(Catalogue catalogue)
{
    /// <summary>With the built-in catalogue.</summary>
    public static Analyzer Default { get; } = new(Catalogue.BuiltIn);

    public Catalogue Catalogue => catalogue;

    /// <summary>One command line, or several lines, given to a shell.</summary>
    public AnalysisResult AnalyzeShell(string text, ShellDialect dialect = ShellDialect.Bash)
    {
        var session = new EvaluationSession(catalogue, text.Length);
        ParseFailure? failure = Evaluator.Create(session, text, dialect).EvaluateAll();
        HiddenText.Report(text, session);
        return Result(text, session, CompletenessOf(failure));
    }

    /// <summary>How a shell text is read: its constructs, one a line, indented by depth.</summary>
    public static string DescribeShell(string text, ShellDialect dialect = ShellDialect.Bash) =>
        TreePrinter.Print(Parser.Parse(text, dialect));

    /// <summary>A program and its arguments as the kernel would get them: no shell in between.</summary>
    public AnalysisResult AnalyzeArgv(IReadOnlyList<string> argv)
    {
        if (argv.Count == 0)
        {
            return new AnalysisResult("", [], Completeness.Incomplete);
        }

        (string? text, Value[]? words) = Quoting.Render(argv);
        var session = new EvaluationSession(catalogue, text.Length);
        Evaluator.Create(session, text, ShellDialect.Bash).Runner.Run(words, new ShellState(), StandardInput.Inherited);
        HiddenText.Report(text, session);
        return Result(text, session, Completeness.Complete);
    }

    /// <summary>One or several SQL statements, and the client's own commands where the dialect has them.</summary>
    public AnalysisResult AnalyzeSql(string text, SqlDialect dialect = SqlDialect.Any)
    {
        SqlReading reading = SqlReader.Read(text, dialect);
        if (reading.ShellCommands.Count == 0 && !reading.Effects.Any(effect => effect.Kind == EffectKind.FileOverwrite))
        {
            return new AnalysisResult(text, reading.Effects, reading.Completeness);
        }

        var session = new EvaluationSession(catalogue, text.Length);
        Evaluator.Create(session, text, ShellDialect.Bash).Content.AddSql(reading, text);
        return Result(text, session, reading.Completeness);
    }

    /// <summary>The content of a script file; its first line says who reads it, a shell when there is none.</summary>
    public AnalysisResult AnalyzeScript(string content)
    {
        if (ScriptLanguage.Of(content) is null or "sh")
        {
            return AnalyzeShell(content, content.StartsWith("#!/bin/sh", StringComparison.Ordinal)
                ? ShellDialect.Posix
                : ShellDialect.Bash);
        }

        var session = new EvaluationSession(catalogue, content.Length);
        Evaluator.Create(session, content, ShellDialect.Bash).Content.AddProgramText(content);
        return Result(content, session, Completeness.Complete);
    }

    /// <summary>One SFTP operation.</summary>
    public AnalysisResult AnalyzeFileOperation(FileOperation operation)
    {
        var session = new EvaluationSession(catalogue, operation.Path.Length);
        return Result(FileOperationReader.Read(operation, session), session, Completeness.Complete);
    }

    private static Completeness CompletenessOf(ParseFailure? failure) => failure switch
    {
        null => Completeness.Complete,
        { Incomplete: true } => Completeness.Incomplete,
        _ => Completeness.Invalid,
    };

    private static AnalysisResult Result(string text, EvaluationSession session, Completeness completeness) =>
        new(text, session.Sink.Effects, completeness, session.Notes, session.Programs, session.UnknownPrograms);
}
