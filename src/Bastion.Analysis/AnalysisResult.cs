namespace Bastion.Analysis;

/// <summary>Whether the text could be read to its end.</summary>
public enum Completeness
{
    Complete,

    /// <summary>The text stops in the middle of a construct (an open quote, a missing <c>done</c>): a shell would ask
    /// for more.</summary>
    Incomplete,

    /// <summary>No continuation makes it right; or a limit of length or depth was reached.</summary>
    Invalid,
}

/// <summary>Something to tell the reader that is no effect: a hidden character, a syntax error, a limit
/// reached.</summary>
public sealed record AnalysisNote(TextSpan Span, Reason Reason);

/// <summary>What a text would do. <see cref="Text"/> is what the spans count in: the given text, or for an argument
/// vector its shell-quoted form.</summary>
public sealed class AnalysisResult
{
    internal AnalysisResult(
        string text,
        IReadOnlyList<Effect> effects,
        Completeness completeness = Completeness.Complete,
        IReadOnlyList<AnalysisNote>? notes = null,
        IReadOnlyList<string>? programs = null,
        IReadOnlyList<string>? unknownPrograms = null)
    {
        Text = text;
        Effects = effects;
        Completeness = completeness;
        Notes = notes ?? [];
        Programs = programs ?? [];
        UnknownPrograms = unknownPrograms ?? [];
        foreach (Effect effect in effects)
        {
            Risk = effect.Level > Risk ? effect.Level : Risk;
            Opaque |= effect.Kind.IsOpaque() && effect.Level > RiskLevel.Low;
        }
    }

    public string Text { get; }

    public IReadOnlyList<Effect> Effects { get; }

    /// <summary>The worst level among the effects.</summary>
    public RiskLevel Risk { get; }

    /// <summary>Part of what would run cannot be known from here.</summary>
    public bool Opaque { get; }

    public Completeness Completeness { get; }

    public IReadOnlyList<AnalysisNote> Notes { get; }

    /// <summary>The programs that would run, wrappers included, in order of appearance, each once.</summary>
    public IReadOnlyList<string> Programs { get; }

    /// <summary>Those of <see cref="Programs"/> that the catalogue does not know: a policy may ask for approval of
    /// them.</summary>
    public IReadOnlyList<string> UnknownPrograms { get; }
}
