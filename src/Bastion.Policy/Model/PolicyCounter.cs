namespace Bastion.Policy;

public enum CountedPer
{
    Person,
    Target,

    /// <summary>Targets that share the `system` label.</summary>
    System,
}

/// <summary>A running count a rule asks for: objects touched by these effects, in this window.</summary>
/// <param name="Effects">Effect kinds and patterns such as `file.delete` or `disk.*`.</param>
public sealed record PolicyCounter(string Rule, IReadOnlyList<string> Effects, TimeSpan Window, CountedPer Per);
