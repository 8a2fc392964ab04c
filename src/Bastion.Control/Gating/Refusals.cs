using System.Globalization;
using Bastion.Control.Approvals;
using Bastion.Policy;

namespace Bastion.Control.Gating;

/// <summary>What people read when something did not run: what happened, and what they can do about it.</summary>
internal static class Refusals
{
    public static Refusal ByPolicy(Decision decision)
    {
        string? rule = decision.Determining.Count == 0 ? null : decision.Determining[0].Name;
        return decision.Remedy is { } remedy
            ? new Refusal(
                RefusalKind.ByRule,
                new Reason($"{decision.Explanation.En}; {remedy.En}", $"{decision.Explanation.Zh}；{remedy.Zh}"), rule)
            : new Refusal(RefusalKind.ByRule, new Reason(decision.Explanation.En, decision.Explanation.Zh), rule);
    }

    public static Refusal TooLong(int maximum) => new(
        RefusalKind.ByRule,
        Both($"longer than {maximum} bytes; put it in a file and run that", $"超过 {maximum} 字节；请放入文件后再执行"));

    public static Refusal UnknownSubsystem(string name) => new(
        RefusalKind.ByRule, Both($"the subsystem `{name}` is not offered", $"不提供子系统 `{name}`"));

    public static Refusal SftpNotGranted() => new(
        RefusalKind.ByRule,
        Both("no grant gives you file transfer here", "没有授权允许您在此传输文件"));

    public static Refusal Fault(string what) => new(
        RefusalKind.Unavailable,
        Both($"the gateway could not decide ({what}); nothing ran", $"网关无法作出决定（{what}）；未执行任何操作"));

    public static Refusal EvidenceUnavailable() => new(
        RefusalKind.Unavailable,
        Both(
            "the gateway cannot write its journal; nothing runs until it can",
            "网关无法写入日志；恢复之前不会执行任何操作"));

    /// <summary>The sentence names a file of the gateway's, which is for its administrators; the person learns that
    /// trying again makes sense.</summary>
    public static Refusal StoreUnavailable(StoreUnavailableException failure) => new(
        RefusalKind.Unavailable,
        failure.Passes
            ? Both(
                "the gateway's database is held by another process; nothing ran, try again in a minute",
                "网关数据库被其他进程占用；未执行任何操作，请稍后再试")
            : Both(
                "the gateway's database cannot be used; nothing ran, tell its administrators",
                "网关数据库无法使用；未执行任何操作，请联系管理员"));

    public static Refusal NoSuchShell(ShellKind shell)
    {
        string name = shell.ToString().ToLowerInvariant();
        return new Refusal(
            RefusalKind.ByRule,
            Both(
                $"the policy gives you a `{name}` shell, which this gateway does not have yet; give the command to ssh",
                $"策略授予的是 `{name}` shell，此网关尚不提供；请把命令直接交给 ssh 执行"));
    }

    public static Refusal SessionOver() => new(
        RefusalKind.Unavailable, Both("the session is over", "会话已结束"));

    public static Refusal GatewayFull() => new(
        RefusalKind.Unavailable, Both("the gateway has no room for another session", "网关已无法容纳更多会话"));

    public static Refusal TooManySessions(int maximum) => new(
        RefusalKind.ByRule,
        Both($"you have {maximum} sessions open, which is all you may; close one first",
            $"您已打开 {maximum} 个会话，已达上限；请先关闭一个"));

    public static Refusal DeniedLately(ApprovalRequest denied, TimeSpan remaining)
    {
        string minutes = Math.Ceiling(remaining.TotalMinutes).ToString(CultureInfo.InvariantCulture);
        return new Refusal(
            RefusalKind.ByPerson,
            Both(
                $"{denied.Outcome}; ask again in {minutes} min, or give a new reason in BASTION_REASON",
                $"{denied.Outcome}；请在 {minutes} 分钟后再申请，或在 BASTION_REASON 中说明新的理由"),
            denied.Rules.Count == 0 ? null : denied.Rules[0],
            denied.Id);
    }

    public static Refusal ReasonMissing(Decision decision) => new(
        RefusalKind.ByRule,
        Both(
            "this needs a reason: set BASTION_REASON and send it (ssh -o SendEnv=BASTION_REASON)",
            "此操作需要理由：请设置 BASTION_REASON 并发送（ssh -o SendEnv=BASTION_REASON）"),
        RuleOf(decision))
    {
        NeedsReason = true,
    };

    public static Refusal TicketMissing(Decision decision) => new(
        RefusalKind.ByRule,
        Both(
            "this needs a ticket: name it in the reason, BASTION_REASON='INC-4521 …'",
            "此操作需要工单：请在理由中写明，BASTION_REASON='INC-4521 …'"),
        RuleOf(decision))
    {
        NeedsReason = true,
    };

    public static Refusal NotWaiting(Decision decision) => new(
        RefusalKind.NotWaiting,
        Both(
            $"{decision.Explanation.En}; BASTION_WAIT=0 says not to wait, so nobody was asked and nothing ran",
            $"{decision.Explanation.Zh}；BASTION_WAIT=0 要求不等待，因此未征求任何人，也未执行任何操作"),
        RuleOf(decision));

    public static Refusal NobodyToAsk(Decision decision) => new(
        RefusalKind.Unavailable,
        Both("it needs approval, and nobody can give it", "此操作需要审批，但无人有权审批"),
        RuleOf(decision));

    public static Refusal DeskFull() => new(
        RefusalKind.Unavailable,
        Both("too many requests wait for approval; try again later", "等待审批的申请过多；请稍后再试"));

    public static Refusal TooManyOpen(int maximum) => new(
        RefusalKind.Unavailable,
        Both(
            $"you have {maximum} requests waiting for approval; let one end first",
            $"您已有 {maximum} 个申请等待审批；请先等待其中一个结束"));

    /// <summary>How a request that ended without running reads to the one who waited for it.</summary>
    public static Refusal Ended(ApprovalRequest request, bool otherSession)
    {
        string? rule = request.Rules.Count == 0 ? null : request.Rules[0];
        return request.State switch
        {
            ApprovalState.Denied => new Refusal(
                RefusalKind.ByPerson, Both(request.Outcome ?? "denied", DeniedInChinese(request)), rule, request.Id)
            {
                DeniedBy = request.Votes.LastOrDefault(vote => !vote.Approved)?.Approver,
            },
            ApprovalState.Withdrawn => new Refusal(
                RefusalKind.Withdrawn, Both("withdrawn; nothing ran", "已撤回；未执行任何操作"), rule, request.Id),
            ApprovalState.Superseded => new Refusal(
                RefusalKind.ByRule,
                Both(
                    "the policy changed while it waited; nothing ran",
                    "等待期间策略已更改；未执行任何操作"),
                rule,
                request.Id),
            ApprovalState.Consumed => new Refusal(
                RefusalKind.Expired,
                otherSession
                    ? Both("the approval was used by your other session; run it again if it is needed twice",
                    "该审批已被您的另一会话使用；如需再次执行请重新申请")
                    : Both("the approval was already used; run it again to ask anew", "该审批已被使用；如需再次执行请重新申请"),
                rule,
                request.Id),
            _ => new Refusal(
                RefusalKind.Expired,
                Both(request.Outcome ?? "nobody decided in time; nothing ran", "申请已失效；未执行任何操作，请重新申请"),
                rule,
                request.Id),
        };
    }

    private static string? RuleOf(Decision decision) =>
        decision.Determining.Count == 0 ? null : decision.Determining[0].Name;

    private static string DeniedInChinese(ApprovalRequest request) =>
        request.Votes.LastOrDefault(vote => !vote.Approved) is not { } vote ? "已被拒绝"
        : vote.Reason is null ? $"已被 {vote.Approver} 拒绝"
        : $"已被 {vote.Approver} 拒绝：{vote.Reason}";

    private static Reason Both(string en, string zh) => new(en, zh);
}
