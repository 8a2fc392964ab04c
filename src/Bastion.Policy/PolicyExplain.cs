using System.Numerics;
using Bastion.Policy.Evaluation;
using Bastion.Policy.Model;

namespace Bastion.Policy;

/// <summary>One grant or rule that was looked at, and what came of it.</summary>
/// <param name="Kind">`grant` or `rule`.</param>
/// <param name="Effect">The effect a rule was asked about; null when it was asked about the act itself.</param>
/// <param name="Result">`gives`, `matches`, `does not match`, `cannot be evaluated`, or what keeps a grant from
/// giving.</param>
public sealed record ExplainStep(string Kind, string Name, SourceLocation Location, string? Effect, string Result);

/// <summary>A decision with everything that was looked at on the way.</summary>
public sealed record PolicyExplanation(Decision Decision, IReadOnlyList<ExplainStep> Steps);

/// <summary>What the same act would come to for somebody who holds just this role.</summary>
public sealed record RoleVerdict(string Role, Decision Decision);

/// <summary>Opens up a decision: behind `bastion policy explain`. Never used by the gate.</summary>
public static class PolicyExplain
{
    private const string Nobody = "(anyone)";

    public static PolicyExplanation Explain(PolicySnapshot policy, PolicyRequest request)
    {
        var steps = new List<ExplainStep>();
        Identity identity = policy.Index.Identify(request.Principal);
        if (policy.Targets.TryGetValue(request.Target, out Target? target) && !identity.IsGone)
        {
            AddGrants(policy.Index, identity, target, request, steps);
            AddRules(policy.Index, identity, target, request, null, steps);
            foreach (PolicyEffect effect in request.Effects)
            {
                AddRules(policy.Index, identity, target, request, effect, steps);
            }
        }

        return new PolicyExplanation(policy.Decide(request), steps);
    }

    /// <summary>The verdict for each role of the policy, asked by nobody in particular.</summary>
    public static IReadOnlyList<RoleVerdict> ByRole(PolicySnapshot policy, PolicyRequest request)
    {
        PolicyRequest nobody = request with { Principal = new PolicyPrincipal(Nobody) };
        return
        [
            .. policy.Roles.Values
                .Concat<object>(policy.Groups.Values)
                .Select(subject => subject is Role role ? role.Name : ((Group)subject).Name)
                .Where(name => policy.Index.Grants.Any(g => g.Grant.Who.Contains(name)))
                .Order(StringComparer.Ordinal)
                .Select(name =>
                new RoleVerdict(name, Authorizer.Decide(policy.Index, nobody, policy.Index.HolderOf(name, Nobody)))),
        ];
    }

    private static void AddGrants(PolicyIndex index, Identity identity, Target target, PolicyRequest request,
        List<ExplainStep> steps)
    {
        for (int word = 0; word < index.GrantWords; word++)
        {
            for (ulong bits = index.GrantBits(word, target, identity); bits != 0; bits &= bits - 1)
            {
                Grant grant = index.Grants[(word << 6) + BitOperations.TrailingZeroCount(bits)].Grant;
                steps.Add(new ExplainStep("grant", grant.Name, grant.Location, null,
                    GrantSearch.Judge(grant, target, request) switch
                    {
                        Nearness.Given => "gives",
                        Nearness.OnRequest => "is given on request",
                        Nearness.OtherAccount => "is for another account",
                        Nearness.OtherAction => "does not give the action",
                        Nearness.OtherShell => "gives a stricter shell",
                        Nearness.OtherPath => "gives other paths",
                        Nearness.OtherDestination => "gives other destinations",
                        Nearness.NotNow => "is not in force at this hour",
                        Nearness.WrongNetwork => "is for other networks",
                        Nearness.WeakLogin => "wants a stronger login",
                        Nearness.NoTicket => "wants a ticket",
                        Nearness.NoReason => "wants a reason",
                        _ => "does not give it",
                    }));
            }
        }
    }

    private static void AddRules(
        PolicyIndex index, Identity identity, Target target, PolicyRequest request, PolicyEffect? effect,
        List<ExplainStep> steps)
    {
        for (int word = 0; word < index.RuleWords; word++)
        {
            for (ulong bits = index.RuleBits(word, target, identity, effect?.Kind); bits != 0; bits &= bits - 1)
            {
                LinkedRule rule = index.Rules[(word << 6) + BitOperations.TrailingZeroCount(bits)];
                string result =
                    RuleTest.Test(rule, identity, target, request, effect, out Reason? failure) switch
                    {
                        Truth.Yes => $"matches: {Verdict(rule.Rule.Verdict)}",
                        Truth.No => "does not match",
                        _ => $"cannot be evaluated, so it forbids: {failure?.En}",
                    };
                steps.Add(new ExplainStep("rule", rule.Rule.Name, rule.Rule.Location, effect?.Kind, result));
            }
        }
    }

    private static string Verdict(RuleVerdict verdict) => verdict switch
    {
        RuleVerdict.Permit => "permit",
        RuleVerdict.Forbid => "forbid",
        RuleVerdict.Require => "require",
        _ => "notify",
    };
}
