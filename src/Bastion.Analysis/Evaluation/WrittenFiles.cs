using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>A file that the text writes: every content that it may have, as far as it is known.</summary>
/// <param name="HasUnknown">It may hold something else besides.</param>
internal sealed record WrittenFile(string Path, string[] Contents, bool HasUnknown)
{
    /// <summary>What is in it, when there is only one possibility.</summary>
    public string? Content => !HasUnknown && Contents is [var only] ? only : null;
}

/// <summary>What the text has made of the target's files: contents, other names of files and of programs. Files outlive
/// the subshell that writes them.</summary>
internal sealed class WrittenFiles
{
    /// <summary>A file that is written more often counts as computed.</summary>
    private const int MaximumContents = 4;

    /// <summary>Of more other names the further ones are not followed; a text that needs them is made to deceive, and
    /// its writes are judged by the names it uses.</summary>
    private const int MaximumLinks = 64;

    private readonly Dictionary<string, WrittenFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Definitions<string>> _programs = new(StringComparer.Ordinal);
    private readonly List<(string Name, string Means)> _links = [];

    public bool IsEmpty => _files.Count == 0;

    public bool HasLinks => _links.Count > 0;

    public WrittenFile? Find(string path) => _files.GetValueOrDefault(path);

    /// <summary>Files of this name in any directory: what <c>PATH</c> may find.</summary>
    public IReadOnlyList<string> Named(string name) =>
        _byName.TryGetValue(name, out List<string>? paths) ? paths : [];

    /// <param name="content">Null when it is computed.</param>
    public void Write(string path, string? content)
    {
        WrittenFile? before = Find(path);
        if (before is null)
        {
            string name = ProgramNames.BaseName(path);
            if (!_byName.TryGetValue(name, out List<string>? paths))
            {
                _byName[name] = paths = [];
            }

            paths.Add(path);
        }

        // Whether what is there was replaced may depend on a branch: then each may be in it. What an earlier content
        // was appended to takes its place.
        string[] kept = before is null
            ? []
            : [.. before.Contents.Where(old => content?.StartsWith(old, StringComparison.Ordinal) != true)];
        bool unknown = content is null || before is { HasUnknown: true } || kept.Length >= MaximumContents;
        _files[path] = new WrittenFile(path,
            content is null || kept.Length >= MaximumContents ? kept : [content, .. kept], unknown);
    }

    /// <summary><paramref name="name"/> and what lies below it mean the same as <paramref name="means"/>.</summary>
    public void Link(string name, string means)
    {
        if (_links.Count < MaximumLinks && name != means)
        {
            _links.Add((name.TrimEnd('/'), means.TrimEnd('/')));
        }
    }

    /// <summary>Other paths of the same file, through the links that the text has made.</summary>
    public IEnumerable<string> OtherPaths(string path)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal) { path };
        var waiting = new Queue<string>(seen);
        while (waiting.TryDequeue(out string? current) && seen.Count <= MaximumLinks)
        {
            foreach ((string name, string means) in _links)
            {
                string? other = current == name ? means
                    : current.StartsWith(name, StringComparison.Ordinal) && current[name.Length] == '/'
                        ? means + current[name.Length..]
                        : null;
                if (other is not null && seen.Add(other.Length == 0 ? "/" : other))
                {
                    waiting.Enqueue(other.Length == 0 ? "/" : other);
                    yield return other.Length == 0 ? "/" : other;
                }
            }
        }
    }

    /// <summary>Programs that a name or a path stands for besides its own.</summary>
    public string[] ProgramsOf(string name) => _programs.GetValueOrDefault(name)?.All ?? [];

    /// <summary><c>cp /bin/rm x</c>, <c>hash -p /bin/rm x</c>: the new name is the old program.</summary>
    public void AddProgram(string name, string program) =>
        _programs[name] = Definitions<string>.Of(program, _programs.GetValueOrDefault(name));
}
