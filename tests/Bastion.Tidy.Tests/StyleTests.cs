using System.Text.RegularExpressions;

namespace Bastion.Tidy.Tests;

/// <summary>Style that is run does not decay.</summary>
public partial class StyleTests
{
    /// <summary>A file is read without scrolling back.</summary>
    private const int MaximumLines = 500;

    /// <summary>The few that are one machine, whose states and lock would be torn apart by a split.</summary>
    private static readonly string[] OneMachine =
    [
        "src/Bastion.Ssh/Channel.cs", "src/Bastion.Ssh/Transport/PacketSender.cs",
        "src/Bastion.Control/Approvals/ApprovalDesk.cs",
        "src/Bastion.Analysis/Evaluation/Arithmetic.cs", "src/Bastion.Analysis/Sql/Predicate.cs",
        "src/Bastion.Analysis/Shell/Parser.cs", "src/Bastion.Analysis/Shell/Parser.Compound.cs",
        "src/Bastion.Audit/Log/Journal.cs", "src/Bastion.Ssh/Transport/SshTransport.cs",
    ];

    [Fact]
    public void Files_are_short_enough_to_be_read()
    {
        IEnumerable<string> tooLong = Repository.Files(".cs")
            .Where(path => path.StartsWith("src/", StringComparison.Ordinal) && !OneMachine.Contains(path))
            .Select(path => (path, lines: Repository.Lines(path).Length))
            .Where(file => file.lines > MaximumLines)
            .Select(file => $"{file.path}: {file.lines} lines");
        Repository.AssertNone(tooLong);
    }

    [Fact]
    public void Nothing_unfinished_and_nothing_unowned_is_left_in_the_code()
    {
        var found = new List<string>();
        foreach (string path in Repository.Files(".cs")
            .Where(path => !path.EndsWith("StyleTests.cs", StringComparison.Ordinal)))
        {
            string[] lines = Repository.Lines(path);
            for (int i = 0; i < lines.Length; i++)
            {
                if (Banned().IsMatch(lines[i]))
                {
                    found.Add($"{path}:{i + 1}: {lines[i].Trim()}");
                }
            }
        }

        Repository.AssertNone(found);
    }

    [Fact]
    public void Links_between_pages_lead_somewhere()
    {
        var dead = new List<string>();
        foreach (string page in Repository.Files(".md"))
        {
            foreach (Match link in Link().Matches(Repository.Read(page)))
            {
                string place = link.Groups["place"].Value.Split('#')[0];
                if (place.Length > 0 && !place.Contains("://", StringComparison.Ordinal)
                    && !Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, place)))
                {
                    dead.Add($"{page}: {place}");
                }
            }
        }

        Repository.AssertNone(dead);
    }

    [Fact]
    public void Projects_and_folders_have_names_that_say_what_is_in_them()
    {
        string[] empty = ["Utils", "Util", "Helpers", "Helper", "Manager", "Core", "Common", "Misc", "Shared"];
        Assert.DoesNotContain(
            Repository.Files(".cs").Where(path => path.StartsWith("src/", StringComparison.Ordinal)),
            path => path.Split('/', '.').Intersect(empty).Any());
    }

    [GeneratedRegex(@"#region|\basync void\b|\bTODO\b|\bFIXME\b|\bHACK\b|NotImplementedException|Assert\.True\(true\)|Skip\s*=\s*""|AsTask\(\)\.GetAwaiter\(\)")]
    private static partial Regex Banned();

    [GeneratedRegex(@"\[[^\]]*\]\((?<place>[^)\s]+)\)")]
    private static partial Regex Link();
}
