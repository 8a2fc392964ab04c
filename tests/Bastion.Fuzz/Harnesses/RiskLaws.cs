using System.Text;
using System.Text.Json;
using Bastion.Analysis;

namespace Bastion.Fuzz.Harnesses;

/// <summary>What must hold of every analysis, whatever the text.</summary>
internal static class RiskLaws
{
    public static void AssertWellFormed(AnalysisResult result)
    {
        foreach (Effect effect in result.Effects)
        {
            if (effect.Span.Start < 0 || effect.Span.Length < 0 || effect.Span.End > result.Text.Length)
            {
                throw new ViolationException($"{effect} points outside of the text, at {effect.Span}");
            }

            if (effect.Level > result.Risk)
            {
                throw new ViolationException($"{effect} is worse than the whole, {result.Risk}");
            }
        }
    }

    public static void AssertSame(AnalysisResult one, AnalysisResult two)
    {
        if (Json(one) != Json(two))
        {
            throw new ViolationException($"two readings differ:\n{Json(one)}\n{Json(two)}");
        }
    }

    /// <summary>The changed text does at least what the text does.</summary>
    public static void AssertNotKinder(AnalysisResult of, AnalysisResult changed, string how)
    {
        if (changed.Risk < of.Risk)
        {
            throw new ViolationException(
                $"{how} lowers the risk from {of.Risk} to {changed.Risk}: {string.Join("; ", of.Effects)}");
        }
    }

    /// <summary>What readers of the behaviour tell apart: kinds, levels, completeness.</summary>
    public static int Behaviour(AnalysisResult result)
    {
        ulong kinds = result.Effects.Aggregate(0UL, (all, effect) => all | (1UL << (int)effect.Kind));
        return HashCode.Combine(kinds, result.Risk, result.Completeness, result.Effects.Count > 3,
            result.Programs.Count > 1, result.Notes.Count > 0);
    }

    private static string Json(AnalysisResult result)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            AnalysisJson.WriteBody(writer, result);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
