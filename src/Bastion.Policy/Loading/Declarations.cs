using Bastion.Policy.Shapes;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Loading;

/// <summary>One named entry of a section. One that is not sound keeps its name known, so that it is not also reported
/// missing.</summary>
internal sealed record Declared(string Name, SourceLocation Location, MapNode Body, Node Value, bool IsSound);

/// <summary>The sections of all files together, by name.</summary>
internal sealed class Declarations(DiagnosticBag found)
{
    /// <summary>`who: dba` must mean one thing: people, groups and roles share their names.</summary>
    private static readonly string[] Subjects = ["people", "groups", "roles"];

    private readonly Dictionary<string, Dictionary<string, Declared>> _sections = [];

    public MapNode? Sessions { get; private set; }

    public IReadOnlyDictionary<string, Declared> this[string section] => Section(section);

    public IEnumerable<Declared> Sound(string section) => Section(section).Values.Where(d => d.IsSound);

    public bool IsSubject(string name) => Subjects.Any(section => Section(section).ContainsKey(name));

    public IReadOnlyList<string> SubjectNames() => [.. Subjects.SelectMany(section => Section(section).Keys)];

    public void Add(MapNode file)
    {
        Language.File.Check(file, found);
        foreach (Entry entry in file.Entries)
        {
            if (entry.Key.Value == "sessions")
            {
                AddSessions(entry);
            }
            else if (entry.Value is MapNode section && Language.File.Fields.Any(f => f.Name == entry.Key.Value))
            {
                AddSection(entry.Key.Value, section);
            }
        }
    }

    /// <summary>Adds an entry that stands in no policy file, such as a target out of an inventory.</summary>
    public void AddEntry(string section, Declared declared)
    {
        if (!Section(section).TryAdd(declared.Name, declared))
        {
            Declared first = Section(section)[declared.Name];
            found.Error(declared.Location, "duplicate-name",
                $"`{ScalarNode.Display(declared.Name)}` stands here a second time; the first is at {first.Location}",
                "rename one, or join the two");
        }
    }

    /// <summary>Counts are bounded: the indexes of a snapshot grow with people times rules.</summary>
    public void RefuseTooMany()
    {
        foreach ((string? name, Dictionary<string, Declared>? section) in _sections)
        {
            int most =
                name switch { "rules" => PolicyLimits.Rules, "grants" => PolicyLimits.Grants, _ => PolicyLimits.Names };
            if (section.Count > most)
            {
                found.Error(section.Values.Last().Location, "too-many",
                    $"{section.Count:N0} {name}; a policy has at most {most:N0}");
            }
        }
    }

    private void AddSessions(Entry entry)
    {
        if (Sessions is not null)
        {
            found.Error(entry.Key.Location, "duplicate-name",
                $"`sessions` stands here a second time; the first is at {Sessions.Location}", "join the two");
        }
        else if (entry.Value is MapNode map && found.IsSound(map))
        {
            Sessions = map;
        }
    }

    private void AddSection(string name, MapNode section)
    {
        foreach (Entry entry in section.Entries)
        {
            string? other = Subjects.Contains(name)
                ? Subjects.FirstOrDefault(s => s != name && Section(s).ContainsKey(entry.Key.Value))
                : null;
            if (other is not null)
            {
                found.Error(
                    entry.Key.Location, "duplicate-name",
                    $"{entry.Key.Describe()} is already among the {other}, at "
                        + $"{Section(other)[entry.Key.Value].Location}",
                    "people, groups and roles share their names, so that `who: …` can mean only one of them");
            }

            MapNode body = entry.Value as MapNode ?? new MapNode(entry.Value.Location, []);
            AddEntry(name,
                new Declared(entry.Key.Value, entry.Key.Location, body, entry.Value, found.IsSound(entry.Value)));
        }
    }

    private Dictionary<string, Declared> Section(string name)
    {
        if (!_sections.TryGetValue(name, out Dictionary<string, Declared>? section))
        {
            section = new Dictionary<string, Declared>(StringComparer.Ordinal);
            _sections.Add(name, section);
        }

        return section;
    }
}
