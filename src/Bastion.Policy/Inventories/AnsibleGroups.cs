namespace Bastion.Policy.Inventories;

/// <summary>What an Ansible inventory says, gathered line by line: hosts, their groups, and groups in groups.</summary>
internal sealed class AnsibleGroups
{
    private readonly Dictionary<string, (SourceLocation Location, Dictionary<string, string> Variables)> _hosts =
        new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _groupsOfHost = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _parentsOfGroup = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, string>> _variablesOfGroup = new(StringComparer.Ordinal);

    public int Count => _hosts.Count;

    public void AddHost(string name, string group, SourceLocation location)
    {
        _hosts.TryAdd(name, (location, new Dictionary<string, string>(StringComparer.Ordinal)));
        Set(_groupsOfHost, name).Add(group);
    }

    public void SetHostVariable(string host, string name, string value) => _hosts[host].Variables[name] = value;

    public void SetGroupVariable(string group, string name, string value)
    {
        if (!_variablesOfGroup.TryGetValue(group, out Dictionary<string, string>? variables))
        {
            _variablesOfGroup.Add(group, variables = new Dictionary<string, string>(StringComparer.Ordinal));
        }

        variables[name] = value;
    }

    public void AddChild(string parent, string child) => Set(_parentsOfGroup, child).Add(parent);

    public IReadOnlyList<InventoryHost> Hosts() => [.. _hosts.Select(host =>
    {
        List<string> groups = GroupsOf(host.Key);
        string? port = Variable(host.Key, groups, "ansible_port") ?? Variable(host.Key, groups, "ansible_ssh_port");
        return new InventoryHost(
            host.Key, host.Value.Location,
            Variable(host.Key, groups, "ansible_host") ?? Variable(host.Key, groups, "ansible_ssh_host") ?? host.Key,
            int.TryParse(port, System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 65_535
                    ? number
                    : null,
            groups);
    })];

    private string? Variable(string host, IReadOnlyList<string> groups, string name)
    {
        if (_hosts[host].Variables.TryGetValue(name, out string? own))
        {
            return own;
        }

        // Nearer groups come first in the list, as Ansible lets a child's variable win over its parent's.
        foreach (string? group in groups.Append("all"))
        {
            if (_variablesOfGroup.TryGetValue(group, out Dictionary<string, string>? variables)
                && variables.TryGetValue(name, out string? value))
            {
                return value;
            }
        }

        return null;
    }

    private List<string> GroupsOf(string host)
    {
        var reached = new List<string>();
        var open = new Queue<string>(_groupsOfHost[host].Order(StringComparer.Ordinal));
        while (open.TryDequeue(out string? group))
        {
            if (!reached.Contains(group))
            {
                reached.Add(group);
                foreach (string? parent in _parentsOfGroup.GetValueOrDefault(group, []).Order(StringComparer.Ordinal))
                {
                    open.Enqueue(parent);
                }
            }
        }

        return reached;
    }

    private static HashSet<string> Set(Dictionary<string, HashSet<string>> sets, string key)
    {
        if (!sets.TryGetValue(key, out HashSet<string>? set))
        {
            sets.Add(key, set = new HashSet<string>(StringComparer.Ordinal));
        }

        return set;
    }
}
