using System.Reflection;
using System.Text;

namespace Bastion.Policy;

/// <summary>What the demo knows only when it runs.</summary>
/// <param name="HostKey">The target's host key, `type base64`.</param>
/// <param name="Accounts">Login on the target to the name of its credential.</param>
/// <param name="Keys">Public key lines of `alice`, `bob` and `carol`, by name.</param>
public sealed record DemoPolicyValues(
    string Host, int Port, string HostKey, IReadOnlyDictionary<string, string> Accounts, string DefaultAccount,
    IReadOnlyDictionary<string, string> Keys);

/// <summary>The policies that come with the product, for writing into a new directory.</summary>
public static class PolicyTemplates
{
    private const string Root = "policies/";
    private const string Demo = "policies/demo/";

    /// <summary>The shipped policy with its cases, schemas and language reference, as a start for a real one.</summary>
    public static void WriteShipped(string directory) =>
        Write(directory, Root, name => !name.StartsWith(Demo, StringComparison.Ordinal));

    /// <summary>The demo's policy, with its target and the people's keys filled in.</summary>
    public static void WriteDemo(string directory, DemoPolicyValues values)
    {
        Write(directory, Demo, _ => true);
        File.WriteAllText(Path.Combine(directory, "targets.yaml"), Targets(values));
        var people = Path.Combine(directory, "people.yaml");
        File.WriteAllText(people, WithKeys(File.ReadAllText(people), values.Keys));
    }

    private static void Write(string directory, string prefix, Func<string, bool> isWanted)
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(prefix, StringComparison.Ordinal) && isWanted(n)))
        {
            var path = Path.Combine(directory, name[prefix.Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using var from = assembly.GetManifestResourceStream(name)!;
            using var to = File.Create(path);
            from.CopyTo(to);
        }
    }

    private static string Targets(DemoPolicyValues values)
    {
        var accounts = string.Join(", ", values.Accounts.Select(a => $"{a.Key}: {a.Value}"));
        return $$"""
            # Where the demo's target listens. Written by the demo, with the port it took and the target's host key.
            targets:
              orders-db:
                description: order database, production
                host: "{{values.Host}}"
                port: {{values.Port}}
                labels: {environment: production, kind: database, system: orders}
                host-keys: {{values.HostKey}}
                accounts: { {{accounts}} }
                default-account: {{values.DefaultAccount}}

            """;
    }

    private static string WithKeys(string people, IReadOnlyDictionary<string, string> keys)
    {
        var text = new StringBuilder(people);
        foreach (var (name, key) in keys)
        {
            text.Replace($"\n  {name}:\n", $"\n  {name}:\n    keys: [\"{key.Trim()}\"]\n");
        }

        return text.ToString();
    }
}
