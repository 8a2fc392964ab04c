using System.Text;
using Bastion.Policy.Inventories;
using Bastion.Policy.Shapes;
using Bastion.Policy.Syntax;
using Bastion.Policy.Values;

namespace Bastion.Policy.Loading;

/// <summary>Turns the hosts of inventory files into targets.</summary>
internal sealed class InventoryBinder(Declarations declared, Func<string, PolicyFile?> open, DiagnosticBag found)
{
    private readonly List<PolicyFile> _files = [];
    private readonly List<string> _paths = [];

    /// <summary>The files read, under the names policy files give them: they are part of the version.</summary>
    public IReadOnlyList<PolicyFile> Files => _files;

    public IReadOnlyList<string> Paths => _paths;

    public IEnumerable<Target> Targets()
    {
        foreach (Declared inventory in declared.Sound("inventories"))
        {
            foreach (Target target in Targets(inventory))
            {
                yield return target;
            }
        }
    }

    private List<Target> Targets(Declared inventory)
    {
        var named = (ScalarNode)inventory.Body["file"]!;
        string path = Path.Combine(Path.GetDirectoryName(inventory.Location.File) ?? "", named.Value)
            .Replace('\\', '/');
        if (open(path) is not { } file)
        {
            found.Error(named.Location, "unreadable", $"the inventory {named.Describe()} cannot be read",
                $"looked for {path}");
            return [];
        }

        if (file.Content.Length > PolicyLimits.FileBytes)
        {
            found.Error(named.Location, "too-large", $"the inventory has more than {PolicyLimits.FileBytes:N0} bytes");
            return [];
        }

        if (new TargetBinder(found).DefaultAccount(inventory,
            Read.Table(inventory.Body, "accounts")) is not { } account)
        {
            return [];
        }

        _files.Add(file with { Path = named.Value });
        _paths.Add(path);
        IReadOnlyList<string> only = Read.Texts(inventory.Body, "only");
        return Read.Text(inventory.Body, "format") == "bastion"
            ? OwnTargets(inventory, file).Where(t => IsWanted(only, t.Name)).ToList()
            : Hosts(inventory, file).Where(h => IsWanted(only, h.Name)).Select(h => Target(inventory, h, account))
            .OfType<Target>().ToList();
    }

    private static bool IsWanted(IReadOnlyList<string> only, string name) =>
        only.Count == 0 || only.Any(pattern => Glob.Matches(pattern, name));

    private IReadOnlyList<InventoryHost> Hosts(Declared inventory, PolicyFile file)
    {
        string text = Encoding.UTF8.GetString(file.Content.Span).ReplaceLineEndings("\n");
        IReadOnlyList<InventoryHost> hosts = Read.Text(inventory.Body, "format") switch
        {
            "openssh" => OpenSshConfig.Read(file.Path, text, found),
            "ansible-ini" => AnsibleInventory.ReadIni(file.Path, text, found),
            _ => AnsibleInventory.ReadYaml(file, found),
        };
        WarnOfMissingGroups(inventory, hosts);
        return hosts;
    }

    private void WarnOfMissingGroups(Declared inventory, IReadOnlyList<InventoryHost> hosts)
    {
        if (inventory.Body["group-labels"] is not MapNode groups)
        {
            return;
        }

        var known = hosts.SelectMany(h => h.Groups).ToHashSet(StringComparer.Ordinal);
        foreach (Entry? group in groups.Entries.Where(g => !known.Contains(g.Key.Value)))
        {
            found.Error(group.Key.Location, "missing-name",
                $"the inventory has no group {group.Key.Describe()} with hosts",
                Suggestion.Help(group.Key.Value, known));
        }
    }

    private Target? Target(Declared inventory, InventoryHost host, string account)
    {
        if (!TextShapes.Name.Accepts(host.Name) || !TextShapes.Host.Accepts(host.Host))
        {
            string wrong = TextShapes.Name.Accepts(host.Name) ? host.Host : host.Name;
            found.Error(host.Location, "bad-value", $"`{ScalarNode.Display(wrong)}` cannot be a target's name or host",
                "leave it out with `only`, or give it a plain name and `ansible_host`");
            return null;
        }

        return new Target
        {
            Name = host.Name,
            Host = host.Host,
            Port = host.Port ?? 22,
            Labels = LabelsOf(inventory, host),
            Accounts = Read.Table(inventory.Body, "accounts"),
            DefaultAccount = account,
            Location = host.Location,
        };
    }

    private Dictionary<string, string> LabelsOf(Declared inventory, InventoryHost host)
    {
        var labels = new Dictionary<string, string>(Read.Table(inventory.Body, "labels"), StringComparer.Ordinal);
        if (inventory.Body["group-labels"] is not MapNode groups)
        {
            return labels;
        }

        foreach (Entry? group in groups.Entries.Where(g => host.Groups.Contains(g.Key.Value)))
        {
            foreach ((string? key, string? value) in Read.Table(groups, group.Key.Value))
            {
                if (!labels.TryAdd(key, value) && labels[key] != value)
                {
                    found.Error(host.Location, "two-values",
                        $"`{host.Name}` gets label `{key}` twice: `{labels[key]}` and `{value}` (from group "
                            + $"`{group.Key.Value}`)",
                            "a target has one value for a label: it decides which rules hold");
                }
            }
        }

        return labels;
    }

    private IEnumerable<Target> OwnTargets(Declared inventory, PolicyFile file)
    {
        if (YamlReader.Read(file, found) is not { } root)
        {
            yield break;
        }

        LanguageParts.InventoryFile.Check(root, found);
        if (root["targets"] is not MapNode targets)
        {
            yield break;
        }

        foreach (Entry? entry in targets.Entries.Where(e => found.IsSound(e.Value)))
        {
            MapNode own = TargetBinder.WithDefaults((MapNode)entry.Value, inventory.Body);
            var labels = new Dictionary<string, string>(Read.Table(inventory.Body, "labels"), StringComparer.Ordinal);
            if (new TargetBinder(found).Bind(
                new Declared(entry.Key.Value, entry.Key.Location, own, own, IsSound: true)) is not { } target)
            {
                continue;
            }

            foreach ((string? key, string? value) in target.Labels)
            {
                labels[key] = value;
            }

            yield return target with { Labels = labels };
        }
    }
}
