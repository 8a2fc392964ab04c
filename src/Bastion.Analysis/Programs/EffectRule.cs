namespace Bastion.Analysis.Programs;

/// <summary>An option that must (or must not) be given, under any of its names, with a value that matches when there
/// are patterns.</summary>
internal sealed record OptionTest(string[] Ids, string[] ValuePatterns)
{
    private readonly bool _hasPatterns = Array.Exists(Ids, id => id.Contains('*', StringComparison.Ordinal));

    public bool IsMatch(OptionUse use) =>
        (Array.IndexOf(Ids, use.Id) >= 0 || (_hasPatterns && Glob.MatchesAnyEscaped(Ids, use.Id)))
        && (ValuePatterns.Length == 0
            || (use.Argument is { IsKnown: true } value && Glob.MatchesAnyEscaped(ValuePatterns, value.Text)));
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

/// <summary>What a program does to files: the places decide what that means.</summary>
internal sealed record FileRule(FileAct Act, Condition Condition, Selector Files)
{
    /// <summary>Where the content comes from, and the names below when the file is a directory: <c>cp -t /etc/cron.d
    /// job</c>.</summary>
    public Selector From { get; init; } = Selector.None;

    /// <summary>The files become other names of those in <see cref="From"/>: <c>ln -s</c>, <c>mount
    /// --bind</c>.</summary>
    public bool Links { get; init; }

    public EffectScope Scope { get; init; } = EffectScope.Named;

    public Reason? Reason { get; init; }
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
