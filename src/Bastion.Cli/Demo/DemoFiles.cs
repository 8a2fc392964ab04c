using System.Reflection;
using System.Text.RegularExpressions;

namespace Bastion.Cli.Demo;

/// <summary>The demo's policy and what its people are given, written below the data directory.</summary>
internal sealed partial class DemoFiles
{
    private const string PolicyResource = "demo-policy/";

    public DemoFiles(string dataDirectory)
    {
        Root = Path.Combine(Path.GetFullPath(dataDirectory), "demo");
        Directory.CreateDirectory(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Policy = Path.Combine(Root, "policies");
        KnownHosts = Path.Combine(Root, "known_hosts");
    }

    public string Root { get; }

    public string Policy { get; }

    public string KnownHosts { get; }

    /// <summary>The shipped demo policy, with this run's people and target in place of the examples.</summary>
    public void WritePolicy(IEnumerable<DemoPerson> people, int targetPort, string targetHostKey)
    {
        Directory.CreateDirectory(Policy);
        Assembly assembly = typeof(DemoFiles).Assembly;
        foreach (string name in assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(PolicyResource, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            string text = reader.ReadToEnd();
            string file = Path.Combine(Policy, name[PolicyResource.Length..]);
            // Ports and keys are new at every start; whatever else was changed by hand stays.
            bool ours = name.EndsWith("people.yaml", StringComparison.Ordinal)
                || name.EndsWith("targets.yaml", StringComparison.Ordinal);
            if (ours || !File.Exists(file))
            {
                File.WriteAllText(file, WithTarget(WithKeys(text, people), targetPort, targetHostKey));
            }
        }
    }

    private static string WithKeys(string text, IEnumerable<DemoPerson> people)
    {
        foreach (DemoPerson person in people)
        {
            text = text.Replace(
                $"\n  {person.Name}:\n", $"\n  {person.Name}:\n    keys: ['{person.PublicKey}']\n",
                StringComparison.Ordinal);
        }

        return text;
    }

    private static string WithTarget(string text, int port, string hostKey) =>
        HostKeyLine().Replace(
            text.Replace("    port: 2022\n", $"    port: {port}\n", StringComparison.Ordinal),
            $"    host-keys: {hostKey}");

    [GeneratedRegex("^    host-keys: .*$", RegexOptions.Multiline)]
    private static partial Regex HostKeyLine();
}
