using System.Globalization;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Inventories;

/// <summary>
/// Hosts of an OpenSSH client configuration (ssh_config(5)): `Host` blocks with plain names, their `HostName` and
/// `Port`. As in ssh the first value obtained counts. Patterns and `Match` blocks name no machine and are passed over.
/// </summary>
internal static class OpenSshConfig
{
    public static IReadOnlyList<InventoryHost> Read(string path, string text, DiagnosticBag found)
    {
        var hosts = new Dictionary<string, InventoryHost>(StringComparer.Ordinal);
        var current = new List<string>();
        var named = new HashSet<(string Host, string Key)>();
        foreach ((int index, string? line) in text.Split('\n').Index())
        {
            var at = new SourceLocation(path, index + 1, 1 + line.Length - line.TrimStart().Length);
            (string? key, string? value) = KeyAndValue(line);
            switch (key)
            {
                case "host":
                    current = [.. value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
                        .Select(name => name.Trim('"')).Where(name => !name.AsSpan().ContainsAny("*?!"))];
                    foreach (string name in current)
                    {
                        hosts.TryAdd(name, new InventoryHost(name, at, name, null, []));
                    }

                    break;
                case "match":
                    current = [];
                    break;
                case "include" when current.Count == 0:
                    found.Warning(at, "include", "`Include` is not followed",
                        "name the included file as an inventory of its own");
                    break;
                case "hostname":
                    foreach (string? name in current.Where(name => named.Add((name, key))))
                    {
                        hosts[name] = hosts[name] with
                        {
                            Host = value.Replace("%h", name, StringComparison.Ordinal).Trim('"'),
                        };
                    }

                    break;
                case "port":
                    if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int port)
                        || port is < 1 or > 65_535)
                    {
                        found.Error(at, "bad-value", $"`{ScalarNode.Display(value)}` is not a port", "1 to 65535");
                        break;
                    }

                    foreach (string? name in current.Where(name => named.Add((name, key))))
                    {
                        hosts[name] = hosts[name] with { Port = port };
                    }

                    break;
            }
        }

        return [.. hosts.Values];
    }

    // `Key value`, `Key=value`, `Key "value"`; keys are not case-sensitive.
    private static (string Key, string Value) KeyAndValue(string line)
    {
        string trimmed = line.Trim();
        if (trimmed.Length == 0 || trimmed[0] == '#')
        {
            return ("", "");
        }

        int end = trimmed.AsSpan().IndexOfAny(' ', '\t', '=');
        return end < 0
            ? (trimmed.ToLowerInvariant(), "")
            : (trimmed[..end].ToLowerInvariant(), trimmed[end..].TrimStart(' ', '\t', '=').Trim());
    }
}
