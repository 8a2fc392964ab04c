using System.Buffers;
using YamlDotNet.RepresentationModel;

namespace Bastion.Analysis.Programs;

/// <summary>What losing or replacing a file of a class means.</summary>
internal sealed record PathEffect(EffectKind Kind, RiskLevel Level);

/// <summary>Files that matter more than others: devices, databases, backups, logs, accounts.</summary>
internal sealed record PathClass(string Name, string[] Patterns, PathEffect? Delete, PathEffect? Overwrite, PathEffect? Append);

internal sealed class PathClasses(IReadOnlyList<PathClass> classes)
{
    private readonly Dictionary<string, List<Candidate>> byRoot = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> byExtension = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> byName = new(StringComparer.Ordinal);
    private readonly List<Candidate> others = [];
    private SearchValues<string> otherPieces = SearchValues.Create([], StringComparison.Ordinal);
    private Dictionary<string, List<Candidate>>.AlternateLookup<ReadOnlySpan<char>> roots;
    private Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> extensions;
    private Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> names;

    /// <summary>The first class, in the order of the file, one of whose patterns matches.</summary>
    public PathClass? Classify(string path)
    {
        if (path is not [_, .., '/'])
            return Find(path);
        // `cp job /etc/cron.daily/` writes into the directory: what is in it counts as well as the directory itself.
        var bare = path.AsSpan().TrimEnd('/');
        return Find(bare.IsEmpty ? "/" : bare) ?? Find(path);
    }

    private PathClass? Find(ReadOnlySpan<char> bare)
    {
        var best = names.TryGetValue(bare, out var named) ? named : int.MaxValue;
        if (roots.TryGetValue(Root(bare), out var anchored))
            best = First(anchored, bare, best);
        var dot = bare.LastIndexOf('.');
        if (dot >= 0 && extensions.TryGetValue(bare[dot..], out var ofExtension))
            best = Math.Min(best, ofExtension);
        if (bare.ContainsAny(otherPieces))
            best = First(others, bare, best);
        return best == int.MaxValue ? null : classes[best];
    }

    private static int First(List<Candidate> candidates, ReadOnlySpan<char> path, int best)
    {
        foreach (var candidate in candidates)
        {
            if (candidate.Class < best && candidate.IsMatch(path))
                best = candidate.Class;
        }
        return best;
    }

    /// <summary><c>/var</c> of <c>/var/log/x</c>.</summary>
    private static ReadOnlySpan<char> Root(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty || path[0] != '/')
            return default;
        var slash = path[1..].IndexOf('/');
        return slash < 0 ? path : path[..(slash + 1)];
    }

    /// <summary>Sorts the patterns by what they can match, so that a path is tried against few of them.</summary>
    private PathClasses Index()
    {
        for (var i = 0; i < classes.Count; i++)
        {
            foreach (var pattern in classes[i].Patterns)
            {
                var root = Root(pattern);
                var exact = pattern.Replace("\\*", "", StringComparison.Ordinal);
                if (exact.AsSpan().IndexOfAny('*', '?') < 0)
                    byName.TryAdd(pattern.Replace("\\*", "*", StringComparison.Ordinal), i);
                else if (root.Length > 1 && root.IndexOfAny("*?\\") < 0)
                    Add(byRoot, root.ToString(), new Candidate(pattern, pattern[..pattern.AsSpan().IndexOfAny("*?\\")], IsPrefix: true, i));
                else if (pattern.StartsWith("*.", StringComparison.Ordinal) && pattern.AsSpan(2).IndexOfAny("*?\\./") < 0)
                    byExtension.TryAdd(pattern[1..], i);
                else
                    others.Add(new Candidate(pattern, LongestPiece(pattern), IsPrefix: false, i));
            }
        }
        otherPieces = SearchValues.Create([.. others.Select(candidate => candidate.Piece).Distinct()], StringComparison.Ordinal);
        roots = byRoot.GetAlternateLookup<ReadOnlySpan<char>>();
        names = byName.GetAlternateLookup<ReadOnlySpan<char>>();
        extensions = byExtension.GetAlternateLookup<ReadOnlySpan<char>>();
        return this;
    }

    /// <summary>The longest text that every path matching the pattern contains: one search then rules out most patterns.</summary>
    private static string LongestPiece(string pattern) => pattern.Split('*', '?', '\\').MaxBy(piece => piece.Length)!;

    private static void Add(Dictionary<string, List<Candidate>> index, string key, Candidate candidate)
    {
        if (!index.TryGetValue(key, out var list))
            index[key] = list = [];
        list.Add(candidate);
    }

    /// <param name="Piece">Text that every path matching the pattern starts with, or contains: a search for it is far
    /// quicker than the pattern, and nearly always the end of it.</param>
    private readonly record struct Candidate(string Pattern, string Piece, bool IsPrefix, int Class)
    {
        public bool IsMatch(ReadOnlySpan<char> path) =>
            (IsPrefix ? path.StartsWith(Piece, StringComparison.Ordinal) : path.Contains(Piece, StringComparison.Ordinal))
            && Glob.IsMatch(Pattern, path);
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
        return new PathClasses(classes).Index();

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
