using System.Text.Json;

namespace Bastion.Analysis.Tests;

public class ExplainLinesTests
{
    [Theory]
    [InlineData("""{"id":"a","kind":"shell","text":"rm -rf /opt/x"}""", "high", false)]
    [InlineData("""{"id":"a","kind":"argv","argv":["rm","-rf","/opt/x"]}""", "high", false)]
    [InlineData("""{"id":"a","kind":"argv","text":"[\"ls\",\"-l\"]"}""", "low", false)]
    [InlineData("""{"id":"a","kind":"sql","text":"select 1"}""", "low", false)]
    [InlineData("""{"id":"a","text":"bash"}""", "high", true)]
    [InlineData("""{"id":"a","kind":"shell","text":"\ud800 ; rm -rf /opt/x"}""", "high", false)]
    [InlineData("""{"id":"a","kind":"shell"}""", "high", true)]
    [InlineData("""{"id":"a","kind":"argv","text":"no vector"}""", "high", true)]
    public void A_line_gets_an_answer_with_its_id(string line, string risk, bool opaque)
    {
        using var answer = JsonDocument.Parse(new ExplainLines(Analyzer.Default).Answer(line));
        Assert.Equal("a", answer.RootElement.GetProperty("id").GetString());
        Assert.Equal(risk, answer.RootElement.GetProperty("risk").GetString());
        Assert.Equal(opaque, answer.RootElement.GetProperty("opaque").GetBoolean());
        Assert.Equal(JsonValueKind.Array, answer.RootElement.GetProperty("effects").ValueKind);
    }

    [Fact]
    public void Every_line_is_answered_in_order_and_blank_ones_are_skipped()
    {
        var output = new StringWriter();
        new ExplainLines(Analyzer.Default).Run(
            new StringReader("{\"id\":1,\"text\":\"ls\"}\n\nnot json\n{\"id\":2,\"text\":\"ls\"}\n"), output);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, lines.Length);
        Assert.Contains("\"id\":\"1\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"error\"", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"id\":\"2\"", lines[2], StringComparison.Ordinal);
    }
}
