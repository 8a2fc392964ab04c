using YamlDotNet.RepresentationModel;

namespace Bastion.Analysis.Programs;

/// <summary>What losing or replacing a file of a class means.</summary>
internal sealed record PathEffect(EffectKind Kind, RiskLevel Level);

/// <summary>Files that matter more than others: devices, databases, backups, logs, accounts.</summary>
internal sealed record PathClass(string Name, string[] Patterns, PathEffect? Delete, PathEffect? Overwrite, PathEffect? Append);

internal sealed class PathClasses(IReadOnlyList<PathClass> classes)
{
    /// <summary>The first class, in the order of the file, one of whose patterns matches.</summary>
    public PathClass? Classify(string path)
    {
        var bare = path.Length > 1 ? path.TrimEnd('/') : path;
        foreach (var candidate in classes)
        {
            if (Glob.IsAnyMatch(candidate.Patterns, bare, ignoreCase: false))
                return candidate;
        }
        return null;
    }

    public static PathClasses Parse(CatalogueSource? source, List<CatalogueError> errors)
    {
        var classes = new List<PathClass>();
        var parser = source is null ? null : new ProgramParser(source.File, source.Line - 1, errors);
        foreach (var node in source?.ParseYaml(errors) is { } body ? ProgramParser.Items(body) : [])
        {
            if (node is YamlMappingNode map && ProgramParser.Text(map, "class") is { } name && ProgramParser.Text(map, "paths") is { } paths)
            {
                classes.Add(new PathClass(
                    name,
                    paths.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
                    ParseEffect(map, "delete"),
                    ParseEffect(map, "overwrite"),
                    ParseEffect(map, "append")));
            }
            else
                parser!.Error(node, "expected `class` and `paths`, such as `{ class: log, paths: /var/log/* }`");
        }
        return new PathClasses(classes);

        PathEffect? ParseEffect(YamlMappingNode map, string key)
        {
            if (ProgramParser.Child(map, key) is not { } node)
                return null;
            var words = node.ToString().Split(' ');
            if (words.Length == 2 && EffectKinds.TryParse(words[0], out var kind) && Enum.TryParse<RiskLevel>(words[1], true, out var level))
                return new PathEffect(kind, level);
            parser!.Error(node, $"`{node}` is no effect with a level; expected such as `backup.destroy critical`");
            return null;
        }
    }
}
