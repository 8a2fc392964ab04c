using System.Xml.Linq;

namespace Bastion.Tidy.Tests;

/// <summary>Who may know whom: few projects, and only downwards (src/ARCHITECTURE.md).</summary>
public class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Text"] = [],
        ["Ssh"] = ["Text"],
        ["Analysis"] = ["Text"],
        ["Policy"] = ["Text"],
        ["Audit"] = ["Text"],
        ["Control"] = ["Text", "Analysis", "Policy", "Audit"],
        ["Storage"] = ["Text", "Audit", "Control"],
        ["Followers"] = ["Text", "Analysis", "Policy", "Audit", "Control", "Storage"],
        ["Web"] = ["Text", "Analysis", "Policy", "Audit", "Control", "Storage", "Followers"],
        ["Server"] = ["Text", "Ssh", "Analysis", "Policy", "Audit", "Control", "Storage", "Followers", "Web"],
        ["Cli"] = ["Text", "Ssh", "Analysis", "Policy", "Audit", "Control", "Storage", "Followers", "Web", "Server"],
    };

    [Fact]
    public void Projects_reference_downwards_only()
    {
        foreach (string project in Repository.Files(".csproj")
            .Where(path => path.StartsWith("src/", StringComparison.Ordinal)))
        {
            string name = Name(project);
            Assert.True(Allowed.TryGetValue(name, out string[]? allowed), $"{project} is not in the table of projects");
            foreach (XElement reference in XDocument.Parse(Repository.Read(project)).Descendants("ProjectReference"))
            {
                Assert.Contains(Name(reference.Attribute("Include")!.Value), allowed);
            }
        }
    }

    [Fact]
    public void Control_has_never_heard_of_ssh() =>
        Assert.DoesNotContain(
            Repository.Files(".cs").Where(path => path.StartsWith("src/Bastion.Control/", StringComparison.Ordinal)),
            path => Repository.Read(path).Contains("Bastion.Ssh", StringComparison.Ordinal));

    [Fact]
    public void Every_project_is_built_by_the_solution()
    {
        string solution = Repository.Read("Bastion.sln").Replace('\\', '/');
        // These need programs that a fresh machine lacks, and are run by tests/run.
        string[] apart = ["Bastion.Conformance", "Bastion.EndToEnd"];
        foreach (string project in Repository.Files(".csproj"))
        {
            Assert.Equal(
                !apart.Contains(Path.GetFileNameWithoutExtension(project)),
                solution.Contains(project, StringComparison.Ordinal));
        }
    }

    private static string Name(string project) =>
        Path.GetFileNameWithoutExtension(project).Replace("Bastion.", "", StringComparison.Ordinal);
}
