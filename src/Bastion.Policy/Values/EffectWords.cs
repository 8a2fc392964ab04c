namespace Bastion.Policy.Values;

/// <summary>
/// The kinds of effect a rule can name. A misspelt kind in a forbid would never match, and nobody would see it: so a
/// kind outside this list is an error, not a silence.
/// </summary>
internal static class EffectWords
{
    public const string Everything = "*";

    public const string DestructiveSet = "destructive";

    public static readonly string[] Kinds =
    [
        "file.delete", "file.overwrite", "disk.wipe", "disk.format", "volume.destroy", "backup.destroy",
        "database.drop", "database.truncate", "database.delete-all", "database.update-all", "database.alter",
        "database.grant", "database.program", "service.stop", "service.restart", "host.shutdown", "process.kill",
        "container.destroy", "cluster.delete", "cloud.destroy", "repository.rewrite", "identity.change",
        "permission.change", "network.filter", "kernel.change", "schedule.create", "audit.tamper", "privilege.raise",
        "data.export", "secret.read", "session.escape", "code.opaque",
    ];

    /// <summary>The built-in set: what takes something away that may not come back.</summary>
    public static readonly string[] Destructive =
    [
        "file.delete", "file.overwrite", "disk.wipe", "disk.format", "volume.destroy", "backup.destroy",
        "database.drop", "database.truncate", "database.delete-all", "database.update-all", "database.alter",
        "container.destroy", "cluster.delete", "cloud.destroy", "repository.rewrite", "audit.tamper",
    ];

    /// <summary>The kinds of thing an effect can touch.</summary>
    public static readonly string[] ObjectKinds =
    [
        "path", "device", "volume", "table", "database", "host", "service", "process", "container", "resource",
        "repository", "account", "package", "network", "module", "url", "program",
    ];

    /// <summary>Whether <paramref name="kind"/> is what <paramref name="pattern"/> says: a kind, `family.*`, or
    /// `*`.</summary>
    public static bool Matches(string pattern, string kind) =>
        pattern == kind
        || pattern == Everything
        || (pattern.EndsWith(".*", StringComparison.Ordinal)
        && kind.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal));

    /// <summary>Null for a kind, a family or `*`; and for a word without a dot, which may be the name of an effect
    /// set.</summary>
    public static string? ProblemOfPattern(string text)
    {
        if (text == Everything || Kinds.Contains(text))
        {
            return null;
        }

        if (!text.Contains('.'))
        {
            return Shapes.TextShapes.Name.Accepts(text)
                ? null
                : "an effect is a kind such as `file.delete`, a family `file.*`, `*`, or the name of an effect set";
        }

        if (text.EndsWith(".*", StringComparison.Ordinal) && Kinds.Any(kind => Matches(text, kind)))
        {
            return null;
        }

        IEnumerable<string> families = Kinds.Select(kind => kind[..kind.IndexOf('.')] + ".*").Distinct();
        return Suggestion.For(text, [.. Kinds, .. families]) is { } near
            ? $"did you mean `{near}`?"
            : $"the kinds are: {string.Join(", ", Kinds)}";
    }
}
