namespace Bastion.Analysis.Evaluation;

/// <summary>A shell variable as far as the text tells. <paramref name="Certain"/> is false when a branch decides
/// whether it has this value.</summary>
internal sealed record Variable(string Text, bool Certain, IReadOnlyList<string>? Array = null)
{
    /// <summary>The text itself has unset it.</summary>
    public bool IsUnset { get; init; }

    /// <summary>Declared as an integer, as upper or lower case, as read-only, as another's name or with names for
    /// subscripts: what is assigned to it later is not simply what it has.</summary>
    public bool IsAttributed { get; init; }

    /// <summary>How many functions deep it was declared local; 0 when it is the shell's own.</summary>
    public int LocalDepth { get; init; }
}
