using YamlDotNet.RepresentationModel;

namespace Bastion.Analysis.Programs;

/// <summary>Reads the table of places.</summary>
internal static class PathClassParser
{
    private static readonly Dictionary<string, FileAct[]> Keys = Enum.GetValues<FileAct>()
        .ToDictionary(act => act.ToString().ToLowerInvariant(), act => new[] { act });

    static PathClassParser() => Keys["write"] = [FileAct.Append, FileAct.Overwrite];

    public static PathClasses Parse(CatalogueSource? source, List<CatalogueError> errors)
    {
        if (source?.ParseYaml(errors) is not { } body)
        {
            return new PathClasses([]);
        }

        var parser = new ProgramParser(source.File, source.Line - 1, errors);
        var classes = new List<PathClass>();
        foreach (YamlNode node in ProgramParser.Items(body))
        {
            if (ParseClass(node, parser) is { } one)
            {
                classes.Add(one);
            }
        }

        if (classes.Count > PathClasses.MaximumClasses)
        {
            parser.Error(body, $"more than {PathClasses.MaximumClasses} classes of paths; join some");
        }

        return new PathClasses(classes);
    }

    private static PathClass? ParseClass(YamlNode node, ProgramParser parser)
    {
        if (node is not YamlMappingNode map || ProgramParser.Text(map, "class") is not { } name
            || ProgramParser.Text(map, "paths") is not { } paths)
        {
            parser.Error(node, "expected `class` and `paths`, such as `{ class: log, paths: /var/log/* }`");
            return null;
        }

        var effects = new Dictionary<FileAct, PathEffect>();
        foreach ((YamlNode key, YamlNode value) in map.Children)
        {
            if (key.ToString() is "class" or "paths")
            {
                continue;
            }

            if (!Keys.TryGetValue(key.ToString(), out FileAct[]? acts))
            {
                parser.Error(key, $"`{key}` is no key here; expected class, paths, {string.Join(", ", Keys.Keys)}");
            }
            else if (ParseEffect(value, parser) is { } effect)
            {
                Array.ForEach(acts, act => effects[act] = effect);
            }
        }

        return new PathClass(name, paths.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries), effects);
    }

    private static PathEffect? ParseEffect(YamlNode node, ProgramParser parser)
    {
        string[] words = node.ToString().Split(' ');
        if (words.Length == 2 && EffectKinds.TryParse(words[0], out EffectKind kind)
            && Enum.TryParse(words[1], true, out RiskLevel level))
        {
            return new PathEffect(kind, level);
        }

        parser.Error(node, $"`{node}` is no effect with a level; expected such as `backup.destroy critical`");
        return null;
    }
}
