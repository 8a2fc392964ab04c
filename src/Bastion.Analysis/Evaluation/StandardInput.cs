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

    /// <summary>What the file system calls a process's own standard input.</summary>
    public static bool IsName(string path) =>
        path is "/dev/stdin" or "/dev/fd/0" or "/proc/self/fd/0" or "/proc/thread-self/fd/0";

    /// <summary>A command has read from it, or may have: what is left for the next is not known.</summary>
    public bool IsTouched { get; set; }

    public bool IsGiven => Kind != InputKind.Inherited;
}
