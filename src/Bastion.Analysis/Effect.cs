namespace Bastion.Analysis;

/// <summary>How much is touched.</summary>
public enum EffectScope
{
    /// <summary>The objects named, and nothing below them.</summary>
    Named,

    /// <summary>Everything below or matching the objects: a tree, a pattern, several rows.</summary>
    Many,

    /// <summary>The whole of a thing: a table, a disk, a host, every container.</summary>
    All,

    /// <summary>What is touched is computed at run time.</summary>
    Unknown,
}

public enum ObjectKind
{
    Path,
    Device,
    Volume,
    Table,
    Database,
    Host,
    Service,
    Process,
    Container,
    Resource,
    Repository,
    Account,
    Package,
    Network,
    Module,
    Url,
    Program,
}

/// <summary>Something an effect touches. <paramref name="Known"/> is false when (part of) the text is computed at run
/// time; the text then shows the source form, such as <c>$dir/old</c>.</summary>
public sealed record EffectObject(string Text, ObjectKind Kind, bool Known = true)
{
    public override string ToString() => Known ? Text : Text + " (computed)";
}

/// <summary>One thing a command would do.</summary>
/// <param name="Span">The words of the analysed text it comes from.</param>
/// <param name="Chain">The wrappers that led to it, outermost first: <c>sudo</c>, <c>ssh db01</c>, <c>bash
/// -c</c>.</param>
public sealed record Effect(
    EffectKind Kind,
    RiskLevel Level,
    IReadOnlyList<EffectObject> Objects,
    EffectScope Scope,
    TextSpan Span,
    Reason Reason,
    IReadOnlyList<string> Chain)
{
    /// <summary>The line of a script on the target that it comes from; null when it stands in the text
    /// itself.</summary>
    public ScriptLine? Line { get; init; }

    public override string ToString() =>
        $"{Kind.Name()} {Level.ToString().ToLowerInvariant()} {string.Join(", ", Objects)}".TrimEnd();
}
