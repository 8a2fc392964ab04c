namespace Bastion.Policy;

/// <summary>How one case went.</summary>
/// <param name="Problem">What was decided instead, or null when the case passed.</param>
public sealed record PolicyCaseResult(PolicyCase Case, Decision? Decision, string? Problem)
{
    public bool Passed => Problem is null;

    public override string ToString() =>
        Passed ? $"ok      {Case.Name}" : $"FAILED  {Case.Name} ({Case.Location})\n        {Problem}";
}

/// <summary>Runs expected-decision cases. Behind `bastion policy test`, and before every reload.</summary>
public static class PolicyTest
{
    /// <param name="analyse">Finds the effects of a case's command line; a case it cannot read it answers by
    /// throwing.</param>
    public static IReadOnlyList<PolicyCaseResult> Run(
        PolicySnapshot policy, IReadOnlyList<PolicyCase> cases, Func<string, IReadOnlyList<PolicyEffect>> analyse) =>
        [.. cases.Select(one => Run(policy, one, analyse))];

    private static PolicyCaseResult Run(PolicySnapshot policy, PolicyCase one,
        Func<string, IReadOnlyList<PolicyEffect>> analyse)
    {
        try
        {
            PolicyRequest request = one.Request with
            {
                Account = one.Account ?? policy.Targets.GetValueOrDefault(one.Request.Target)?.DefaultAccount ?? "",
                Effects = one.Command is null ? one.Request.Effects : analyse(one.Command),
            };
            Decision decision = policy.Decide(request);
            return new PolicyCaseResult(one, decision, Problem(one.Expected, decision));
        }
        catch (Exception wrong) when (wrong is not OutOfMemoryException)
        {
            return new PolicyCaseResult(one, null, $"the command could not be analysed: {wrong.Message}");
        }
    }

    private static string? Problem(CaseExpectation expected, Decision decision)
    {
        if (decision.Outcome != expected.Outcome)
        {
            return $"expected {PolicyWords.Of(expected.Outcome)}, decided {PolicyWords.Of(decision.Outcome)}: "
                + $"{decision.Explanation.En}";
        }

        if (expected.Rule is { } rule && decision.Determining.All(d => d.Name != rule))
        {
            return $"expected `{rule}` to decide, but it was "
                + $"{string.Join(", ", decision.Determining.Select(d => $"`{d.Name}`"))}";
        }

        int approvers = decision.Requirements.Sum(r => r.Approvers);
        if (expected.Approvers is { } wanted && wanted != approvers)
        {
            return $"expected {wanted} approvers, asked for {approvers}";
        }

        if (expected.Tier is { } tier && tier != decision.Tier)
        {
            return $"expected tier {PolicyWords.Of(tier)}, decided {PolicyWords.Of(decision.Tier)}";
        }

        var untold = expected.Notify.Except(decision.Notify).ToList();
        return untold.Count == 0 ? null : $"expected {string.Join(", ", untold)} to be told";
    }
}
