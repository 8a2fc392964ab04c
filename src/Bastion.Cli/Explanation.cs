using System.Text.Json;
using Bastion.Analysis;
using Bastion.Policy;

namespace Bastion.Cli;

/// <summary>What was found out about one command, for people and for tools.</summary>
internal sealed class Explanation(AnalysisResult analysis, PolicyAnswer? answer)
{
    private const string Red = "\e[31m", Yellow = "\e[33m", Bold = "\e[1m", Plain = "\e[0m";

    private static readonly JsonWriterOptions Json = new() { Indented = true };

    public void WriteText(TextWriter output, bool color)
    {
        output.WriteLine($"  {VisibleText.Of(analysis.Text)}");
        if (analysis.Effects.Count == 0)
        {
            output.WriteLine("  no effects: nothing here needs anybody's consent");
        }

        foreach (Effect effect in analysis.Effects)
        {
            WriteEffect(output, effect, color);
        }

        foreach (AnalysisNote note in analysis.Notes)
        {
            output.WriteLine($"  note: {note.Reason.En}");
        }

        if (answer is not null)
        {
            WriteAnswer(output, answer, color);
        }
    }

    /// <summary>How the shell text was read.</summary>
    public void WriteTree(TextWriter output, ShellDialect dialect)
    {
        output.WriteLine();
        foreach (string line in Analyzer.DescribeShell(analysis.Text, dialect)
            .Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            output.WriteLine($"  {VisibleText.Of(line)}");
        }
    }

    public void WriteJson(Stream output)
    {
        using var writer = new Utf8JsonWriter(output, Json);
        writer.WriteStartObject();
        writer.WriteString("text", analysis.Text);
        AnalysisJson.WriteBody(writer, analysis);
        if (answer is not null)
        {
            WriteAnswer(writer, answer);
        }

        writer.WriteEndObject();
        writer.Flush();
        output.WriteByte((byte)'\n');
    }

    private void WriteEffect(TextWriter output, Effect effect, bool color)
    {
        if (effect.Span.Length > 0 && !analysis.Text.Contains('\n', StringComparison.Ordinal))
        {
            string before = VisibleText.Of(analysis.Text[..effect.Span.Start]);
            string marked = VisibleText.Of(analysis.Text.Substring(effect.Span.Start, effect.Span.Length));
            output.WriteLine($"  {new string(' ', before.Length)}{new string('^', Math.Max(1, marked.Length))}");
        }

        string level = Word(effect.Level);
        string painted = !color ? level : $"{(effect.Level == RiskLevel.Critical ? Red : Yellow)}{level}{Plain}";
        output.WriteLine($"  {painted} {effect.Kind.Name()}: {effect.Reason.En}");
        if (effect.Objects.Count > 0)
        {
            output.WriteLine(
                $"      of {string.Join(", ", effect.Objects.Select(touched => VisibleText.Of(touched.ToString())))}");
        }

        if (effect.Chain.Count > 0)
        {
            output.WriteLine($"      through {string.Join(" > ", effect.Chain.Select(text => VisibleText.Of(text)))}");
        }
    }

    private static void WriteAnswer(TextWriter output, PolicyAnswer answer, bool color)
    {
        Decision decision = answer.Decision;
        string word = PolicyWords.Of(decision.Outcome);
        output.WriteLine();
        output.WriteLine(
            $"{answer.Person} on {answer.Target}{(answer.Account is null ? "" : $" as {answer.Account}")}: "
                + $"{(color ? Bold : "")}{word}{(color ? Plain : "")}");
        output.WriteLine($"  {decision.Explanation.En}");
        foreach (DeterminingRule rule in decision.Determining)
        {
            output.WriteLine($"  {rule.Kind} `{rule.Name}` at {rule.Location}: {rule.Why.En}");
        }

        foreach (Requirement requirement in decision.Requirements)
        {
            output.WriteLine(
                $"  needs {requirement.Approvers} of {string.Join(", ", requirement.From)} within "
                    + $"{requirement.Within.TotalMinutes:0} min"
                + $" ({string.Join(", ", requirement.Candidates)})");
        }

        if (decision.Remedy is { } remedy)
        {
            output.WriteLine($"  {remedy.En}");
        }

        foreach (RoleVerdict role in answer.ByRole)
        {
            output.WriteLine($"  as {role.Role} alone: {PolicyWords.Of(role.Decision.Outcome)}");
        }
    }

    private static void WriteAnswer(Utf8JsonWriter writer, PolicyAnswer answer)
    {
        writer.WriteStartObject("decision");
        writer.WriteString("person", answer.Person);
        writer.WriteString("target", answer.Target);
        writer.WriteString("account", answer.Account);
        writer.WriteString("outcome", PolicyWords.Of(answer.Decision.Outcome));
        writer.WriteString("tier", PolicyWords.Of(answer.Decision.Tier));
        writer.WriteString("explanation", answer.Decision.Explanation.En);
        writer.WriteString("policyVersion", answer.Decision.PolicyVersion);
        writer.WriteStartArray("rules");
        foreach (DeterminingRule rule in answer.Decision.Determining)
        {
            writer.WriteStringValue(rule.Name);
        }

        writer.WriteEndArray();
        writer.WriteStartArray("approvers");
        foreach (string candidate in answer.Decision.Requirements.SelectMany(requirement => requirement.Candidates)
            .Distinct())
        {
            writer.WriteStringValue(candidate);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string Word(RiskLevel level) => level.ToString().ToLowerInvariant();
}
