using System.Collections.Frozen;

namespace Bastion.Analysis.Programs;

internal enum OptionStyle
{
    Gnu,
    Posix,

    /// <summary>As <see cref="Posix"/>, but options may also stand right behind the first operand: <c>ssh host -p 22
    /// command</c>.</summary>
    Host,

    /// <summary>As <see cref="Posix"/>, and <c>+x</c> is an option as well: shells.</summary>
    Shell,
    SingleDash,
    KeyValue,
    Cluster,
}

internal enum OptionArgument
{
    None,
    Required,
    Optional,
}

/// <summary>One option under all its names; <see cref="Id"/> is its first name and stands for all of them.</summary>
internal sealed record OptionSpec(string Id, OptionArgument Argument)
{
    /// <summary>What stands behind it and its value is the code's own: <c>python -c code -h</c>.</summary>
    public bool EndsOptions { get; init; }
}

/// <summary>The options of a program, those of the commands above included.</summary>
internal sealed class OptionGrammar
{
    private readonly FrozenDictionary<string, OptionSpec> _byName;
    private readonly string[] _longNames;

    public OptionGrammar(OptionStyle style, IReadOnlyDictionary<string, OptionSpec> options)
    {
        Style = style;
        _byName = options.ToFrozenDictionary();
        _longNames = [.. options.Keys.Where(name => name.StartsWith("--", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
    }

    public OptionStyle Style { get; }

    public IReadOnlyDictionary<string, OptionSpec> Options => _byName;

    public OptionSpec? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>GNU getopt_long: the beginning of a long option stands for it. All that begin so are given: which one
    /// it is the program knows, with options that are not listed here.</summary>
    public ReadOnlySpan<string> FindAbbreviated(string name)
    {
        if (name.Length <= 2 || !name.StartsWith("--", StringComparison.Ordinal))
        {
            return [];
        }

        int from = Array.BinarySearch(_longNames, name, StringComparer.Ordinal);
        from = from < 0 ? ~from : from;
        int to = from;
        while (to < _longNames.Length && _longNames[to].StartsWith(name, StringComparison.Ordinal))
        {
            to++;
        }

        return _longNames.AsSpan(from, to - from);
    }

    /// <summary>The id that stands for <paramref name="name"/> in conditions; unlisted options stand for
    /// themselves.</summary>
    public string Id(string name) => _byName.TryGetValue(name, out OptionSpec? spec) ? spec.Id : name;
}
