using Bastion.Policy.Checking;
using Bastion.Policy.Syntax;

namespace Bastion.Policy;

/// <summary>
/// Reads a policy that loads, for what its writer probably did not mean: rules that never decide, roles nobody has,
/// targets nobody reaches, requirements nobody can meet, people who approve each other. Behind `bastion policy check`.
/// </summary>
public static class PolicyCheck
{
    /// <summary>Warnings only, by place.</summary>
    public static IReadOnlyList<PolicyDiagnostic> Findings(PolicySnapshot policy, DateTimeOffset now)
    {
        var found = new DiagnosticBag();
        var reach = new Reach(policy.Index);
        SubjectChecks.Run(policy.Index, reach, found);
        GrantChecks.Run(policy.Index, reach, now, found);
        RuleChecks.Run(policy.Index, reach, found);
        ApproverChecks.Run(policy.Index, reach, found);
        return found.Sorted();
    }

    /// <summary>
    /// Grants wider than used: what no recorded intent needed. Give it the intents of a period long enough to judge by.
    /// </summary>
    public static IReadOnlyList<PolicyDiagnostic> Unused(PolicySnapshot policy, IEnumerable<RecordedIntent> intents)
    {
        var found = new DiagnosticBag();
        UsageCheck.Run(policy.Index, intents, found);
        return found.Sorted();
    }
}
