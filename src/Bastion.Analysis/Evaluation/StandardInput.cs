namespace Bastion.Analysis.Evaluation;

internal enum InputKind
{
    /// <summary>Whatever the session has: a terminal, or what the client sends.</summary>
    Inherited,

    /// <summary>The text is known.</summary>
    Known,

    /// <summary>From a pipe or a file that the text wrote, with content that is computed.</summary>
    Computed,

    /// <summary>From a file that was there before.</summary>
    File,
}

/// <summary>What a command reads. <paramref name="Verbatim"/> is where a known text stands in the analysed one, or
/// -1.</summary>
internal sealed record StandardInput(InputKind Kind, string? Text = null, int Verbatim = -1, string? Path = null,
    TextSpan Span = default)
{
    public static readonly StandardInput Inherited = new(InputKind.Inherited);

    private static readonly StandardInput OfComputedOutput = new(InputKind.Computed);

    public static StandardInput OfOutput(string? output) =>
        output is null ? OfComputedOutput : new StandardInput(InputKind.Known, output);

    /// <summary>A command has read from it, or may have: what is left for the next is not known.</summary>
    public bool IsTouched { get; set; }

    /// <summary>The file of this text that it comes from, with everything that may be in it.</summary>
    public WrittenFile? Source { get; init; }

    public bool IsGiven => Kind != InputKind.Inherited;
}
