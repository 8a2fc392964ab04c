using System.Text.Json;

namespace Bastion.Analysis;

/// <summary>The JSON form of a result, for tools.</summary>
public static class AnalysisJson
{
    /// <summary>Writes <c>risk</c>, <c>opaque</c>, <c>completeness</c>, <c>effects</c> … into an object that is
    /// open.</summary>
    public static void WriteBody(Utf8JsonWriter writer, AnalysisResult result)
    {
        writer.WriteString("risk", Lower(result.Risk));
        writer.WriteBoolean("opaque", result.Opaque);
        writer.WriteString("completeness", Lower(result.Completeness));
        writer.WriteStartArray("effects");
        foreach (Effect effect in result.Effects)
        {
            WriteEffect(writer, effect);
        }

        writer.WriteEndArray();
        if (result.UnknownPrograms.Count > 0)
        {
            writer.WriteStartArray("unknown");
            foreach (string program in result.UnknownPrograms)
            {
                writer.WriteStringValue(program);
            }

            writer.WriteEndArray();
        }
    }

    private static void WriteEffect(Utf8JsonWriter writer, Effect effect)
    {
        writer.WriteStartObject();
        writer.WriteString("kind", effect.Kind.Name());
        writer.WriteString("level", Lower(effect.Level));
        writer.WriteStartArray("objects");
        foreach (EffectObject one in effect.Objects)
        {
            writer.WriteStartObject();
            writer.WriteString("text", one.Text);
            writer.WriteString("kind", Lower(one.Kind));
            if (!one.Known)
            {
                writer.WriteBoolean("known", false);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("scope", Lower(effect.Scope));
        writer.WriteNumber("start", effect.Span.Start);
        writer.WriteNumber("length", effect.Span.Length);
        writer.WriteString("en", effect.Reason.En);
        writer.WriteString("zh", effect.Reason.Zh);
        if (effect.Chain.Count > 0)
        {
            writer.WriteStartArray("chain");
            foreach (string link in effect.Chain)
            {
                writer.WriteStringValue(link);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static string Lower<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
