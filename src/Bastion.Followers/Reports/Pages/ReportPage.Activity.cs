using Bastion.Audit.Reports.Sections;

namespace Bastion.Followers.Reports.Pages;

/// <summary>What people did: sessions, logins, dangerous acts, and what was unusual.</summary>
internal sealed partial class ReportPage
{
    private void Sessions()
    {
        SessionSection sessions = _data.Sessions;
        Begin("sessions", Say("Sessions", "会话"), Standards.Sessions, Say(
            $"{Language.Count(sessions.Started)} sessions of {sessions.People} people on {sessions.Targets} "
                + $"targets; {Language.Count(sessions.OffHours)} outside office hours (Monday to Friday, 7 to 20); "
                + $"at most {sessions.MostAtOnce} at once; half of them shorter than {sessions.MedianMinutes ?? 0} "
                + "min.",
            $"共 {Language.Count(sessions.Started)} 个会话，{sessions.People} 人，{sessions.Targets} 台目标；非工作时间（周一至周五 7–20 "
                + $"点之外）{Language.Count(sessions.OffHours)} 个；最大并发 {sessions.MostAtOnce}；时长中位数 "
                + $"{sessions.MedianMinutes ?? 0} 分钟。"));
        if (sessions.Started > 0)
        {
            Figure(Say("Sessions over time", "会话趋势"), () => Plots.Bars(
                _html, Say("Sessions over time", "会话趋势"),
                Plots.Join(_data.Slices, (slices, label) => new Bar(label, [slices.Sum(slice => slice.Sessions)])),
                ["a"]));
            Figure(Say("By weekday and hour", "按星期与小时"),
                () => Plots.Week(_html, Say("By weekday and hour", "按星期与小时"), sessions.Week, _words.Code == "zh"
                ? ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]
                : ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]));
        }

        Table(
            Say("By person", "按人员"), sessions.ByPerson, sessions.People, MaximumRows, Say("No sessions.", "无会话。"),
            Plain<PersonRow>(Say("person", "人员"), row => row.Name),
            Number<PersonRow>(Say("sessions", "会话"), row => row.Sessions),
            Number<PersonRow>(Say("off hours", "非工作时间"), row => row.OffHours),
            Number<PersonRow>(Say("targets", "目标"), row => row.Targets),
            Number<PersonRow>(Say("addresses", "来源地址"), row => row.Sources),
            Number<PersonRow>(Say("commands", "命令"), row => row.Commands),
            Number<PersonRow>(Say("held", "审批"), row => row.Held),
            Number<PersonRow>(Say("forbidden", "禁止"), row => row.Forbidden),
            Plain<PersonRow>(Say("hours", "小时"),
                row => row.Hours.ToString("0.#", System.Globalization.CultureInfo.InvariantCulture), "n"),
            Plain<PersonRow>(Say("understood", "覆盖率"), row => Language.Percent(row.Coverage), "n"));
        Table(
            Say("By target", "按目标"), sessions.ByTarget, sessions.Targets, MaximumRows, Say("No sessions.", "无会话。"),
            Plain<TargetRow>(Say("target", "目标"), row => row.Name),
            Number<TargetRow>(Say("sessions", "会话"), row => row.Sessions),
            Number<TargetRow>(Say("people", "人员"), row => row.People),
            Number<TargetRow>(Say("commands", "命令"), row => row.Commands),
            Number<TargetRow>(Say("held", "审批"), row => row.Held),
            Number<TargetRow>(Say("forbidden", "禁止"), row => row.Forbidden),
            Plain<TargetRow>(Say("accounts", "账号"), row => string.Join(", ",
                row.Accounts.Select(account => $"{account.Name} ({Language.Count(account.Count)})"))));
        _html.Raw("<div class=\"pair\"><div>");
        CountTable(Say("From", "来源地址"), Say("address", "地址"), sessions.BySource, "–");
        _html.Raw("</div><div>");
        CountTable(Say("How they ended", "结束原因"), Say("end", "原因"), sessions.Ends, "–");
        _html.Raw("</div></div>");
        End();
    }

    private void Logins()
    {
        LoginSection logins = _data.Logins;
        Begin("logins", Say("Logins and failures", "登录与失败"), Standards.Logins, Say(
            $"{Language.Count(logins.Succeeded)} logins succeeded, {Language.Count(logins.Failed)} failed; "
                + $"{Language.Count(logins.RefusedConnections)} connections were refused before anybody was named.",
            $"登录成功 {Language.Count(logins.Succeeded)} 次，失败 {Language.Count(logins.Failed)} 次；身份确认前被拒的连接 "
                + $"{Language.Count(logins.RefusedConnections)} 个。"));
        if (logins.Failed > 0)
        {
            Figure(Say("Failed logins over time", "登录失败趋势"), () => Plots.Bars(
                _html, Say("Failed logins over time", "登录失败趋势"),
                Plots.Join(_data.Slices, (slices, label) => new Bar(label, [slices.Sum(slice => slice.FailedLogins)])),
                ["h"]));
        }

        Table(
            Say("Failures by name", "按用户名"), logins.FailedByUser, Say("No login failed.", "无登录失败。"),
            FailureColumns(Say("name as given", "所用名称"), Say("addresses", "地址数")));
        Table(
            Say("Failures by address", "按来源地址"), logins.FailedBySource, Say("No login failed.", "无登录失败。"),
            FailureColumns(Say("address", "地址"), Say("names tried", "尝试名称数")));
        _html.Raw("<div class=\"pair\"><div>");
        CountTable(Say("Proved with", "认证方式"), Say("methods", "方式"), logins.Methods, "–");
        _html.Raw("</div><div>");
        CountTable(Say("Why they failed", "失败原因"), Say("reason", "原因"), logins.FailureReasons, "–");
        _html.Raw("</div></div>");
        End();
    }

    private Column<FailureRow>[] FailureColumns(string name, string others) =>
    [
        Plain<FailureRow>(name, row => row.Name),
        Number<FailureRow>(Say("failures", "次数"), row => row.Count),
        Number<FailureRow>(others, row => row.Others),
        Time<FailureRow>(Say("last", "最近"), row => row.Last),
        Plain<FailureRow>(Say("reason of the last", "最近原因"), row => row.Reason),
    ];

    private void Acts()
    {
        ActSection acts = _data.Acts;
        Begin("acts", Say("Dangerous acts and their approval", "高危操作与审批"), Standards.Acts, Say(
            $"{Language.Count(acts.Decided)} commands and file operations were decided: {Language.Count(acts.Ran)} "
                + $"ran, {Language.Count(acts.Held)} were held for a second person, "
                + $"{Language.Count(acts.Forbidden)} were forbidden. Of those held {Language.Count(acts.Approved)} "
                + $"were approved, {Language.Count(acts.Denied)} refused, {Language.Count(acts.Expired)} expired, "
                + $"{Language.Count(acts.Withdrawn)} withdrawn, {Language.Count(acts.Superseded)} overtaken by a "
                + "policy change.",
            $"共裁决 {Language.Count(acts.Decided)} 条命令与文件操作：执行 {Language.Count(acts.Ran)}，转审批 "
                + $"{Language.Count(acts.Held)}，禁止 {Language.Count(acts.Forbidden)}。审批中：批准 "
                + $"{Language.Count(acts.Approved)}，拒绝 {Language.Count(acts.Denied)}，过期 "
                + $"{Language.Count(acts.Expired)}，撤回 {Language.Count(acts.Withdrawn)}，因策略变更失效 "
                + $"{Language.Count(acts.Superseded)}。"));
        Paragraph(acts.SelfApproved == 0
            ? Say("Nobody approved their own request.", "无人自批。")
            : Say($"{acts.SelfApproved} requests were approved by the requester. This must be 0.",
            $"{acts.SelfApproved} 个请求由申请人自批，应为 0。"));
        Paragraph(Say("Break-glass: this gateway has no way around approval, so there is none to list.",
            "紧急通道：本网关没有绕过审批的途径，故无可列。"), soft: true);
        if (acts.Held + acts.Forbidden > 0)
        {
            Figure(Say("Decisions that stopped or held something", "被拦截或转审批的裁决"), () => Plots.Bars(
                _html, Say("Decisions by outcome", "裁决结果"),
                Plots.Join(_data.Slices, (slices, label) => new Bar(label,
                    [slices.Sum(s => s.Approved), slices.Sum(s => s.NotApproved), slices.Sum(s => s.Forbidden)])),
                ["g", "h", "c"]));
            Key(("g", Say("approved and run", "批准并执行")), ("h", Say("refused, expired, withdrawn", "拒绝、过期、撤回")),
                ("c", Say("forbidden by rule", "规则禁止")));
        }

        if (acts.Approved > 0)
        {
            string caption = Say(
                $"From asking to approval: half within {_words.Seconds(acts.MedianSeconds)}, nine tenths within "
                    + $"{_words.Seconds(acts.NinetiethSeconds)}, longest {_words.Seconds(acts.LongestSeconds)}",
                $"从申请到批准：半数在 {_words.Seconds(acts.MedianSeconds)} 内，九成在 {_words.Seconds(acts.NinetiethSeconds)} "
                    + $"内，最长 {_words.Seconds(acts.LongestSeconds)}");
            Figure(caption, () => Plots.Bars(
                _html, caption, [.. acts.Latency.Select(bucket =>
                    new Bar(bucket.BelowSeconds is { } below
                    ? "< " + _words.Seconds(below)
                    : Say("longer", "更长"), [bucket.Count]))], ["a"]));
        }

        Approvers();
        _html.Raw("<div class=\"pair\"><div>");
        CountTable(Say("What it would have done", "影响类型"), Say("effect", "影响"), acts.Effects, "–");
        _html.Raw("</div><div>");
        CountTable(Say("Which rules decided", "生效规则"), Say("rule", "规则"), acts.Rules, "–");
        _html.Raw("</div></div>");
        Table(
            Say("Each act, the critical ones first", "逐条列出，严重者在前"), acts.Listed, acts.HighRisk, MaximumActs,
            Say("None.", "无。"),
            new Column<Act>(Say("when, record", "时间 / 记录"), "t", ActTime),
            new Column<Act>(Say("who, where", "人员 / 目标"), "", ActPeople),
            new Column<Act>(Say("what", "操作"), "", ActCommand),
            new Column<Act>(Say("decided by", "决定人"), "", ActVotes),
            Plain<Act>(Say("took", "耗时"), act => _words.Seconds(act.Seconds), "n"),
            new Column<Act>(Say("outcome", "结果"), "w", act => Tag(OutcomeLook(act.Outcome), OutcomeWord(act.Outcome))));
        End();
    }

    private void Approvers() => Table(
        Say("Approvers", "审批人"), _data.Acts.Approvers, Say("Nobody decided anything.", "无审批。"),
        Plain<ApproverRow>(Say("approver", "审批人"), row => row.Name),
        Number<ApproverRow>(Say("approved", "批准"), row => row.Approved),
        Number<ApproverRow>(Say("refused", "拒绝"), row => row.Denied),
        Plain<ApproverRow>(Say("median", "中位耗时"), row => _words.Seconds(row.MedianSeconds), "n"),
        new Column<ApproverRow>(Say("under 3 s", "3 秒内"), "n", row =>
        {
            double share = row.Approved == 0 ? 0 : 100.0 * row.Hasty / row.Approved;
            if (share >= 50)
            {
                Tag("high", $"{Language.Count(row.Hasty)} ({Language.Percent(share)})");
            }
            else
            {
                _html.Text(Language.Count(row.Hasty));
            }
        }),
        Number<ApproverRow>(Say("requesters", "申请人数"), row => row.Requesters),
        Number<ApproverRow>(Say("signed by passkey", "通行密钥签名"), row => row.Signed));

    private void ActTime(Act act) => _html.Text(When(act.At)).Raw("<br><small>").Text($"#{act.Record}").Raw("</small>");

    private void ActPeople(Act act) => _html.Text(act.Requester).Raw("<br><small>")
        .Text(act.Account is null ? act.Target : $"{act.Account}@{act.Target}").Raw("</small>");

    private void ActCommand(Act act)
    {
        if (act.Risk == "critical")
        {
            Tag("critical", Say("critical", "严重"));
            _html.Raw(" ");
        }

        _html.Raw("<code>").Text(act.Command).Raw("</code>");
        List<string> notes = [.. act.Effects, .. act.Rules.Select(rule => Say($"rule {rule}", $"规则 {rule}"))];
        if (act is { Reason: { Length: > 0 } reason, Request: not null })
        {
            notes.Add(Say($"reason: {reason}", $"理由：{reason}"));
        }

        if (notes.Count > 0)
        {
            _html.Raw("<br><small>").Text(string.Join(" · ", notes)).Raw("</small>");
        }
    }

    private void ActVotes(Act act)
    {
        if (act.Votes.Count == 0)
        {
            _html.Text(act.Outcome is "permitted" or "forbidden" ? Say("the rules", "规则") : Say("nobody", "无人"));
            return;
        }

        foreach (Vote vote in act.Votes)
        {
            _html.Text(vote.Approver).Raw(" <small>")
                .Text(vote.Approved
                ? vote.Method ?? ""
                : Say("refused", "拒绝") + (vote.Reason is { } why ? $": {why}" : "")).Raw("</small><br>");
        }
    }

    private static string OutcomeLook(string outcome) => outcome switch
    {
        "ran" or "approved" => "good",
        "forbidden" or "denied" => "critical",
        _ => "high",
    };

    private string OutcomeWord(string outcome) => outcome switch
    {
        "permitted" => Say("ran, permitted", "允许并执行"),
        "forbidden" => Say("forbidden", "禁止"),
        "ran" => Say("approved, ran", "批准并执行"),
        "approved" => Say("approved, not used", "批准未用"),
        "denied" => Say("refused", "拒绝"),
        "expired" => Say("expired", "过期"),
        "withdrawn" => Say("withdrawn", "撤回"),
        "superseded" => Say("overtaken", "失效"),
        _ => Say("open", "未决"),
    };

    private void Anomalies()
    {
        AnomalySection anomalies = _data.Anomalies;
        Begin("anomalies", Say("Anomalies", "异常"), Standards.Anomalies, Say(
            "Flagged by the gateway as it watched its own journal, by plain rules that anybody can check against the "
                + "records named.",
            "网关依据其日志、按可复核的明确规则标记；每条均列出所依据的记录。"));
        Table(
            null, anomalies.Newest, anomalies.Total, MaximumRows, Say("Nothing was flagged.", "未标记异常。"),
            Time<FlaggedAnomaly>(Say("when", "时间"), row => row.At),
            new Column<FlaggedAnomaly>(Say("rule", "规则"), "w",
                row => Tag("high", AnomalyWords.Name(row.Rule, _words.Code))),
            Plain<FlaggedAnomaly>(Say("who", "人员"), row => row.Subject),
            Plain<FlaggedAnomaly>(Say("where", "对象"), row => row.Object),
            Plain<FlaggedAnomaly>(Say("why", "说明"), row => row.Reason is { } reason
                ? AnomalyWords.Reason(reason, _words.Code)
                : null),
            Plain<FlaggedAnomaly>(Say("records", "记录"),
                row => string.Join(", ", row.Evidence.Take(6)) + (row.Evidence.Count > 6 ? " …" : "")));
        End();
    }
}
