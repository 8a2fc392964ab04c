using System.Text.Unicode;
using Bastion.Analysis;
using Bastion.Analysis.Terminal;
using Bastion.Control.Gating.Intents;

namespace Bastion.Control.Gating;

/// <summary>What the gate made out of an intent: what analysis says, and what analysis cannot know.</summary>
public sealed class IntentReading
{
    /// <summary>It does nothing to the target by itself.</summary>
    public static readonly IntentReading Nothing = new([]);

    public IntentReading(IReadOnlyList<Effect> effects)
    {
        Effects = effects;
        Risk = effects.Count == 0 ? RiskLevel.Low : effects.Max(effect => effect.Level);
        Opaque = effects.Any(effect => effect.Kind.IsOpaque() && effect.Level > RiskLevel.Low);
    }

    public IReadOnlyList<Effect> Effects { get; }

    public RiskLevel Risk { get; }

    /// <summary>Part of what would run cannot be known from here.</summary>
    public bool Opaque { get; }

    /// <param name="mayContinue">It may stop in the middle: what is typed next is an intent of its own.</param>
    internal static IntentReading OfShellText(Intent intent, Analyzer analyzer, bool mayContinue)
    {
        AnalysisResult analysis = analyzer.AnalyzeShell(intent.Text);
        var effects = new List<Effect>(analysis.Effects);
        if (intent.StandardInputIsCode)
        {
            effects.Add(Opaqueness(intent, "runs commands from its standard input, which nobody has seen",
                "执行来自标准输入的命令，其内容无人见过"));
        }

        if (!Utf8.IsValid(intent.Bytes.Span))
        {
            effects.Add(Opaqueness(intent, "contains bytes that are not text and cannot be read", "含有非文本字节，无法读取"));
        }

        if (analysis.Completeness == Completeness.Invalid
            || (analysis.Completeness == Completeness.Incomplete && !mayContinue))
        {
            effects.Add(Opaqueness(intent, "could not be read to its end as a shell command", "无法作为 shell 命令完整解析"));
        }

        return new IntentReading(effects);
    }

    /// <summary>The worst of all readings counts; the same effect of two readings is told once.</summary>
    internal static IntentReading OfObserved(Intent intent, ObservedLine line, Analyzer analyzer)
    {
        var effects = new List<Effect>();
        foreach (ObservedReading reading in line.Readings)
        {
            foreach (Effect effect in Of(reading, analyzer))
            {
                Effect placed = effect with { Span = Placed(effect.Span, reading.Text, line.Text) };
                if (!effects.Exists(known => known.Kind == placed.Kind && known.Level == placed.Level
                    && known.Reason == placed.Reason))
                {
                    effects.Add(placed);
                }
            }
        }

        if (line.OpensEditor)
        {
            effects.Add(Opaqueness(intent, "opens an editor whose text is then run", "打开编辑器，其内容随后会被执行"));
        }

        return new IntentReading(effects);
    }

    private static IEnumerable<Effect> Of(ObservedReading reading, Analyzer analyzer) => reading.Language switch
    {
        ObservedLanguage.Sql => analyzer.AnalyzeSql(reading.Text).Effects,
        // That an interpreter runs was judged when it was started: here only what its line visibly does counts.
        ObservedLanguage.Python => analyzer.AnalyzeArgv(["python3", "-c", reading.Text]).Effects
            .Where(effect => !effect.Kind.IsOpaque()),
        _ => analyzer.AnalyzeShell(reading.Text).Effects,
    };

    /// <summary>Where a stretch of a reading stands in the line that people see; nowhere when it does not.</summary>
    private static TextSpan Placed(TextSpan span, string reading, string line)
    {
        int at = line.IndexOf(reading, StringComparison.Ordinal);
        return at < 0 ? new TextSpan(0, 0) : new TextSpan(at + span.Start, span.Length);
    }

    private static Effect Opaqueness(Intent intent, string en, string zh) => new(
        EffectKind.CodeOpaque, RiskLevel.High, [], EffectScope.Unknown, new TextSpan(0, intent.Text.Length),
        new Reason(en, zh), []);
}
