namespace Bastion.Analysis.Evaluation;

/// <summary>Where the shell is after a <c>cd</c>.</summary>
/// <param name="Path">Null when it is not known.</param>
/// <param name="HasGlob">The path holds a pattern that the shell has put a name in for.</param>
internal sealed record WorkingDirectory(string? Path, bool HasGlob)
{
    public static WorkingDirectory Unknown { get; } = new(null, false);
}
