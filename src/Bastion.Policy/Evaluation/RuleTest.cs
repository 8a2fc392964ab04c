using Bastion.Policy.Model;
using Bastion.Policy.Values;

namespace Bastion.Policy.Evaluation;

internal enum Truth
{
    No,
    Yes,

    /// <summary>It cannot be told: the rule then forbids.</summary>
    Failed,
}

/// <summary>Does a rule speak of this act (and, where it is about effects, of this effect)?</summary>
internal static class RuleTest
{
    /// <param name="failure">Why it cannot be told, when the answer is <see cref="Truth.Failed"/>.</param>
    public static Truth Test(LinkedRule rule, Identity identity, Target target, PolicyRequest request,
        PolicyEffect? effect, out Reason? failure)
    {
        failure = null;

        // A permit lets through, so doubt does not match; everything else stops or tells, so doubt matches.
        Doubt doubt = rule.Rule.Verdict == RuleVerdict.Permit ? Doubt.DoesNotMatch : Doubt.Matches;
        Truth truth = TestMatch(rule.When, request, effect, doubt, ref failure);
        if (truth == Truth.No)
        {
            return Truth.No;
        }

        truth = Both(truth, Coverage(rule.Rule, request, ref failure));
        if (truth != Truth.No && rule.Unless is not null)
        {
            Doubt opposite = doubt == Doubt.Matches ? Doubt.DoesNotMatch : Doubt.Matches;
            bool isHere = rule.Unless.Match.Targets.Matches(target)
                && (rule.Unless.Who.Length == 0 || identity.IsAny(rule.Unless.Who));
            Truth exception = isHere ? TestMatch(rule.Unless, request, effect, opposite, ref failure) : Truth.No;
            truth = Both(truth, exception switch
            {
                Truth.Yes => Truth.No,
                Truth.No => Truth.Yes,
                _ => Truth.Failed,
            });
        }

        // Last, because it asks a store.
        return truth == Truth.No ? Truth.No : Both(truth, Count(rule.Rule, request, effect, ref failure));
    }

    // Who and where are not looked at here: for the rule itself the index has answered them already.
    private static Truth TestMatch(
        LinkedMatch linked, PolicyRequest request, PolicyEffect? effect, Doubt doubt, ref Reason? failure)
    {
        Match match = linked.Match;
        if (!Matching.IsOneOf(match.Actions, request.Action)
            || !Matching.IsAccount(match.Accounts, request.Account)
            || (match.Shells.Count > 0 && !Matching.IsOneOf(match.Shells, request.Shell))
            || (request.Context.Login & match.Login) != match.Login
            || !Matching.InHours(match.Hours, request.Context.Time))
        {
            return Truth.No;
        }

        if (match.IsAboutEffects
            && (effect is null
            || !Matching.IsEffect(match, effect, doubt, new PatternNames(request.Principal.Name, request.Account))))
        {
            return Truth.No;
        }

        if (match.Networks.Count == 0)
        {
            return Truth.Yes;
        }

        if (request.Context.Source is null)
        {
            failure = new Reason("the client's address is not known", "客户端地址未知");
            return Truth.Failed;
        }

        return Matching.InNetworks(match.Networks, request.Context.Source) ? Truth.Yes : Truth.No;
    }

    private static Truth Coverage(Rule rule, PolicyRequest request, ref Reason? failure)
    {
        if (rule.CoverageBelow is not { } limit)
        {
            return Truth.Yes;
        }

        if (request.Context.Coverage is not { } coverage)
        {
            failure = new Reason("the coverage of this session is not known", "会话覆盖率未知");
            return Truth.Failed;
        }

        return coverage < limit ? Truth.Yes : Truth.No;
    }

    private static Truth Count(Rule rule, PolicyRequest request, PolicyEffect? effect, ref Reason? failure)
    {
        if (rule.Cumulative is not { } cumulative)
        {
            return Truth.Yes;
        }

        try
        {
            if (request.Context.Counts is { } counts && counts.TryCount(cumulative.Counter, request, out long count))
            {
                // This act counts too; one whose objects are not known counts once.
                return count + Math.Max(1, effect?.Objects.Count ?? 1) > cumulative.Over ? Truth.Yes : Truth.No;
            }

            failure = new Reason("how often it was done before is not known", "此前的累计次数未知");
        }
        catch (Exception wrong) when (wrong is not OutOfMemoryException)
        {
            failure = new Reason($"counting failed: {wrong.Message}", $"计数失败：{wrong.Message}");
        }

        return Truth.Failed;
    }

    private static Truth Both(Truth one, Truth other) =>
        one == Truth.No || other == Truth.No ? Truth.No
        : one == Truth.Failed || other == Truth.Failed ? Truth.Failed
        : Truth.Yes;
}
