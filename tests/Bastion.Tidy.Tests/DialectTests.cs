using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace Bastion.Tidy.Tests;

/// <summary>What .editorconfig asks for and no analyzer checks.</summary>
public class DialectTests
{
    private const int MaximumColumns = 120;

    /// <summary>A method is seen as a whole.</summary>
    private const int MaximumMethodLines = 60;

    // A text this long cannot be broken where it reads well: a pattern, a key, a line of another language.
    private const int UnbreakableText = 50;

    // Written before methods were measured; each is to be cut, and nothing is to be added.
    private static readonly string[] Cut =
    [
        "src/Bastion.Analysis/Evaluation/Expander.Parameters.cs", "src/Bastion.Analysis/Evaluation/Evaluator.Builtins.cs",
        "src/Bastion.Analysis/Sql/StatementReader.Administration.cs",
        "src/Bastion.Analysis/Sql/StatementReader.Client.cs", "src/Bastion.Analysis/Programs/Invocation.cs",
        "src/Bastion.Analysis/Shell/Parser.Words.cs", "src/Bastion.Analysis/Shell/Parser.Conditional.cs",
        "src/Bastion.Analysis/Shell/TreePrinter.cs", "src/Bastion.Analysis/Shell/Parser.cs",
        "src/Bastion.Analysis/Shell/Parser.Simple.cs", "src/Bastion.Server/Ssh/ObservedShellPath.cs",
        "src/Bastion.Followers/Reports/Pages/ReportPage.Activity.cs", "src/Bastion.Cli/ReportCommands.cs",
        "src/Bastion.Cli/ExplainCommand.cs", "src/Bastion.Cli/AuditWitnessCommand.cs",
    ];

    [Fact]
    public void Lines_fit_the_page()
    {
        var found = new List<string>();
        foreach ((string path, SyntaxNode root) in Sources())
        {
            SourceText text = root.GetText();
            foreach (TextLine line in text.Lines.Where(line => Columns(line.ToString()) > MaximumColumns))
            {
                if (!HasUnbreakableText(root, line))
                {
                    found.Add($"{path}:{line.LineNumber + 1}: {Columns(line.ToString())} columns");
                }
            }
        }

        Repository.AssertNone(found);
    }

    [Fact]
    public void Methods_are_seen_as_a_whole()
    {
        var found = new List<string>();
        foreach ((string path, SyntaxNode root) in Sources()
            .Where(source => source.Path.StartsWith("src/", StringComparison.Ordinal)))
        {
            foreach (SyntaxNode method in root.DescendantNodes().Where(IsMethod))
            {
                FileLinePositionSpan span = method.SyntaxTree.GetLineSpan(method.Span);
                int lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
                // A text written out is read as what it is, not as steps.
                lines -= method.DescendantTokens()
                    .Where(token => token.IsKind(SyntaxKind.MultiLineRawStringLiteralToken))
                    .Sum(token => token.Text.Count(c => c == '\n'));
                if (lines > MaximumMethodLines && !Cut.Contains(path))
                {
                    found.Add($"{path}:{span.StartLinePosition.Line + 1}: {lines} lines");
                }
            }
        }

        Repository.AssertNone(found);
    }

    [Fact]
    public void A_local_says_its_type_once_on_the_right()
    {
        var found = new List<string>();
        foreach ((string path, SyntaxNode root) in Sources())
        {
            found.AddRange(root.DescendantNodes().OfType<LocalDeclarationStatementSyntax>()
                .Select(local => local.Declaration)
                .Where(declaration =>
                    declaration.Variables is [{ Initializer.Value: ImplicitObjectCreationExpressionSyntax }]
                    && declaration.Type is not NullableTypeSyntax)
                .Select(declaration =>
                    $"{path}:{declaration.SyntaxTree.GetLineSpan(declaration.Span).StartLinePosition.Line + 1}: "
                    + $"write `var {declaration.Variables[0].Identifier} = new {declaration.Type}(…)`"));
        }

        Repository.AssertNone(found);
    }

    [Fact]
    public void A_wrapped_line_begins_with_its_operator()
    {
        var found = new List<string>();
        foreach ((string path, SyntaxNode root) in Sources())
        {
            SourceText text = root.GetText();
            foreach (BinaryExpressionSyntax binary in root.DescendantNodes().OfType<BinaryExpressionSyntax>())
            {
                TextLine line = text.Lines.GetLineFromPosition(binary.OperatorToken.SpanStart);
                if (line.ToString().TrimEnd().EndsWith(binary.OperatorToken.Text, StringComparison.Ordinal)
                    && binary.OperatorToken.Span.End == line.Start + line.ToString().TrimEnd().Length
                    && line.ToString().Trim() != binary.OperatorToken.Text)
                {
                    found.Add($"{path}:{line.LineNumber + 1}: `{binary.OperatorToken.Text}` ends the line");
                }
            }
        }

        Repository.AssertNone(found);
    }

    private static IEnumerable<(string Path, SyntaxNode Root)> Sources() =>
        Repository.Files(".cs").Select(path => (path, CSharpSyntaxTree.ParseText(
            Repository.Read(path), new CSharpParseOptions(LanguageVersion.Preview)).GetRoot()));

    private static bool IsMethod(SyntaxNode node) => node is BaseMethodDeclarationSyntax or AccessorDeclarationSyntax;

    private static int Columns(string line) => line.EnumerateRunes().Count();

    private static bool HasUnbreakableText(SyntaxNode root, TextLine line) =>
        root.DescendantTokens(line.Span, descendIntoTrivia: true).Any(token =>
            token.Kind() is SyntaxKind.StringLiteralToken or SyntaxKind.InterpolatedStringTextToken
                or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken
                or SyntaxKind.Utf8StringLiteralToken or SyntaxKind.Utf8MultiLineRawStringLiteralToken
            && (token.Span.Intersection(line.Span)?.Length ?? 0) >= UnbreakableText);
}
