using System.Collections.Concurrent;
using System.Reflection;
using Bastion.Analysis.Programs;

namespace Bastion.Analysis;

/// <summary>A mistake in a catalogue file.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 1.</param>
public sealed record CatalogueError(string File, int Line, int Column, string Message)
{
    public override string ToString() => $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>What programs do: the built-in entries and those of a policy folder. Immutable and shared; a built-in entry
/// is parsed when first looked up, so that starting costs a scan of the files and no more.</summary>
public sealed class Catalogue
{
    private const string ResourcePrefix = "Catalogue/";

    private static readonly Lazy<Catalogue> LazyBuiltIn = new(() => new Catalogue(BuiltInFiles(), [], []));

    private readonly Dictionary<string, CatalogueSource> _sources = new(StringComparer.Ordinal);
    private readonly List<CatalogueSource> _wildcards = [];
    private readonly HashSet<string> _harmless = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, ProgramEntry?> _entries = new(StringComparer.Ordinal);

    internal Catalogue(IEnumerable<(string Name, string Text)> builtIn, IEnumerable<(string Name, string Text)> own,
        List<CatalogueError> errors)
    {
        foreach ((string? name, string? text) in builtIn)
        {
            Add(name, text, replace: false, errors);
        }

        foreach ((string? name, string? text) in own)
        {
            Add(name, text, replace: true, errors);
        }

        Paths = PathClassParser.Parse(_sources.GetValueOrDefault(CatalogueSource.PathsKey), errors);
        Environment = EnvironmentVariables.Parse(_sources.GetValueOrDefault(CatalogueSource.EnvironmentKey), errors);
    }

    /// <summary>The entries that come with the product.</summary>
    public static Catalogue BuiltIn => LazyBuiltIn.Value;

    /// <summary>The number of program names known.</summary>
    public int Count => _sources.Count + _harmless.Count;

    internal PathClasses Paths { get; }

    /// <summary>What a program without an entry is taken to do: <c>anything delete x</c> deletes.</summary>
    internal ProgramEntry? Unknown => Reserved(CatalogueSource.UnknownKey);

    /// <summary>What an option that no entry lists is taken to do, judged by its name: <c>--exec x</c> runs.</summary>
    internal ProgramEntry? Unlisted => Reserved(CatalogueSource.UnlistedKey);

    internal EnvironmentVariables Environment { get; }

    /// <summary>The built-in entries and over them every <c>*.yaml</c> below <paramref name="directory"/>, which are
    /// read whole and checked at once.
    /// With errors the catalogue must not be used.</summary>
    public static Catalogue Load(string directory, out IReadOnlyList<CatalogueError> errors)
    {
        var found = new List<CatalogueError>();
        IEnumerable<string> files = Directory.Exists(directory)
            ? Directory.EnumerateFiles(directory, "*.yaml", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            : Enumerable.Empty<string>();
        var own = files.Select(file => (file, File.ReadAllText(file))).ToList();
        var catalogue = new Catalogue(BuiltInFiles(), own, found);
        var ownFiles = own.Select(file => file.file).ToHashSet(StringComparer.Ordinal);
        found.AddRange(catalogue.Check(source => ownFiles.Contains(source.File)));
        errors = found;
        return catalogue;
    }

    /// <summary>Parses every entry and returns the mistakes in them.</summary>
    public IReadOnlyList<CatalogueError> Check() => Check(_ => true);

    /// <summary>The entry of a program by its base name; null when the catalogue does not know it.</summary>
    internal ProgramEntry? Find(string name)
    {
        if (_entries.TryGetValue(name, out ProgramEntry? entry))
        {
            return entry;
        }

        entry = Lookup(name);
        // Names come from hostile text: only what is known is remembered, so the table cannot grow with guesses.
        if (entry is not null && (_sources.ContainsKey(name) || _harmless.Contains(name)))
        {
            _entries.TryAdd(name, entry);
        }

        return entry;
    }

    private ProgramEntry? Reserved(string key) => _sources.TryGetValue(key, out CatalogueSource? source)
        ? _entries.GetOrAdd(key, static (key, source) => source.Parse(key, []), source)
        : null;

    private ProgramEntry? Lookup(string name)
    {
        if (_sources.TryGetValue(name, out CatalogueSource? source))
        {
            return source.Parse(name, []);
        }

        if (_harmless.Contains(name))
        {
            return ProgramParser.Harmless(name);
        }

        foreach (CatalogueSource wildcard in _wildcards)
        {
            if (wildcard.Names.Any(pattern => Glob.MatchesEscaped(pattern, name)))
            {
                return wildcard.Parse(name, []);
            }
        }

        string stem = ProgramNames.WithoutVersion(name);
        return stem.Length > 0 && stem.Length < name.Length ? Find(stem) : null;
    }

    private List<CatalogueError> Check(Func<CatalogueSource, bool> which)
    {
        var errors = new List<CatalogueError>();
        foreach (CatalogueSource? source in _sources.Values.Concat(_wildcards).Where(which).Distinct())
        {
            if (!source.IsReserved)
            {
                source.Parse(source.Names[0], errors);
            }
        }

        return errors;
    }

    private void Add(string file, string text, bool replace, List<CatalogueError> errors)
    {
        foreach (CatalogueSource source in CatalogueSource.Scan(file, text, errors))
        {
            if (source.IsHarmlessList)
            {
                _harmless.UnionWith(source.ReadWords());
                continue;
            }

            foreach (string name in source.Names)
            {
                if (name.Contains('*'))
                {
                    if (!_wildcards.Contains(source))
                    {
                        _wildcards.Insert(replace ? 0 : _wildcards.Count, source);
                    }
                }
                else if (replace)
                {
                    _sources[name] = source;
                }
                else if (!_sources.TryAdd(name, source))
                {
                    errors.Add(new CatalogueError(file, source.Line, 1,
                        $"`{name}` has an entry already, in {_sources[name].File}:{_sources[name].Line}; keep one"));
                }
            }
        }
    }

    private static IEnumerable<(string, string)> BuiltInFiles()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (string? resource in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (!resource.StartsWith(ResourcePrefix, StringComparison.Ordinal))
            {
                continue;
            }

            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            using var reader = new StreamReader(stream);
            yield return (resource, reader.ReadToEnd());
        }
    }
}
