namespace Bastion.Analysis.Code;

/// <summary>What a small reading of an inline program finds.</summary>
internal sealed class CodeReading
{
    /// <summary>Beyond what was found, the program may do anything.</summary>
    public bool IsOpaque { get; set; } = true;

    public List<(EffectKind Kind, RiskLevel Level, IReadOnlyList<EffectObject> Objects)> Effects { get; } = [];

    /// <summary>Texts that it gives to a shell.</summary>
    public List<string> ShellTexts { get; } = [];

    /// <summary>Argument vectors that it runs.</summary>
    public List<IReadOnlyList<string>> Commands { get; } = [];

    /// <summary>Files that it overwrites.</summary>
    public List<string> Writes { get; } = [];
}
