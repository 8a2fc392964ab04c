using Bastion.Policy.Syntax;

namespace Bastion.Policy.Inventories;

/// <summary>
/// Ansible inventories in their two forms. Read for what a gateway needs: which hosts, in which groups, at which
/// address (`ansible_host`) and port (`ansible_port`). Everything else in them is Ansible's business.
/// </summary>
internal static class AnsibleInventory
{
    private const string Ungrouped = "ungrouped";

    public static IReadOnlyList<InventoryHost> ReadIni(string path, string text, DiagnosticBag found)
    {
        var groups = new AnsibleGroups();
        (string? section, string? part) = (Ungrouped, "hosts");
        foreach ((int index, string? raw) in text.Split('\n').Index())
        {
            string line = WithoutComment(raw);
            var at = new SourceLocation(path, index + 1, 1 + raw.Length - raw.TrimStart().Length);
            if (line.Length == 0)
            {
                continue;
            }

            if (line.StartsWith('['))
            {
                if (!line.EndsWith(']') || line.Length < 3)
                {
                    found.Error(at, "bad-value", $"`{ScalarNode.Display(line)}` is not a section",
                        "a section is written `[group]`, `[group:vars]` or `[group:children]`");
                    return [];
                }

                string[] name = line[1..^1].Split(':', 2);
                (section, part) = (name[0].Trim(), name.Length == 2 ? name[1].Trim() : "hosts");
                if (part is not ("hosts" or "vars" or "children"))
                {
                    found.Error(at, "bad-value", $"`{ScalarNode.Display(part)}` is no kind of section",
                        "a section is written `[group]`, `[group:vars]` or `[group:children]`");
                    return [];
                }
            }
            else if (part == "children")
            {
                groups.AddChild(section, line);
            }
            else if (part == "vars")
            {
                (string? name, string? value) = Variable(line);
                groups.SetGroupVariable(section, name, value);
            }
            else if (!AddHosts(groups, section, line, at, found))
            {
                return [];
            }
        }

        return groups.Hosts();
    }

    public static IReadOnlyList<InventoryHost> ReadYaml(PolicyFile file, DiagnosticBag found)
    {
        var groups = new AnsibleGroups();
        if (YamlReader.Read(file, found) is { } root)
        {
            foreach (Entry entry in root.Entries)
            {
                AddGroup(groups, entry.Key.Value, entry.Value, found);
            }
        }

        return groups.Hosts();
    }

    // Depth is bounded by the YAML reader.
    private static void AddGroup(AnsibleGroups groups, string name, Node node, DiagnosticBag found)
    {
        if (node is not MapNode group)
        {
            return;
        }

        foreach (Entry host in (group["hosts"] as MapNode)?.Entries ?? [])
        {
            if (!TryAdd(groups, name, host.Key.Value, host.Key.Location, found, out IReadOnlyList<string>? hosts))
            {
                return;
            }

            foreach (Entry variable in (host.Value as MapNode)?.Entries ?? [])
            {
                if (variable.Value is ScalarNode value)
                {
                    foreach (string one in hosts)
                    {
                        groups.SetHostVariable(one, variable.Key.Value, value.Value);
                    }
                }
            }
        }

        foreach (Entry variable in (group["vars"] as MapNode)?.Entries ?? [])
        {
            if (variable.Value is ScalarNode value)
            {
                groups.SetGroupVariable(name, variable.Key.Value, value.Value);
            }
        }

        foreach (Entry child in (group["children"] as MapNode)?.Entries ?? [])
        {
            groups.AddChild(name, child.Key.Value);
            AddGroup(groups, child.Key.Value, child.Value, found);
        }
    }

    private static bool AddHosts(AnsibleGroups groups, string group, string line, SourceLocation at,
        DiagnosticBag found)
    {
        string[] words = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        if (!TryAdd(groups, group, words[0], at, found, out IReadOnlyList<string>? hosts))
        {
            return false;
        }

        foreach (string? word in words.Skip(1).Where(word => word.Contains('=')))
        {
            (string? name, string? value) = Variable(word);
            foreach (string host in hosts)
            {
                groups.SetHostVariable(host, name, value);
            }
        }

        return true;
    }

    private static bool TryAdd(AnsibleGroups groups, string group, string pattern, SourceLocation at,
        DiagnosticBag found, out IReadOnlyList<string> hosts)
    {
        if (!HostRange.TryExpand(pattern, out hosts))
        {
            found.Error(at, "bad-value", $"`{ScalarNode.Display(pattern)}` is not a range of hosts",
                $"such as `web[01:50]` or `db-[a:f]`, of at most {HostRange.MaximumNames:N0} names");
            return false;
        }

        foreach (string host in hosts)
        {
            groups.AddHost(host, group, at);
        }

        if (groups.Count > PolicyLimits.Names)
        {
            found.Error(at, "too-many", $"more than {PolicyLimits.Names:N0} hosts in one inventory");
            return false;
        }

        return true;
    }

    private static (string Name, string Value) Variable(string text)
    {
        int equals = text.IndexOf('=');
        return equals < 0 ? (text.Trim(), "") : (text[..equals].Trim(), text[(equals + 1)..].Trim().Trim('"', '\''));
    }

    private static string WithoutComment(string line)
    {
        line = line.Trim();
        if (line.StartsWith('#') || line.StartsWith(';'))
        {
            return "";
        }

        int comment = line.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? line : line[..comment].TrimEnd();
    }
}
