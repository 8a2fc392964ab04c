using Bastion.Policy.Model;
using Bastion.Policy.Shapes;

namespace Bastion.Policy.Evaluation;

/// <summary>The ways a request fails before any rule is asked, each with what to do about it.</summary>
internal static class Refusals
{
    private static readonly SourceLocation Default = new("(default)", 0, 0);

    public static Decision Fault(PolicyIndex index, PolicyRequest request, Exception fault)
    {
        var why = new Reason($"the policy could not be evaluated: {fault.Message}", $"策略无法求值：{fault.Message}");
        return Refuse(index, new DeterminingRule("default", "fault", Default, Outcome.Forbid, why),
            Reason.Same(request.Target));
    }

    public static Decision Gone(PolicyIndex index, Identity identity)
    {
        var why = new Reason($"{Sentences.Name(identity.Name)} is not active any more",
            $"{Sentences.Name(identity.Name)} 已停用");
        return Refuse(index, new DeterminingRule("default", "inactive", identity.Person!.Location, Outcome.Forbid, why),
            Sentences.AskForGrant(index));
    }

    /// <summary>A target that does not exist reads like one that is not granted: names are not to be guessed.</summary>
    public static Decision NoTarget(PolicyIndex index, PolicyRequest request)
    {
        var why = new Reason(
            $"no target {Sentences.Name(request.Target)} is granted to {Sentences.Name(request.Principal.Name)}",
            $"没有授予 {Sentences.Name(request.Principal.Name)} 访问目标 {Sentences.Name(request.Target)} 的权限");
        return Refuse(index, new DeterminingRule("default", "no-grant", Default, Outcome.Forbid, why),
            Sentences.AskForGrant(index));
    }

    public static Decision Wall(PolicyIndex index, PolicyRequest request, Wall wall, Target? other)
    {
        Reason why = other is null
            ? new Reason(
            $"an agent does not go onto {Sentences.Name(request.Target)}: its keys would reach across",
            $"不允许将代理转发到 {Sentences.Name(request.Target)}：其密钥可跨越隔离")
            : new Reason($"{Sentences.Name(request.Target)} and {Sentences.Name(other.Name)} are kept apart",
            $"{Sentences.Name(request.Target)} 与 {Sentences.Name(other.Name)} 相互隔离");
        if (wall.Because is { } because)
        {
            why = new Reason($"{why.En}: {because.En}", $"{why.Zh}：{because.Zh}");
        }

        var remedy = new Reason("work on one side at a time, each in a session of its own", "请在各自独立的会话中分别操作");
        return Refuse(index, new DeterminingRule("wall", wall.Name, wall.Location, Outcome.Forbid, why), remedy);
    }

    public static Decision NoGrant(PolicyIndex index, Identity identity, Target target, PolicyRequest request,
        Grant nearest, Nearness nearness)
    {
        string action = ActionText(request);
        var why = new Reason(
            $"nothing grants {Sentences.Name(identity.Name)} {action} on {Sentences.Name(target.Name)} as "
                + $"{Sentences.Name(request.Account)}",
            $"没有授予 {Sentences.Name(identity.Name)} 以 {Sentences.Name(request.Account)} 在 "
                + $"{Sentences.Name(target.Name)} 上执行 {action} 的权限");
        return Refuse(index, new DeterminingRule("default", "no-grant", Default, Outcome.Forbid, why),
            NextStep(index, identity, target, nearest, nearness));
    }

    public static Decision TooManySessions(PolicyIndex index, Decision connect, int limit)
    {
        var why = new Reason($"{limit} sessions at once are granted, and as many are open",
            $"最多允许 {limit} 个并发会话，已全部占用");
        var remedy = new Reason("end one of them first", "请先结束其中一个会话");
        return Refuse(index, connect.Determining[0] with
        {
            Outcome = Outcome.Forbid,
            Why = why,
        }, remedy) with
        { Grant = connect.Grant };
    }

    private static Decision Refuse(PolicyIndex index, DeterminingRule rule, Reason remedy) => new()
    {
        Outcome = Outcome.Forbid,
        Determining = [rule],
        Explanation = Sentences.Explain(Outcome.Forbid, rule, []),
        Remedy = remedy,
        PolicyVersion = index.Content.Version,
    };

    private static string ActionText(PolicyRequest request)
    {
        string action = PolicyWords.Of(request.Action);
        return request.Action switch
        {
            PolicyAction.Connect => "a session",
            PolicyAction.Shell => $"{PolicyWords.Of(request.Shell)} shell",
            PolicyAction.SftpRead or PolicyAction.SftpWrite or PolicyAction.SftpDelete when request.Paths.Count > 0 =>
                $"{action} of {Sentences.Name(request.Paths[0])}",
            PolicyAction.Forward or PolicyAction.RemoteForward or PolicyAction.Database
                when request.Destination is { } to =>
                $"{action} to {Sentences.Name(to.Port == 0 ? to.Host : $"{to.Host}:{to.Port}")}",
            _ => action,
        };
    }

    private static Reason NextStep(PolicyIndex index, Identity identity, Target target, Grant nearest,
        Nearness nearness)
    {
        Conditions when = nearest.When;
        return nearness switch
        {
            Nearness.OtherAccount => Accounts(index, identity, target),
            Nearness.OtherAction => Hint(index, nearest, $"gives {Given(nearest.Allow)}", $"允许 {Given(nearest.Allow)}"),
            Nearness.OtherShell => Hint(index, nearest, $"gives a {PolicyWords.Of(nearest.Allow.Shell)} shell",
                $"允许 {PolicyWords.Of(nearest.Allow.Shell)} shell"),
            Nearness.OtherPath => Hint(index, nearest, "gives other paths only", "仅允许其他路径"),
            Nearness.OtherDestination => Hint(index, nearest, "gives other destinations only", "仅允许其他目的地"),
            Nearness.NotNow => Condition(nearest, Times(when), Times(when)),
            Nearness.WrongNetwork => Condition(nearest, $"from {string.Join(" or ", when.Networks)}",
                $"来自 {string.Join(" 或 ", when.Networks)}"),
            Nearness.WeakLogin =>
                Condition(nearest, $"after a login with {Logins(when.Login)}", $"使用 {Logins(when.Login)} 登录后"),
            Nearness.NoTicket => Condition(nearest, "with a ticket named", "提供工单后"),
            Nearness.NoReason => Condition(nearest, "with a reason given", "说明原因后"),
            _ => Sentences.AskForGrant(index),
        };
    }

    private static Reason Condition(Grant grant, string en, string zh) => new(
        $"grant `{grant.Name}` ({grant.Location.InPolicy}) would give it {en}",
        $"授权 `{grant.Name}`（{grant.Location.InPolicy}）在满足条件时许可：{zh}");

    private static Reason Hint(PolicyIndex index, Grant grant, string en, string zh)
    {
        Reason ask = Sentences.AskForGrant(index);
        return new Reason($"grant `{grant.Name}` ({grant.Location.InPolicy}) {en}; for more {ask.En}",
            $"授权 `{grant.Name}`（{grant.Location.InPolicy}）{zh}；如需更多权限，{ask.Zh}");
    }

    private static Reason Accounts(PolicyIndex index, Identity identity, Target target)
    {
        IReadOnlyList<string> accounts = Granting.AccountsOn(index, identity, target);
        Reason ask = Sentences.AskForGrant(index);
        return accounts.Count == 0
            ? ask
            : new Reason($"granted there: {string.Join(", ", accounts)}; for another account {ask.En}",
            $"可用账号：{string.Join("、", accounts)}；如需其他账号，{ask.Zh}");
    }

    private static string Given(Allowed allow)
    {
        var given = Enum.GetValues<PolicyAction>().Where(a => a != PolicyAction.Connect && allow.Gives(a))
            .Select(PolicyWords.Of).ToList();
        return given.Count == 0 ? "nothing" : string.Join(", ", given);
    }

    private static string Times(Conditions when)
    {
        var parts = new List<string>();
        if (when.Hours.Count > 0)
        {
            parts.Add(string.Join(" or ", when.Hours.Select(h => h.Text)));
        }

        if (when.From is { } from)
        {
            parts.Add($"from {from:yyyy-MM-dd HH:mm zzz}");
        }

        if (when.Until is { } until)
        {
            parts.Add($"until {until:yyyy-MM-dd HH:mm zzz}");
        }

        return string.Join(", ", parts);
    }

    private static string Logins(LoginMethods login) =>
        string.Join(" and ", LanguageParts.LoginWords.Where((_, bit) => ((int)login & (1 << bit)) != 0));
}
