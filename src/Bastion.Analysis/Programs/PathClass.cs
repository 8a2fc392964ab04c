namespace Bastion.Analysis.Programs;

/// <summary>What is done to a file, whoever does it.</summary>
internal enum FileAct
{
    Read,

    /// <summary>It comes into being, empty: <c>touch</c>, <c>mkdir</c>.</summary>
    Create,
    Append,

    /// <summary>New content takes the place of the old, if there was any.</summary>
    Overwrite,

    /// <summary>The content goes and nothing takes its place: <c>: &gt; f</c>, <c>truncate -s 0</c>.</summary>
    Empty,
    Delete,

    /// <summary>It goes to another place.</summary>
    Move,

    /// <summary>Files whose names are not known are written below it.</summary>
    Unpack,

    /// <summary>Its owner, rights or attributes change.</summary>
    Permit,
}

/// <summary>What an act on a file of a class means.</summary>
internal sealed record PathEffect(EffectKind Kind, RiskLevel Level);

/// <summary>Files that matter more than others: devices, accounts, what runs by itself, logs, backups,
/// databases.</summary>
internal sealed class PathClass(string name, string[] patterns, IReadOnlyDictionary<FileAct, PathEffect> effects)
{
    /// <summary>What an act means where the class does not say: an emptied file is an overwritten one.</summary>
    private static readonly Dictionary<FileAct, FileAct> Otherwise = new()
    {
        [FileAct.Empty] = FileAct.Overwrite,
        [FileAct.Unpack] = FileAct.Overwrite,
        [FileAct.Move] = FileAct.Delete,
    };

    public string Name => name;

    public string[] Patterns => patterns;

    public PathEffect? Effect(FileAct act) =>
        effects.TryGetValue(act, out PathEffect? own) ? own
        : Otherwise.TryGetValue(act, out FileAct other) ? effects.GetValueOrDefault(other)
        : null;
}
