using System.Collections.Frozen;

namespace Bastion.Analysis.Programs;

internal enum OptionStyle
{
    Gnu,
    Posix,

    /// <summary>As <see cref="Posix"/>, but options may also stand right behind the first operand: <c>ssh host -p 22
    /// command</c>.</summary>
    Host,
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
internal sealed record OptionSpec(string Id, OptionArgument Argument);

/// <summary>The options of a program, those of the commands above included.</summary>
internal sealed class OptionGrammar
{
    private readonly FrozenDictionary<string, OptionSpec> _byName;
    private readonly string[] _longNames;

    public OptionGrammar(OptionStyle style, bool unlistedTakeValue, IReadOnlyDictionary<string, OptionSpec> options)
    {
        Style = style;
        UnlistedTakeValue = unlistedTakeValue;
        _byName = options.ToFrozenDictionary();
        _longNames = [.. options.Keys.Where(name => name.StartsWith("--", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
    }

    public OptionStyle Style { get; }

    public bool UnlistedTakeValue { get; }

    public IReadOnlyDictionary<string, OptionSpec> Options => _byName;

    public OptionSpec? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>GNU getopt_long: an unambiguous beginning of a long option stands for it. Of several that mean
    /// different options none is chosen, as getopt would refuse; the first is returned so that the reading errs on the
    /// cautious side.</summary>
    public OptionSpec? FindAbbreviated(string name)
    {
        if (_byName.TryGetValue(name, out OptionSpec? exact))
        {
            return exact;
        }

        int at = Array.BinarySearch(_longNames, name, StringComparer.Ordinal);
        at = at < 0 ? ~at : at;
        return at < _longNames.Length && name.Length > 2 && _longNames[at].StartsWith(name, StringComparison.Ordinal)
            ? _byName[_longNames[at]]
            : null;
    }

    /// <summary>The id that stands for <paramref name="name"/> in conditions; unlisted options stand for
    /// themselves.</summary>
    public string Id(string name) => _byName.TryGetValue(name, out OptionSpec? spec) ? spec.Id : name;
}
