using Bastion.Policy.Model;

namespace Bastion.Policy.Evaluation;

/// <summary>Collects what rules say about one request, and makes it one decision.</summary>
internal sealed class Verdicts(PolicyIndex index, PolicyRequest request, Identity identity, LinkedGrant grant)
{
    private readonly List<DeterminingRule> _permits = [];
    private readonly List<DeterminingRule> _requires = [];
    private readonly List<DeterminingRule> _forbids = [];
    private readonly List<(string Rule, LinkedTerms Terms)> _terms = [];
    private SortedSet<string>? _notify;
    private Reason? _instead;

    /// <param name="failure">Why the rule could not be evaluated, or null when it matched.</param>
    public void Add(LinkedRule linked, PolicyEffect? effect, Reason? failure)
    {
        Rule rule = linked.Rule;
        foreach (string name in rule.Notify)
        {
            (_notify ??= new SortedSet<string>(StringComparer.Ordinal)).Add(name);
        }

        if (failure is not null)
        {
            if (rule.Verdict != RuleVerdict.NotifyOnly)
            {
                _forbids.Add(new DeterminingRule("rule", rule.Name, rule.Location, Outcome.Forbid,
                    Sentences.NotEvaluated(failure)));
            }

            return;
        }

        switch (rule.Verdict)
        {
            case RuleVerdict.Forbid:
                Add(_forbids, rule, Outcome.Forbid, effect);
                _instead ??= rule.Instead;
                break;
            case RuleVerdict.Require:
                Add(_requires, rule, Outcome.Require, effect);
                AddTerms(rule.Name, linked.Require);
                break;
            case RuleVerdict.Permit:
                Add(_permits, rule, Outcome.Permit, effect);
                break;
        }
    }

    public void AddJustInTime(LinkedGrant justInTime)
    {
        Grant named = justInTime.Grant;
        _requires.Add(
            new DeterminingRule("grant", named.Name, named.Location, Outcome.Require, Sentences.JustInTime(named)));
        _terms.Add((named.Name, justInTime.OnRequest!));
    }

    /// <summary>Default deny for effects: silence of all rules does not let a high or critical one through.</summary>
    public void AddUnspoken(PolicyEffect effect) =>
        _forbids.Add(new DeterminingRule("default", "no-rule", new SourceLocation("(default)", 0, 0), Outcome.Forbid,
        Sentences.Unspoken(effect, request)));

    public Decision Decide()
    {
        if (_forbids.Count > 0)
        {
            return Answer(Outcome.Forbid, _forbids, []);
        }

        if (_requires.Count == 0)
        {
            return Answer(Outcome.Permit, [new DeterminingRule("grant", grant.Grant.Name, grant.Grant.Location,
                Outcome.Permit, Sentences.Granted(grant.Grant)), .. _permits], []);
        }

        // The requester is no candidate of any requirement.
        IReadOnlyList<Requirement> requirements = Quorum.Join(_terms, identity.Name, out Reason? conflict);
        Reason? problem = conflict ?? (Quorum.CanBeMet(requirements, identity.Name)
            ? null
            : Sentences.NobodyCanApprove(requirements, identity.Name));
        if (problem is null)
        {
            return Answer(Outcome.Require, _requires, requirements);
        }

        return Answer(Outcome.Forbid, [_requires[0] with
        {
            Outcome = Outcome.Forbid,
            Why = problem,
        }, .. _requires], []);
    }

    private static void Add(List<DeterminingRule> to, Rule rule, Outcome outcome, PolicyEffect? effect)
    {
        // One rule may meet several effects of a command: it is named once, for the first.
        foreach (DeterminingRule known in to)
        {
            if (known.Kind == "rule" && known.Name == rule.Name)
            {
                return;
            }
        }

        to.Add(new DeterminingRule("rule", rule.Name, rule.Location, outcome, Sentences.RuleSays(rule, effect)));
    }

    private void AddTerms(string rule, LinkedTerms[] terms)
    {
        foreach (LinkedTerms one in terms)
        {
            // By the terms themselves, not by name: a grant on request may be called as a rule is.
            if (!IsKnown(one))
            {
                _terms.Add((rule, one));
            }
        }
    }

    private bool IsKnown(LinkedTerms terms)
    {
        foreach ((string Rule, LinkedTerms Terms) known in _terms)
        {
            if (ReferenceEquals(known.Terms, terms))
            {
                return true;
            }
        }

        return false;
    }

    private Decision Answer(Outcome outcome, List<DeterminingRule> determining, IReadOnlyList<Requirement> requirements)
    {
        Tier tier = Tier.Low;
        foreach (Requirement requirement in requirements)
        {
            tier = requirement.Tier > tier ? requirement.Tier : tier;
        }

        return new Decision
        {
            Outcome = outcome,
            Requirements = requirements,
            Determining = determining,
            Explanation = Sentences.Explain(outcome, determining[0], requirements),
            Remedy = outcome == Outcome.Forbid ? _instead ?? Sentences.AskForRule(index) : null,
            Notify = _notify is null ? [] : [.. _notify],
            Tier = tier,
            Grant = grant.Grant.Name,
            PolicyVersion = index.Content.Version,
        };
    }
}
