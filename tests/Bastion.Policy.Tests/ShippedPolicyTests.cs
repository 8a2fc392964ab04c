namespace Bastion.Policy.Tests;

/// <summary>The policies in the repository load, keep their cases, and leave the check nothing to say.</summary>
public sealed class ShippedPolicyTests
{
    public static TheoryData<string> Directories => new("policies", "policies/demo", "policies/starter");

    [Theory]
    [MemberData(nameof(Directories))]
    public void A_shipped_policy_keeps_its_cases(string directory)
    {
        string path = Path.Combine(Repository.Root, directory);
        PolicyLoadResult loaded = PolicyLoader.Load(path);
        Assert.Empty(loaded.Diagnostics);
        var cases = PolicyCaseFiles.Load(path);
        Assert.Empty(cases.Diagnostics);

        IReadOnlyList<PolicyCaseResult> results =
            PolicyTest.Run(loaded.Snapshot!, cases.Cases, text => throw new NotSupportedException(text));

        Assert.True(cases.Cases.Count >= 5, "a shipped policy has cases");
        Assert.True(results.All(r => r.Passed), string.Join('\n', results.Where(r => !r.Passed)));
    }

    [Theory]
    [MemberData(nameof(Directories))]
    public void The_check_has_nothing_to_say_about_a_shipped_policy(string directory)
    {
        PolicySnapshot policy = PolicyLoader.Load(Path.Combine(Repository.Root, directory)).Snapshot!;

        // The starter leaves the host key to be filled in.
        var findings = PolicyCheck.Findings(policy, PolicyTexts.MondayTen)
            .Where(f => directory != "policies/starter" || f.Code != "no-host-key").ToList();

        Assert.True(findings.Count == 0, string.Join('\n', findings));
    }

    [Fact]
    public void The_published_schemas_are_those_of_the_loader()
    {
        // Mend with: BASTION_WRITE_SCHEMAS=1 dotnet test tests/Bastion.Policy.Tests --filter schemas
        string policies = Path.Combine(Repository.Root, "policies");
        if (Environment.GetEnvironmentVariable("BASTION_WRITE_SCHEMAS") == "1")
        {
            File.WriteAllText(Path.Combine(policies, "policy.schema.json"), PolicySchema.OfPolicyFiles());
            File.WriteAllText(Path.Combine(policies, "cases.schema.json"), PolicySchema.OfCaseFiles());
        }

        Assert.Equal(PolicySchema.OfPolicyFiles(), File.ReadAllText(Path.Combine(policies, "policy.schema.json")));
        Assert.Equal(PolicySchema.OfCaseFiles(), File.ReadAllText(Path.Combine(policies, "cases.schema.json")));
    }
}
