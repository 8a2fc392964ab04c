using System.Globalization;
using Bastion.Audit.Reports.Sections;
using Bastion.Audit.Verification;

namespace Bastion.Followers.Reports.Pages;

/// <summary>The gateway itself: its evidence, its changes, its rights, and those who look.</summary>
internal sealed partial class ReportPage
{
    /// <summary>What somebody should do something about, with a link to where it stands.</summary>
    private void ToActOn()
    {
        var items = Concerns().ToList();
        _html.Raw("<section class=\"box act\"><h2>").Text(Say("To act on", "待处理事项")).Raw("</h2>");
        if (items.Count == 0)
        {
            Nothing(Say("Nothing stands out.", "无突出事项。"));
        }
        else
        {
            _html.Raw("<ul>");
            foreach ((string? look, string? section, string? text) in items)
            {
                _html.Raw("<li class=\"").Raw(look).Raw("\"><a href=\"#").Raw(section).Raw("\">").Text(text)
                    .Raw("</a></li>");
            }

            _html.Raw("</ul>");
        }

        End();
    }

    private IEnumerable<(string Look, string Section, string Text)> Concerns()
    {
        (long Count, string Look, string Section, string English, string Chinese)[] possible =
        [
            (_data.Chain.Findings.Count(f => f.Severity == FindingSeverity.Failure), "critical", "chain",
                "Faults in the chain of records: # — find out what was changed", "记录链错误：# 处，查明被改动的内容"),
            (_data.Chain.WitnessRefusals, "critical", "chain",
                "Times that a witness had seen another history of the journal: # — it was cut, rolled back or "
                    + "forked; ask the witness's administrator", "见证方持有不同历史：# 次，日志曾被截断、回滚或分叉，请联系见证方管理员"),
            (_data.Acts.SelfApproved, "critical", "acts", "Requests approved by the requester: #", "申请人自批：# 个请求"),
            (_data.Degraded.EvidenceFailures, "critical", "degraded",
                "Sessions ended because evidence could not be written: # — look at disk and journal",
                "因证据无法写入而终止的会话：# 个，检查磁盘与日志"),
            (_data.Degraded.UnrecordedSessions, "critical", "degraded", "Sessions without a recording: #",
                "没有录像的会话：# 个"),
            (_data.Drills.BackupActsRan, "high", "drills",
                "Acts on backups that ran: # — is the newest backup still there?", "已执行的备份相关操作：# 次，确认最近备份仍在"),
            (_data.Degraded.InterruptedSessions, "high", "degraded", "Sessions cut off by a crash: #", "因崩溃中断的会话：# 个"),
            (_data.Anomalies.Total, "high", "anomalies", "Anomalies to look into: #", "待核查的异常：# 条"),
            (_data.Acts.Approvers.Count(IsHasty), "high", "acts",
                "Approvers who mostly approve within three seconds: # — do they read?", "多在 3 秒内批准的审批人：# 名，是否阅读内容？"),
            (_data.Changes.RejectedPolicies, "high", "changes",
                "Policy changes rejected, so that the policy before them stayed: #", "被拒的策略变更（沿用旧策略）：# 次"),
            (_data.Operation.StepsBack, "high", "operation", "Steps back of the clock: # — check time synchronization",
                "时钟回拨：# 次，检查时间同步"),
            (_data.Access.Dormant.Count, "high", "access", "Grants that nobody used: # — take them out",
                "无人使用的授权：# 项，予以收回"),
            (_data.Access.Wide.Count, "high", "access", "Grants far wider than their use: # — narrow them",
                "远宽于使用的授权：# 项，予以收窄"),
            (_data.Access.DormantPeople.Count, "high", "access",
                "People who did not log in: # — do they still need their rights?", "未登录的人员：# 名，是否仍需权限？"),
            (_data.Looks.Reports.Sum(r => r.Failed), "high", "looks", "Reports that did not reach somebody: #",
                "未送达的报告：# 份"),
        ];
        return possible.Where(each => each.Count > 0).Select(each => (
            each.Look, each.Section,
            Say(each.English, each.Chinese).Replace("#", Language.Count(each.Count), StringComparison.Ordinal)));
    }

    /// <summary>Half of five or more approvals came faster than a person reads.</summary>
    private static bool IsHasty(ApproverRow approver) =>
        approver.Approved >= 5 && approver.Hasty * 2 >= approver.Approved;

    private void Chain()
    {
        ChainSection chain = _data.Chain;
        Begin("chain", Say("Evidence", "证据"), Standards.Chain);
        Table(
            Say("Findings of the verification", "校验发现"), chain.Findings, Say("None.", "无。"),
            new Column<ChainFinding>("", "w", row => Tag(
                row.Severity switch
                {
                    FindingSeverity.Failure => "critical",
                    FindingSeverity.Warning => "high",
                    _ =>
                    ""
                },
                row.Severity switch
                {
                    FindingSeverity.Failure => Say("failure", "错误"),
                    FindingSeverity.Warning =>
                    Say("warning", "警告"),
                    _ => Say("notice", "提示")
                })),
            Plain<ChainFinding>(Say("record", "记录"), row => row.Record?.ToString(CultureInfo.InvariantCulture), "n"),
            Plain<ChainFinding>(Say("what was found", "内容"),
                row => Say(row.Message, $"{FindingWords.Chinese(row.Kind)}（{row.Message}）")));
        Table(
            Say("When no gateway ran", "网关停止时段"), chain.Interruptions, chain.InterruptionCount, MaximumRows,
            Say("It ran without a stop.", "未曾停止。"),
            Time<Interruption>(Say("last record before", "停止前末条"), row => row.Since),
            Time<Interruption>(Say("back", "恢复"), row => row.Until),
            Plain<Interruption>(Say("gone for", "时长"),
                row => _words.Seconds(Math.Max(0, (row.Until - row.Since).TotalSeconds)), "n"),
            new Column<Interruption>(Say("how", "方式"), "w", row =>
                Tag(row.Clean ? "good" : "high", row.Clean ? Say("closed in order", "正常关闭") : Say("killed", "被终止"))),
            Plain<Interruption>(Say("cut off", "截除字节"), row => row.RemovedBytes == 0
                ? "–"
                : Language.Bytes(row.RemovedBytes), "n"));
        Table(
            Say("Witnesses and copies elsewhere", "见证方与外部副本"), chain.Copies, chain.CopyCount, MaximumRows,
            Say("None failed, refused, or set records aside.", "无失败、拒绝或搁置。"),
            Time<CopyChange>(Say("when", "时间"), row => row.At),
            Plain<CopyChange>(Say("which", "名称"), row => row.Name),
            new Column<CopyChange>("", "w", row => Tag(row.State switch
            {
                "refused" =>
                "critical",
                "failing" or "parked" => "high",
                _ => "good"
            }, CopyState(row.State))),
            Plain<CopyChange>(Say("why", "说明"), row => row.Detail),
            Plain<CopyChange>(Say("record", "记录"), row => row.Record.ToString(CultureInfo.InvariantCulture), "n"));
        End();
    }

    private string CopyState(string state) => state switch
    {
        "refused" => Say("refused: another history", "拒绝：历史不一致"),
        "failing" => Say("fails", "失败"),
        "parked" => Say("set records aside", "搁置记录"),
        "resent" => Say("sent again", "已重发"),
        "recovered" or "cosigning" => Say("well again", "已恢复"),
        _ => state,
    };

    private void Changes()
    {
        ChangeSection changes = _data.Changes;
        Begin("changes", Say("Changes of policy, people, keys", "策略、人员与密钥变更"), Standards.Changes);
        Table(
            Say("Policy", "策略"), changes.Policies, changes.PolicyCount, MaximumRows,
            Say("The policy did not change.", "策略未变更。"),
            ChangeColumns(Say("version, or why it was rejected", "版本或拒绝原因")));
        Table(
            Say("Administration", "管理操作"), changes.Administration, changes.AdministrationCount, MaximumRows,
            Say("Nothing was changed through the gateway.", "未通过网关进行变更。"), ChangeColumns(Say("subject", "对象")));
        _html.Raw("<div class=\"pair\"><div>");
        CountTable(Say("By administrator", "按管理员"), Say("person", "人员"), changes.ByPerson, "–");
        _html.Raw("</div><div>");
        CountTable(Say("By kind", "按类型"), Say("action", "操作"), changes.ByAction, "–");
        _html.Raw("</div></div>");
        Table(Say("Keys that sign the journal", "日志签名密钥"), changes.Keys, Say("No key was changed.", "未更换密钥。"),
            ChangeColumns(Say("new key", "新密钥")));
        Table(Say("Starts and stops", "启动与停止"), changes.Gateway, Say("None.", "无。"), ChangeColumns(Say("host", "主机")));
        End();
    }

    private Column<Change>[] ChangeColumns(string subject) =>
    [
        Time<Change>(Say("when", "时间"), row => row.At),
        Plain<Change>(Say("what", "操作"), row => row.Action),
        Plain<Change>(Say("by", "操作人"), row => row.By),
        Plain<Change>(subject, row => row.Detail is null ? row.Subject : $"{row.Subject}: {row.Detail}"),
        Plain<Change>(Say("record", "记录"), row => row.Record.ToString(CultureInfo.InvariantCulture), "n"),
    ];

    private void Access()
    {
        AccessSection access = _data.Access;
        Begin("access", Say("Review of rights", "权限复核"), Standards.Access);
        if (access.PeriodTooShort)
        {
            Nothing(Say("A review of rights needs a period of four weeks: see the monthly report.",
                "权限复核需四周以上的报告期，见月报。"));
        }
        else if (access.PolicyKnown)
        {
            Paragraph(Say(
                $"Against policy {Short(access.PolicyVersion)}. A grant counts as used when the start of a session "
                    + "rested on it.",
                $"对照策略 {Short(access.PolicyVersion)}。会话依某授权开始，即计为该授权被使用。"), soft: true);
            Table(Say("Grants that nobody used", "无人使用的授权"), access.Dormant, Say("Every grant was used.", "所有授权均有使用。"),
                ReviewColumns());
            Table(Say("Grants wider than their use", "宽于使用的授权"), access.Wide, Say("None.", "无。"), ReviewColumns());
            _html.Raw("<h3>").Text(Say("People who did not log in", "未登录人员")).Raw("</h3>");
            if (access.DormantPeople.Count == 0)
            {
                Nothing(Say("Everybody did.", "全部登录过。"));
            }
            else
            {
                Paragraph(string.Join(", ", access.DormantPeople.Take(200)));
            }

            CountTable(Say("Who administers", "管理员"), Say("person: administrations", "人员：管理职责"), access.Administrators,
                Say("Nobody holds an administration.", "无管理员。"), most: 50);
        }
        else
        {
            Nothing(Say(
                "The policy was not at hand: dormant and over-wide grants cannot be told. Give it with --policy.",
                "未提供策略，无法判断闲置与过宽授权。请用 --policy 指定。"));
        }

        Table(
            Say("Grants in use", "使用中的授权"), access.Used, Say("None.", "无。"),
            Plain<GrantRow>(Say("grant", "授权"), row => row.Name),
            Number<GrantRow>(Say("sessions", "会话"), row => row.Sessions),
            Number<GrantRow>(Say("people", "人员"), row => row.People),
            Number<GrantRow>(Say("targets", "目标"), row => row.Targets),
            Time<GrantRow>(Say("last", "最近"), row => row.Last));
        End();
    }

    private Column<GrantReview>[] ReviewColumns() =>
    [
        Plain<GrantReview>(Say("grant", "授权"), row => row.Name),
        Plain<GrantReview>(Say("where", "位置"), row => row.Place),
        Number<GrantReview>(Say("targets given", "可达目标"), row => row.Gives),
        Number<GrantReview>(Say("used", "已用"), row => row.Used),
        Plain<GrantReview>(Say("finding", "说明"), row => row.Finding),
    ];

    private void Transfers()
    {
        TransferSection transfers = _data.Transfers;
        Begin("transfers", Say("Transfers, forwards, opaque sessions", "文件传输、转发与不透明会话"), Standards.Transfers, Say(
            $"{Language.Count(transfers.ToTarget)} files ({Language.Bytes(transfers.BytesToTarget)}) went to "
                + $"targets, {Language.Count(transfers.FromTarget)} ({Language.Bytes(transfers.BytesFromTarget)}) "
                + $"came from them; {Language.Count(transfers.Incomplete)} were broken off, "
                + $"{Language.Count(transfers.WithoutDigest)} have no digest. {Language.Count(transfers.Forwards)} "
                + $"forwarded connections. {Language.Count(transfers.OpaqueChannels)} channels and "
                + $"{Language.Count(transfers.OpaqueSessionCount)} sessions held something the gateway could not read.",
            $"上传 {Language.Count(transfers.ToTarget)} 个文件（{Language.Bytes(transfers.BytesToTarget)}），下载 "
                + $"{Language.Count(transfers.FromTarget)} 个（{Language.Bytes(transfers.BytesFromTarget)}）；中断 "
                + $"{Language.Count(transfers.Incomplete)}，无摘要 {Language.Count(transfers.WithoutDigest)}。转发连接 "
                + $"{Language.Count(transfers.Forwards)}。含不可读内容的通道 {Language.Count(transfers.OpaqueChannels)} 个，会话 "
                + $"{Language.Count(transfers.OpaqueSessionCount)} 个。"));
        Table(
            Say("The largest transfers", "最大的传输"), transfers.Largest, transfers.ToTarget + transfers.FromTarget,
            MaximumRows, Say("No file was transferred.", "无文件传输。"),
            Time<Transfer>(Say("when", "时间"), row => row.At),
            Plain<Transfer>(Say("who", "人员"), row => row.Person),
            Plain<Transfer>(Say("target", "目标"), row => row.Target),
            Plain<Transfer>("", row => row.ToTarget ? Say("to it", "上传") : Say("from it", "下载"), "w"),
            new Column<Transfer>(Say("file, SHA-256", "文件 / SHA-256"), "", row =>
                _html.Raw("<code>").Text(row.Path).Raw("</code><br><code class=\"hash\">")
                .Text(row.Sha256 ?? Say("no digest", "无摘要")).Raw("</code>")),
            Plain<Transfer>(Say("size", "大小"),
                row => Language.Bytes(row.Bytes) + (row.Complete ? "" : Say(" (broken off)", "（中断）")), "n"));
        Table(
            Say("Sessions understood least", "可理解程度最低的会话"), transfers.OpaqueSessions, transfers.OpaqueSessionCount, 20,
            Say("Every session was understood.", "全部会话均可理解。"),
            Time<OpaqueSession>(Say("ended", "结束"), row => row.At),
            Plain<OpaqueSession>(Say("who", "人员"), row => row.Person),
            Plain<OpaqueSession>(Say("target", "目标"), row => row.Target),
            Plain<OpaqueSession>(Say("understood", "覆盖率"), row => Language.Percent(row.Coverage), "n"),
            Code<OpaqueSession>(Say("session", "会话"), row => row.Session));
        _html.Raw("<div class=\"pair\"><div>");
        CountTable(Say("File operations", "文件操作"), Say("operation", "操作"), transfers.FileOperations,
            Say("None.", "无。"));
        _html.Raw("</div><div>");
        CountTable(Say("Forwarded to", "转发目的"), Say("destination", "目的"), transfers.ForwardDestinations,
            Say("None.", "无。"));
        _html.Raw("</div></div>");
        End();
    }

    private void Degraded()
    {
        DegradedSection degraded = _data.Degraded;
        Begin("degraded", Say("Degraded recordings, and ways past the gate", "录像缺损与绕行迹象"), Standards.Degraded, Say(
            $"{Language.Count(degraded.SealedParts)} recording parts ({Language.Bytes(degraded.RecordedBytes)}) "
                + $"were sealed, {Language.Count(degraded.RecoveredParts)} of them by a later start. "
                + $"{Language.Count(degraded.InterruptedSessions)} sessions were interrupted, "
                + $"{Language.Count(degraded.EvidenceFailures)} ended for lack of evidence, "
                + $"{Language.Count(degraded.UnrecordedSessions)} have no recording.",
            $"封存录像分段 {Language.Count(degraded.SealedParts)} 个（{Language.Bytes(degraded.RecordedBytes)}），其中 "
                + $"{Language.Count(degraded.RecoveredParts)} 个由重启后补封。中断会话 "
                + $"{Language.Count(degraded.InterruptedSessions)}，因证据失败终止 "
                + $"{Language.Count(degraded.EvidenceFailures)}，无录像 {Language.Count(degraded.UnrecordedSessions)}。"));
        Paragraph(Say(
            $"{Language.Count(degraded.OpaqueActs)} decisions were about something that cannot be known beforehand "
                + $"(scripts, interpreters), {Language.Count(degraded.ObservedActs)} about lines read off a screen.",
            $"{Language.Count(degraded.OpaqueActs)} 次裁决针对事先无法获知的内容（脚本、解释器），{Language.Count(degraded.ObservedActs)} "
                + "次针对从屏幕读取的命令行。"));
        if (_data.Slices.Any(slice => slice.Coverage is not null))
        {
            Figure(Say("Coverage: what share of what was run the gateway understood", "覆盖率：网关可理解的执行内容占比"),
                () => Plots.Trend(
                _html, Say("Coverage over time", "覆盖率趋势"),
                Plots.Join(_data.Slices, (slices, label) => (label, slices.Average(slice => slice.Coverage)))));
        }

        Table(
            Say("Sessions with less evidence than they should have", "证据不足的会话"), degraded.Listed, Say("None.", "无。"),
            Time<DegradedSession>(Say("ended", "结束"), row => row.At),
            Plain<DegradedSession>(Say("who", "人员"), row => row.Person),
            Plain<DegradedSession>(Say("target", "目标"), row => row.Target),
            new Column<DegradedSession>(Say("what", "情况"), "w", row => Tag("high", DegradedWord(row.What))),
            Code<DegradedSession>(Say("session", "会话"), row => row.Session));
        _html.Raw("<div class=\"pair\"><div>");
        CountTable(Say("Channels refused", "被拒通道"), Say("type", "类型"), degraded.RefusedChannels, Say("None.", "无。"));
        _html.Raw("</div><div>");
        CountTable(Say("Requests refused", "被拒请求"), Say("what", "类型"), degraded.RefusedRequests, Say("None.", "无。"));
        _html.Raw("</div></div>");
        End();
    }

    private string DegradedWord(string what) => what switch
    {
        "interrupted" => Say("interrupted", "中断"),
        "evidence-failed" => Say("evidence failed", "证据失败"),
        "unrecorded" => Say("no recording", "无录像"),
        _ => Say("sealed later", "补封"),
    };

    private void Operation()
    {
        OperationSection operation = _data.Operation;
        Begin("operation", Say("Clock, storage, retention", "时钟、存储与留存"), Standards.Operation);
        _html.Raw("<div class=\"facts\"><dl>");
        Fact(Say("Clock", "时钟"), operation.StepsBack == 0
            ? Say("never stepped back between two records", "记录间从未回拨")
            : Say($"stepped back {operation.StepsBack} times, at most {operation.LargestStepBackSeconds:0.###} s; "
            + $"the order of records does not rest on it",
            $"回拨 {operation.StepsBack} 次，最大 {operation.LargestStepBackSeconds:0.###} 秒；记录顺序不依赖时钟"));
        Fact(Say("Time source", "时间源"),
            Say("synchronization is not recorded by the gateway: see the host", "网关不记录时间同步状态，请查主机"));
        Fact(Say("Records in the period", "期内记录"),
            $"{Language.Count(operation.Records)}, {Language.Bytes(operation.JournalBytes)}");
        Fact(Say("Growth", "增长"), Say($"{Language.Bytes(operation.BytesADay)} of journal a day",
            $"日志每天 {Language.Bytes(operation.BytesADay)}"));
        Fact(Say("Oldest record", "最早记录"), operation.Oldest is { } oldest ? When(oldest) : "–");
        Fact(Say("Free disk", "可用磁盘"), operation.FreeBytes is { } free
            ? Language.Bytes(free)
            : Say("not known here", "未知"));
        Fact(Say("Retention", "留存"), operation.RetentionDays is { } days
            ? Say($"recordings at least {days} days, as configured; the journal is never deleted",
            $"录像至少 {days} 天（按配置）；日志从不删除")
            : Say("the journal is never deleted; for recordings see the gateway's configuration", "日志从不删除；录像留存见网关配置"));
        _html.Raw("</dl></div>");
        if (operation.Steps.Count > 0)
        {
            Table(
                Say("Steps back", "回拨"), operation.Steps, operation.StepsBack, 10, "–",
                Time<ClockStep>(Say("to", "至"), row => row.At),
                Plain<ClockStep>(Say("by", "幅度"),
                    row => row.Seconds.ToString("0.###", CultureInfo.InvariantCulture) + Say(" s", " 秒"), "n"),
                Plain<ClockStep>(Say("record", "记录"), row => row.Record.ToString(CultureInfo.InvariantCulture), "n"));
        }

        End();
    }

    private void Drills()
    {
        DrillSection drills = _data.Drills;
        Begin("drills", Say("Backups and drills", "备份与演练"), Standards.Drills);
        Paragraph(Say(
            $"{Language.Count(drills.BackupActs)} acts would have destroyed backups; "
                + $"{Language.Count(drills.BackupActsRan)} of them ran. {Language.Count(drills.WallRefusals)} acts "
                + "were refused because they crossed from one environment to another.",
            $"{Language.Count(drills.BackupActs)} 次操作会破坏备份，其中执行 {Language.Count(drills.BackupActsRan)} 次。因跨环境被拒 "
                + $"{Language.Count(drills.WallRefusals)} 次。"));
        Table(
            Say("Backups, restores and drills on record", "已记录的备份、恢复与演练"), drills.Recorded,
            Say("Nothing was recorded. The date and result of the last backup and the last drill must be shown from "
                + "elsewhere.", "无记录。最近备份与演练的日期和结果须另行出具。"),
            ChangeColumns(Say("subject", "对象")));
        End();
    }

    private void Looks()
    {
        LookSection looks = _data.Looks;
        Begin("looks", Say("Looks at the evidence", "证据查看记录"), Standards.Looks, Say(
            $"{Language.Count(looks.Total)} looks at sessions, recordings and the journal.",
            $"对会话、录像与日志的查看共 {Language.Count(looks.Total)} 次。"));
        _html.Raw("<div class=\"pair\"><div>");
        CountTable(Say("By whom", "按人员"), Say("person", "人员"), looks.ByViewer, Say("Nobody looked.", "无人查看。"));
        _html.Raw("</div><div>");
        CountTable(Say("At what", "按对象"), Say("what", "对象"), looks.ByWhat, "–");
        _html.Raw("</div></div>");
        Table(
            Say("The newest", "最近"), looks.Newest, looks.Total, 20, Say("Nobody looked.", "无人查看。"),
            Time<Look>(Say("when", "时间"), row => row.At),
            Plain<Look>(Say("who", "人员"), row => row.Viewer),
            Plain<Look>(Say("what", "对象"), row => row.What),
            Code<Look>(Say("session", "会话"), row => row.Session ?? ""),
            Plain<Look>(Say("from", "来源"), row => row.Source));
        Table(
            Say("Reports made", "已生成报告"), looks.Reports, Say("None in this period.", "本期无。"),
            Time<EarlierReport>(Say("when", "时间"), row => row.At),
            Plain<EarlierReport>(Say("report", "报告"), row => row.Id),
            Plain<EarlierReport>(Say("cadence", "周期"), row => row.Kind),
            Number<EarlierReport>(Say("delivered", "送达"), row => row.Delivered),
            Number<EarlierReport>(Say("not delivered", "未送达"), row => row.Failed));
        End();
    }

    private static string Short(string? version) => version is { Length: > 12 } ? version[..12] : version ?? "–";
}
