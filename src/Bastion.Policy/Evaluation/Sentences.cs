using Bastion.Policy.Model;
using Bastion.Policy.Syntax;
using Bastion.Policy.Values;

namespace Bastion.Policy.Evaluation;

/// <summary>What the policy says to people, in both languages. User input stands in backticks, escaped.</summary>
internal static class Sentences
{
    /// <summary>Objects named in one sentence; the rest is counted.</summary>
    private const int ObjectsNamed = 3;

    public static Reason RuleSays(Rule rule, PolicyEffect? effect)
    {
        Reason? because = rule.Because;
        if (effect is null)
        {
            return because ?? Reason.Same(rule.Name);
        }

        (string? en, string? zh) = (Effect(effect, " of "), Effect(effect, "："));
        return because is null
            ? new Reason(en, zh)
            : new Reason($"{en}: {because.En}", $"{zh}，{because.Zh}");
    }

    public static Reason Unspoken(PolicyEffect effect, PolicyRequest request)
    {
        string level = PolicyWords.Of(effect.Level);
        return new Reason(
            $"{Effect(effect, " of ")} is {level}, and no rule permits it on {Name(request.Target)}",
            $"{Effect(effect, "：")} 的级别为 {level}，没有规则允许在 {Name(request.Target)} 上执行");
    }

    public static Reason NotEvaluated(Reason failure) => new(
        $"the rule could not be evaluated, so it forbids: {failure.En}", $"规则无法求值，因此拒绝：{failure.Zh}");

    public static Reason Granted(Grant grant) => new(
        $"granted by `{grant.Name}`", $"由授权 `{grant.Name}` 许可");

    public static Reason JustInTime(Grant grant) => new(
        $"grant `{grant.Name}` is given on request, for {DurationText.Format(grant.OnRequestFor)}",
        $"授权 `{grant.Name}` 需申请，有效期 {DurationText.Format(grant.OnRequestFor)}");

    public static Reason NobodyCanApprove(IReadOnlyList<Requirement> requirements, string requester)
    {
        (string? en, string? zh) = Wanted(requirements);
        return new Reason(
            $"it needs {en}, and without {Name(requester)}, who asks, there are not enough people who can",
            $"需要 {zh}，而除申请人 {Name(requester)} 外没有足够的可批准人");
    }

    public static Reason Explain(Outcome outcome, DeterminingRule first, IReadOnlyList<Requirement> requirements)
    {
        (string? en, string? zh) = first.Kind == "default"
            ? ("", "")
            : ($" ({first.Kind} `{first.Name}`, {first.Location.InPolicy})",
            $"（{KindZh(first.Kind)} `{first.Name}`，{first.Location.InPolicy}）");
        switch (outcome)
        {
            case Outcome.Permit:
                return new Reason($"permitted: {first.Why.En}{en}", $"允许：{first.Why.Zh}{zh}");
            case Outcome.Forbid:
                return new Reason($"refused: {first.Why.En}{en}", $"拒绝：{first.Why.Zh}{zh}");
            default:
                (string En, string Zh) wanted = Wanted(requirements);
                return new Reason($"needs {wanted.En}: {first.Why.En}{en}",
                    $"需要 {wanted.Zh}：{first.Why.Zh}{zh}");
        }
    }

    public static Reason? AskForRule(PolicyIndex index)
    {
        (string En, string Zh) holders = Holders(index);
        return new Reason(
            $"if this is needed, ask {holders.En} for a rule", $"如确有需要，请向{holders.Zh}申请规则");
    }

    public static Reason AskForGrant(PolicyIndex index)
    {
        (string En, string Zh) holders = Holders(index);
        return new Reason($"ask {holders.En} for a grant", $"请向{holders.Zh}申请授权");
    }

    /// <summary>A name for a sentence: escaped, so that what somebody typed cannot steer a terminal.</summary>
    public static string Name(string text) => $"`{ScalarNode.Display(text)}`";

    private static string Effect(PolicyEffect effect, string of)
    {
        if (effect.Objects.Count == 0)
        {
            return $"`{effect.Kind}`";
        }

        IEnumerable<string> named = effect.Objects.Take(ObjectsNamed)
            .Select(o => ScalarNode.Display(o.Text) + (o.Known ? "" : " (?)"));
        string more = effect.Objects.Count > ObjectsNamed ? $" (+{effect.Objects.Count - ObjectsNamed})" : "";
        return $"`{effect.Kind}`{of}{string.Join(", ", named)}{more}";
    }

    private static (string En, string Zh) Wanted(IReadOnlyList<Requirement> requirements) =>
    (
        string.Join(" and ", requirements.Select(r =>
            $"{r.Approvers} of {string.Join(" or ", r.From)} within {DurationText.Format(r.Within)}")),
        string.Join("、", requirements.Select(r =>
            $"{string.Join("或", r.From)} 中 {r.Approvers} 人在 {DurationText.Format(r.Within)} 内批准"))
    );

    // Who can change the policy: their names when they are few, the role's name otherwise.
    private static (string En, string Zh) Holders(PolicyIndex index)
    {
        const int FewPeople = 3;
        var holders = index.Content.People.Values
            .Where(p => p.Active
            && (index.DutiesInForce(index.Identify(new PolicyPrincipal(p.Name))) & Duties.Security) != 0)
            .Select(p => p.Name)
            .Order(StringComparer.Ordinal)
            .Take(FewPeople + 1)
            .ToList();
        return holders.Count is > 0 and <= FewPeople
            ? (string.Join(" or ", holders), string.Join("或 ", holders.Select(h => $" {h}")) + " ")
            : ("security administration", "安全管理员");
    }

    private static string KindZh(string kind) => kind switch
    {
        "rule" => "规则",
        "grant" => "授权",
        "wall" => "隔离墙",
        _ => "默认",
    };
}
