using Bastion.Analysis.Sql;

namespace Bastion.Analysis;

/// <summary>Tells what a text would do, without running any of it. Immutable and safe to share among threads.</summary>
public sealed class Analyzer(Catalogue catalogue)
{
    /// <summary>With the built-in catalogue.</summary>
    public static Analyzer Default { get; } = new(Catalogue.BuiltIn);

    public Catalogue Catalogue => catalogue;

    /// <summary>One command line, or several lines, given to a shell.</summary>
    public AnalysisResult AnalyzeShell(string text, ShellDialect dialect = ShellDialect.Bash) => catalogue.Count == 0 ? Unread(text) : new(text, [], Shell.Parser.Parse(text, dialect).Failure is { } failure ? (failure.Incomplete ? Completeness.Incomplete : Completeness.Invalid) : Completeness.Complete, Shell.Parser.Parse(text, dialect).Failure is { } f ? [new AnalysisNote(new TextSpan(f.Position, 0), new Reason(f.Message, f.Message))] : []);

    /// <summary>A program and its arguments as the kernel would get them: no shell in between.</summary>
    public AnalysisResult AnalyzeArgv(IReadOnlyList<string> argv) => Unread(string.Join(' ', argv));

    /// <summary>One or several SQL statements, and the client's own commands where the dialect has them.</summary>
    public AnalysisResult AnalyzeSql(string text, SqlDialect dialect = SqlDialect.Any)
    {
        var reading = SqlReader.Read(text, dialect);
        return new(text, reading.Effects, catalogue.Count == 0 ? Completeness.Invalid : reading.Completeness);
    }

    /// <summary>The content of a script file; its first line says who reads it.</summary>
    public AnalysisResult AnalyzeScript(string content) => AnalyzeShell(content);

    /// <summary>One SFTP operation.</summary>
    public AnalysisResult AnalyzeFileOperation(FileOperation operation) => Unread(operation.Path);

    private AnalysisResult Unread(string text) => new(text, [], catalogue.Count == 0 ? Completeness.Invalid : Completeness.Complete);
}
