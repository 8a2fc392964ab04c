using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bastion.Policy.Checking;
using Bastion.Policy.Shapes;
using Bastion.Policy.Syntax;
using static Bastion.Policy.Tests.PolicyTexts;

namespace Bastion.Policy.Tests;

/// <summary>What policies/README.md shows is the language as it is: its examples load, its errors are the
/// errors.</summary>
public sealed partial class LanguageReferenceTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "policies", "README.md"));

    public static TheoryData<string> Examples => new(YamlBlock().Matches(Page)
        .Select(m => m.Groups[1].Value)
        .Where(block => block.Length > 0 && char.IsAsciiLetterLower(block[0])));

    [Theory]
    [MemberData(nameof(Examples))]
    public void Every_whole_example_is_well_formed(string example)
    {
        string text = example.Replace("AAAAC3…", "AAAAC3NzaC1lZDI1NTE5AAAAICv90UrSdt4aaCPIQe6vKeXtsmgnkNJhYHxo0w5yUmAD",
            StringComparison.Ordinal);
        var found = new DiagnosticBag();

        MapNode? root = YamlReader.Read(PolicyFile.FromText("README.md", text), found);
        (text.StartsWith("cases:", StringComparison.Ordinal) ? CaseLanguage.File : Language.File).Check(root!, found);

        Assert.Empty(found.Sorted());
    }

    [Theory]
    [InlineData("groups: {operators: {}}\nroles: {operators: {}}",
        "`operators` is already among the groups, at a.yaml:1:10 [duplicate-name]")]
    [InlineData("people: {alice: }\ngroups: {operators: {members: [alise]}}",
        "member `alise` is neither a person nor a group of this policy [missing-name]")]
    [InlineData("people: {erin: }\nroles:\n  security-administration: {held-by: erin}\n  audit-administration: "
        + "{held-by: erin}",
        "`erin` holds `security-administration` and `audit-administration`; one person holds one of them "
        + "[duties-joined]")]
    [InlineData("rules: {r: {effects: file.delte, permit: true}}", "`file.delte` is not an effect [bad-value]")]
    [InlineData("rules: {r: {effects: *, permit: true}}", "put a pattern that starts with `*` in quotes: \"*\"")]
    [InlineData("rules: {r: {effects: \"*\", permit: true, forbid: true, because: x}}",
        "a rule has one verdict, found `permit` and `forbid` [two-verdicts]")]
    public void Every_error_it_shows_is_the_error(string policy, string error)
    {
        Assert.Contains(error.Replace("a.yaml:1:10", "people.yaml:6:3", StringComparison.Ordinal), Page,
            StringComparison.Ordinal);
        Assert.Contains(error, Findings(policy), StringComparison.Ordinal);
    }

    [Fact]
    public void It_names_every_section_and_every_key_of_grants_and_rules()
    {
        JsonNode schema = System.Text.Json.Nodes.JsonNode.Parse(PolicySchema.OfPolicyFiles())!["$defs"]!;
        string[] blocks =
            ["policy", "grant", "rule", "allow", "conditions", "requirement", "target", "role", "group", "person"];
        var missing = blocks
            .SelectMany(block => schema[block]!["properties"]!.AsObject().Select(p => p.Key))
            .Distinct()
            .Where(key => !Regex.IsMatch(Page, $@"(?<![a-z-]){Regex.Escape(key)}(?![a-z-])"))
            .ToList();

        Assert.Equal([], missing);
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex YamlBlock();
}
