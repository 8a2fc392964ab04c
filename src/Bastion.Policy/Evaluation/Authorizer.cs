using System.Numerics;
using Bastion.Policy.Model;

namespace Bastion.Policy.Evaluation;

/// <summary>
/// Answers one request:
/// 1. who asks, and is there such a target for her (default: no);
/// 2. a grant that gives the action, here, now;
/// 3. walls between environments;
/// 4. rules about the act itself, and about connecting while nobody has approved that;
/// 5. rules about each effect; an effect of level high or critical that no rule speaks of is refused;
/// 6. forbid beats require beats permit; requirements join, and must be possible to meet.
/// Nothing depends on the order of rules. What cannot be evaluated forbids.
/// </summary>
internal static class Authorizer
{
    /// <param name="somebody">Who asks, when it is not the request's principal: a holder of just one role, for
    /// explaining.</param>
    public static Decision Decide(PolicyIndex index, PolicyRequest request, Identity? somebody = null)
    {
        try
        {
            return Evaluate(index, request, somebody ?? index.Identify(request.Principal));
        }
        catch (Exception wrong) when (wrong is not OutOfMemoryException)
        {
            // A fault of ours must not let an act through, nor end the session of somebody else.
            return Refusals.Fault(index, request, wrong);
        }
    }

    private static Decision Evaluate(PolicyIndex index, PolicyRequest request, Identity identity)
    {
        if (identity.IsGone)
        {
            return Refusals.Gone(index, identity);
        }

        if (!index.Content.Targets.TryGetValue(request.Target, out Target? target))
        {
            return Refusals.NoTarget(index, request);
        }

        (LinkedGrant? grant, Nearness nearness) = GrantSearch.Best(index, identity, target, request);
        if (nearness == Nearness.Nothing)
        {
            return Refusals.NoTarget(index, request);
        }

        if (nearness < Nearness.OnRequest || !target.Accounts.ContainsKey(request.Account))
        {
            return Refusals.NoGrant(index, identity, target, request, grant!.Grant, nearness);
        }

        if (Walls.Between(index, target, request) is { } wall)
        {
            return Refusals.Wall(index, request, wall.Wall, wall.Other);
        }

        var verdicts = new Verdicts(index, request, identity, grant!);
        if (nearness == Nearness.OnRequest)
        {
            verdicts.AddJustInTime(grant!);
        }

        Ask(index, identity, target, request, effect: null, verdicts);
        if (request.Context.AwaitsOpening && request.Action != PolicyAction.Connect)
        {
            Ask(index, identity, target, request with
            {
                Action = PolicyAction.Connect,
                Shell = ShellKind.None,
            }, effect: null, verdicts);
        }

        for (int i = 0; i < request.Effects.Count; i++)
        {
            PolicyEffect effect = request.Effects[i];
            bool isSpokenOf = Ask(index, identity, target, request, effect, verdicts);
            if (!isSpokenOf && effect.Level > EffectLevel.Medium)
            {
                verdicts.AddUnspoken(effect);
            }
        }

        return verdicts.Decide();
    }

    /// <summary>Puts the question to every rule it concerns. True when at least one gave a verdict.</summary>
    private static bool Ask(PolicyIndex index, Identity identity, Target target, PolicyRequest request,
        PolicyEffect? effect, Verdicts verdicts)
    {
        bool isSpokenOf = false;
        for (int word = 0; word < index.RuleWords; word++)
        {
            for (ulong bits = index.RuleBits(word, target, identity, effect?.Kind); bits != 0; bits &= bits - 1)
            {
                LinkedRule rule = index.Rules[(word << 6) + BitOperations.TrailingZeroCount(bits)];
                Truth truth = RuleTest.Test(rule, identity, target, request, effect, out Reason? failure);
                if (truth == Truth.No)
                {
                    continue;
                }

                isSpokenOf |= rule.Rule.Verdict != RuleVerdict.NotifyOnly;
                verdicts.Add(rule, effect, truth == Truth.Failed ? failure : null);
            }
        }

        return isSpokenOf;
    }
}
