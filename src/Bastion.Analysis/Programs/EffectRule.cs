namespace Bastion.Analysis.Programs;

/// <summary>An option that must (or must not) be given, under any of its names, with a value that matches when there
/// are patterns.</summary>
internal sealed record OptionTest(string[] Ids, string[] ValuePatterns)
{
    public bool HasPatterns { get; } = Array.Exists(Ids, id => id.Contains('*', StringComparison.Ordinal));
}

/// <summary>Operands by place (1 is the first, -1 the last, 0 any) that must match one of the patterns.</summary>
internal sealed record OperandTest(int Place, string[] Patterns);

internal sealed class Condition
{
    public static readonly Condition Always = new();

    public OptionTest[] With { get; init; } = [];

    public OptionTest[] Without { get; init; } = [];

    public OperandTest[] Operand { get; init; } = [];

    public OperandTest[] NotOperand { get; init; } = [];

    public int MinOperands { get; init; }

    public int MaximumOperands { get; init; } = int.MaxValue;

    /// <summary>Names of path classes, one of which an object must belong to.</summary>
    public string[] Classes { get; init; } = [];

    public bool? Stdin { get; init; }
}

internal sealed record EffectRule(
    EffectKind Kind,
    RiskLevel Level,
    Condition Condition,
    Selector Objects,
    ObjectKind ObjectKind,
    EffectScope Scope,
    Reason? Reason)
{
    /// <summary>Low even when a search or a loop hands it any number of objects: <c>rmdir</c> takes only what is
    /// empty.</summary>
    public bool LowInBulk { get; init; }
}

internal enum InnerKind
{
    Argv,
    Shell,
    Code,
    Sql,
    Script,
    Stdin,
    Session,
}

/// <summary>What a program runs inside: the command of a wrapper, the text of an interpreter, a session.</summary>
internal sealed record InnerCommand(InnerKind Kind, Condition Condition, Selector What)
{
    /// <summary>For <see cref="InnerKind.Stdin"/>: shell, code or SQL.</summary>
    public InnerKind StdinKind { get; init; }

    public string Language { get; init; } = "";

    public SqlDialect Dialect { get; init; }

    public Selector Remote { get; init; } = Selector.None;

    public Selector Container { get; init; } = Selector.None;

    public bool Root { get; init; }

    public bool Appends { get; init; }

    public bool Assignments { get; init; }
}
