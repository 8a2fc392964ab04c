using System.Buffers;
using System.Numerics;

namespace Bastion.Analysis.Programs;

/// <summary>
/// The one table of places. Patterns are sorted by what they can match, so that a path is tried against few of them; a
/// result is the set of classes, as bits in the order of the file.
/// </summary>
internal sealed class PathClasses
{
    /// <summary>One bit each.</summary>
    public const int MaximumClasses = 64;

    private static readonly FileAct[] Acts = Enum.GetValues<FileAct>();

    private readonly PathClass[] _classes;
    private readonly ulong[] _speaking;
    private readonly Dictionary<string, ulong> _byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> _byExtension = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Candidate>> _byRoot = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Candidate>> _byTail = new(StringComparer.Ordinal);
    private readonly List<Candidate> _others = [];
    private readonly List<Candidate> _anchored = [];
    private readonly SearchValues<string> _otherPieces;
    private readonly Dictionary<string, ulong>.AlternateLookup<ReadOnlySpan<char>> _paths;
    private readonly Dictionary<string, ulong>.AlternateLookup<ReadOnlySpan<char>> _names;
    private readonly Dictionary<string, ulong>.AlternateLookup<ReadOnlySpan<char>> _extensions;
    private readonly Dictionary<string, List<Candidate>>.AlternateLookup<ReadOnlySpan<char>> _roots;
    private readonly Dictionary<string, List<Candidate>>.AlternateLookup<ReadOnlySpan<char>> _tails;

    public PathClasses(IReadOnlyList<PathClass> classes)
    {
        _classes = [.. classes.Take(MaximumClasses)];
        _speaking = [.. Acts.Select(act => Bits(one => one.Effect(act) is not null))];
        for (int i = 0; i < _classes.Length; i++)
        {
            foreach (string pattern in _classes[i].Patterns)
            {
                Add(new PathPattern(pattern), i);
            }
        }

        _otherPieces =
            SearchValues.Create([.. _others.Select(candidate => candidate.Piece).Distinct()], StringComparison.Ordinal);
        _paths = _byPath.GetAlternateLookup<ReadOnlySpan<char>>();
        _names = _byName.GetAlternateLookup<ReadOnlySpan<char>>();
        _extensions = _byExtension.GetAlternateLookup<ReadOnlySpan<char>>();
        _roots = _byRoot.GetAlternateLookup<ReadOnlySpan<char>>();
        _tails = _byTail.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The first class, in the order of the file, one of whose patterns matches.</summary>
    public PathClass? Classify(string path) => First(Match(path));

    /// <summary>The first class that matches and says what the act means; all of them where names are not known, as of
    /// what is unpacked.</summary>
    public IEnumerable<PathClass> Classify(string path, FileAct act)
    {
        ulong found = Match(path);
        return act == FileAct.Unpack
            ? All((found | MatchBelow(path)) & _speaking[(int)act])
            : First(found & _speaking[(int)act]) is { } first ? [first] : [];
    }

    /// <summary>As <see cref="Classify(string, FileAct)"/>, of a path in which <c>*</c>, <c>?</c> and brackets stand
    /// for names that are not known: what may be meant counts, among places that begin at the root.</summary>
    public IEnumerable<PathClass> ClassifyGlob(string path, FileAct act)
    {
        ulong found = Match(path);
        foreach (Candidate candidate in _anchored)
        {
            if ((found & (1UL << candidate.Class)) == 0
                && GlobIntersection.MayMeet(candidate.Pattern.Text, path))
            {
                found |= 1UL << candidate.Class;
            }
        }

        return All(found & _speaking[(int)act]);
    }

    private IEnumerable<PathClass> All(ulong found)
    {
        for (; found != 0; found &= found - 1)
        {
            yield return _classes[BitOperations.TrailingZeroCount(found)];
        }
    }

    private PathClass? First(ulong found) => found == 0 ? null : _classes[BitOperations.TrailingZeroCount(found)];

    private ulong Match(string path)
    {
        if (path is not [_, .., '/'])
        {
            return Find(path);
        }

        // `cp job /etc/cron.daily/` writes into the directory: what is in it counts as well as the directory itself.
        ReadOnlySpan<char> bare = path.AsSpan().TrimEnd('/');
        return Find(bare.IsEmpty ? "/" : bare) | Find(path);
    }

    private ulong Find(ReadOnlySpan<char> path)
    {
        ulong found = _paths.TryGetValue(path, out ulong exact) ? exact : 0;
        if (_roots.TryGetValue(Root(path), out List<Candidate>? anchored))
        {
            found |= First(anchored, path);
        }

        ReadOnlySpan<char> name = path[(path.LastIndexOf('/') + 1)..];
        if (_names.TryGetValue(name, out ulong named))
        {
            found |= named;
        }

        if (_tails.TryGetValue(name, out List<Candidate>? tails))
        {
            found |= First(tails, path);
        }

        int dot = name.LastIndexOf('.');
        if (dot >= 0 && _extensions.TryGetValue(name[dot..], out ulong ofExtension))
        {
            found |= ofExtension;
        }

        return path.ContainsAny(_otherPieces) ? found | First(_others, path) : found;
    }

    /// <summary>Classes that have places below this one.</summary>
    private ulong MatchBelow(string path)
    {
        string directory = path.TrimEnd('/') + "/";
        ulong found = Find(directory + "x");
        foreach (Candidate candidate in _anchored)
        {
            if (candidate.Piece.StartsWith(directory, StringComparison.Ordinal))
            {
                found |= 1UL << candidate.Class;
            }
        }

        return found;
    }

    private static ulong First(List<Candidate> candidates, ReadOnlySpan<char> path)
    {
        ulong found = 0;
        foreach (Candidate candidate in candidates)
        {
            if ((found & (1UL << candidate.Class)) == 0 && candidate.IsMatch(path))
            {
                found |= 1UL << candidate.Class;
            }
        }

        return found;
    }

    /// <summary><c>/var</c> of <c>/var/log/x</c>.</summary>
    private static ReadOnlySpan<char> Root(ReadOnlySpan<char> path)
    {
        if (path.IsEmpty || path[0] is not ('/' or '~'))
        {
            return default;
        }

        int slash = path[1..].IndexOf('/');
        return slash < 0 ? path : path[..(slash + 1)];
    }

    private ulong Bits(Predicate<PathClass> which)
    {
        ulong bits = 0;
        for (int i = 0; i < _classes.Length; i++)
        {
            bits |= which(_classes[i]) ? 1UL << i : 0;
        }

        return bits;
    }

    private void Add(PathPattern pattern, int place)
    {
        ulong bit = 1UL << place;
        ReadOnlySpan<char> root = Root(pattern.Text);
        if (pattern.IsAnchored)
        {
            _anchored.Add(new Candidate(pattern, pattern.Prefix, place));
        }

        if (pattern is { IsAnywhere: true, Literal: { } tail })
        {
            AddTail(pattern, tail, place);
        }
        else if (pattern.Literal is { } exact)
        {
            _byPath[exact] = _byPath.GetValueOrDefault(exact) | bit;
        }
        else if (!pattern.IsAnywhere && root.Length > 1 && root.IndexOfAny("*?\\") < 0)
        {
            Add(_byRoot, root.ToString(), new Candidate(pattern, pattern.Prefix, place));
        }
        else if (!pattern.IsAnywhere && pattern.Text.StartsWith("*.", StringComparison.Ordinal)
            && pattern.Text.AsSpan(2).IndexOfAny("*?\\./") < 0)
        {
            string extension = pattern.Text[1..];
            _byExtension[extension] = _byExtension.GetValueOrDefault(extension) | bit;
        }
        else
        {
            _others.Add(new Candidate(pattern, pattern.LongestPiece, place));
        }
    }

    private void AddTail(PathPattern pattern, string tail, int place)
    {
        int slash = tail.LastIndexOf('/');
        if (slash < 0)
        {
            _byName[tail] = _byName.GetValueOrDefault(tail) | (1UL << place);
        }
        else
        {
            Add(_byTail, tail[(slash + 1)..], new Candidate(pattern, tail, place));
        }
    }

    private static void Add(Dictionary<string, List<Candidate>> index, string key, Candidate candidate)
    {
        if (!index.TryGetValue(key, out List<Candidate>? list))
        {
            index[key] = list = [];
        }

        list.Add(candidate);
    }

    /// <param name="Piece">Text that every path matching the pattern contains: a search for it is far quicker than the
    /// pattern, and nearly always the end of it.</param>
    private readonly record struct Candidate(PathPattern Pattern, string Piece, int Class)
    {
        public bool IsMatch(ReadOnlySpan<char> path) =>
            path.Contains(Piece, StringComparison.Ordinal) && Pattern.IsMatch(path);
    }
}
