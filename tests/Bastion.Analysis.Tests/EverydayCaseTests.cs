namespace Bastion.Analysis.Tests;

/// <summary>What operators type, what attackers type, and what must not be asked about.</summary>
public class EverydayCaseTests
{
    [Theory]
    [InlineData("commands.txt")]
    [InlineData("statements.txt")]
    public void Each_is_stopped_or_passes_as_it_should(string file)
    {
        var wrong = new List<string>();
        foreach (string? line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Cases", file))
            .Where(line => line[0] != '#'))
        {
            string[] parts = line.Split(" | ", 2);
            string text = parts[1].Replace("\\N", "\n", StringComparison.Ordinal);
            AnalysisResult result = file == "statements.txt"
                ? Analyzer.Default.AnalyzeSql(text)
                : Analyzer.Default.AnalyzeShell(text);
            if ((result.Risk > RiskLevel.Low) != (parts[0] == "stop"))
            {
                wrong.Add($"{line} → {string.Join("; ", result.Effects)}");
            }
        }

        Assert.Empty(wrong);
    }
}
