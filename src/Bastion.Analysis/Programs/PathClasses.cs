using System.Buffers;
using YamlDotNet.RepresentationModel;

namespace Bastion.Analysis.Programs;

/// <summary>What losing or replacing a file of a class means.</summary>
internal sealed record PathEffect(EffectKind Kind, RiskLevel Level);

/// <summary>Files that matter more than others: devices, databases, backups, logs, accounts.</summary>
internal sealed record PathClass(string Name, string[] Patterns, PathEffect? Delete, PathEffect? Overwrite,
    PathEffect? Append);

internal sealed class PathClasses(IReadOnlyList<PathClass> classes)
{
    private readonly Dictionary<string, List<Candidate>> _byRoot = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _byExtension = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _byName = new(StringComparer.Ordinal);
    private readonly List<Candidate> _others = [];
    private SearchValues<string> _otherPieces = SearchValues.Create([], StringComparison.Ordinal);
    private Dictionary<string, List<Candidate>>.AlternateLookup<ReadOnlySpan<char>> _roots;
    private Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _extensions;
    private Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _names;

    /// <summary>The first class, in the order of the file, one of whose patterns matches.</summary>
    public PathClass? Classify(string path)
    {
        if (path is not [_, .., '/'])
        {
            return Find(path);
        }

        // `cp job /etc/cron.daily/` writes into the directory: what is in it counts as well as the directory itself.
        ReadOnlySpan<char> bare = path.AsSpan().TrimEnd('/');
        return Find(bare.IsEmpty ? "/" : bare) ?? Find(path);
    }

    private PathClass? Find(ReadOnlySpan<char> bare)
    {
        int best = _names.TryGetValue(bare, out int named) ? named : int.MaxValue;
        if (_roots.TryGetValue(Root(bare), out List<Candidate>? anchored))
        {
            best = First(anchored, bare, best);
        }

        int dot = bare.LastIndexOf('.');
        if (dot >= 0 && _extensions.TryGetValue(bare[dot..], out int ofExtension))
        {
            best = Math.Min(best, ofExtension);
        }

        if (bare.ContainsAny(_otherPieces))
        {
            best = First(_others, bare, best);
        }

        return best == int.MaxValue ? null : classes[best];
    }

    private static int First(List<Candidate> candidates, ReadOnlySpan<char> path, int best)
    {
        foreach (Candidate candidate in candidates)
        {
            if (candidate.Class < best && candidate.IsMatch(path))
            {
                best = candidate.Class;
            }
        }

        return best;
    }

    /// <summary><c>/var</c> of <c>/var/log/x</c>.</summary>
    private static ReadOnlySpan<char> Root(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty || path[0] != '/')
        {
            return default;
        }

        int slash = path[1..].IndexOf('/');
        return slash < 0 ? path : path[..(slash + 1)];
    }

    /// <summary>Sorts the patterns by what they can match, so that a path is tried against few of them.</summary>
    private PathClasses Index()
    {
        for (int i = 0; i < classes.Count; i++)
        {
            foreach (string pattern in classes[i].Patterns)
            {
                ReadOnlySpan<char> root = Root(pattern);
                string exact = pattern.Replace("\\*", "", StringComparison.Ordinal);
                if (exact.AsSpan().IndexOfAny('*', '?') < 0)
                {
                    _byName.TryAdd(pattern.Replace("\\*", "*", StringComparison.Ordinal), i);
                }
                else if (root.Length > 1 && root.IndexOfAny("*?\\") < 0)
                {
                    Add(_byRoot, root.ToString(),
                        new Candidate(pattern, pattern[..pattern.AsSpan().IndexOfAny("*?\\")], IsPrefix: true, i));
                }
                else if (pattern.StartsWith("*.", StringComparison.Ordinal)
                    && pattern.AsSpan(2).IndexOfAny("*?\\./") < 0)
                {
                    _byExtension.TryAdd(pattern[1..], i);
                }
                else
                {
                    _others.Add(new Candidate(pattern, LongestPiece(pattern), IsPrefix: false, i));
                }
            }
        }

        _otherPieces =
            SearchValues.Create([.. _others.Select(candidate => candidate.Piece).Distinct()], StringComparison.Ordinal);
        _roots = _byRoot.GetAlternateLookup<ReadOnlySpan<char>>();
        _names = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
        _extensions = _byExtension.GetAlternateLookup<ReadOnlySpan<char>>();
        return this;
    }

    /// <summary>The longest text that every path matching the pattern contains: one search then rules out most
    /// patterns.</summary>
    private static string LongestPiece(string pattern) => pattern.Split('*', '?', '\\').MaxBy(piece => piece.Length)!;

    private static void Add(Dictionary<string, List<Candidate>> index, string key, Candidate candidate)
    {
        if (!index.TryGetValue(key, out List<Candidate>? list))
        {
            index[key] = list = [];
        }

        list.Add(candidate);
    }

    /// <param name="Piece">Text that every path matching the pattern starts with, or contains: a search for it is far
    /// quicker than the pattern, and nearly always the end of it.</param>
    private readonly record struct Candidate(string Pattern, string Piece, bool IsPrefix, int Class)
    {
        public bool IsMatch(ReadOnlySpan<char> path) =>
            (IsPrefix
            ? path.StartsWith(Piece, StringComparison.Ordinal)
            : path.Contains(Piece, StringComparison.Ordinal))
            && Glob.MatchesEscaped(Pattern, path);
    }

    public static PathClasses Parse(CatalogueSource? source, List<CatalogueError> errors)
    {
        var classes = new List<PathClass>();
        ProgramParser? parser = source is null ? null : new ProgramParser(source.File, source.Line - 1, errors);
        foreach (YamlNode node in source?.ParseYaml(errors) is { } body ? ProgramParser.Items(body) : [])
        {
            if (node is YamlMappingNode map && ProgramParser.Text(map, "class") is { } name
                && ProgramParser.Text(map, "paths") is { } paths)
            {
                classes.Add(new PathClass(
                    name,
                    paths.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
                    ParseEffect(map, "delete"),
                    ParseEffect(map, "overwrite"),
                    ParseEffect(map, "append")));
            }
            else
            {
                parser!.Error(node, "expected `class` and `paths`, such as `{ class: log, paths: /var/log/* }`");
            }
        }

        return new PathClasses(classes).Index();

        PathEffect? ParseEffect(YamlMappingNode map, string key)
        {
            if (ProgramParser.Child(map, key) is not { } node)
            {
                return null;
            }

            string[] words = node.ToString().Split(' ');
            if (words.Length == 2 && EffectKinds.TryParse(words[0], out EffectKind kind)
                && Enum.TryParse<RiskLevel>(words[1], true, out RiskLevel level))
            {
                return new PathEffect(kind, level);
            }

            parser!.Error(node, $"`{node}` is no effect with a level; expected such as `backup.destroy critical`");
            return null;
        }
    }
}
