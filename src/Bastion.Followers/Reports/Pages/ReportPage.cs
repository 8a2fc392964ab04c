using System.Globalization;
using Bastion.Audit.Reports;
using Bastion.Audit.Reports.Sections;
using Bastion.Audit.Verification;

namespace Bastion.Followers.Reports.Pages;

/// <summary>
/// A report as one HTML file: no script, no request, light and dark, and A4 when it is printed. This part is its frame;
/// the sections stand in the others.
/// </summary>
internal sealed partial class ReportPage
{
    /// <summary>More rows are in the JSON file and in the journal; a page is read by people.</summary>
    private const int MaximumRows = 25;

    private const int MaximumActs = 150;

    private readonly ReportData _data;
    private readonly Language _words;
    private readonly TimeZoneInfo _zone;
    private readonly Html _html = new();
    private int _section;

    private ReportPage(ReportData data, Language words)
    {
        _data = data;
        _words = words;
        _zone = TimeZoneInfo.FindSystemTimeZoneById(data.Head.Zone);
    }

    /// <param name="language">`en` or `zh`.</param>
    public static string Render(ReportData data, string language) =>
        new ReportPage(data, Language.Of(language)).Render();

    private string Render()
    {
        string title = Title();
        _html.Raw("<!doctype html><html lang=\"").Raw(_words.Code == "zh" ? "zh-CN" : "en")
            .Raw("\"><head><meta charset=\"utf-8\">")
            .Raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
            + "'unsafe-inline'\">")
            .Raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>").Text(title)
            .Raw("</title><style>")
            .Raw(ReportStyle.Css).Raw("</style></head><body><main>");
        Head(title);
        Verdict();
        Tiles();
        ToActOn();
        Chain();
        Sessions();
        Logins();
        Acts();
        Anomalies();
        Changes();
        Access();
        Transfers();
        Degraded();
        Operation();
        Drills();
        Looks();
        SignOff();
        return _html.Raw("</main></body></html>\n").ToString();
    }

    private string Say(string english, string chinese) => _words.Say(english, chinese);

    private string Title()
    {
        string cadence = _data.Head.Kind switch
        {
            "daily" => Say("Daily access report", "访问审计日报"),
            "weekly" => Say("Weekly access report", "访问审计周报"),
            "monthly" => Say("Monthly access report", "访问审计月报"),
            _ => Say("Access report", "访问审计报告"),
        };
        return $"{cadence} · {_data.Head.Journal}";
    }

    private void Head(string title)
    {
        ReportHead head = _data.Head;
        _html.Raw("<div class=\"head\"><div><h1>").Text(title).Raw("</h1><p class=\"soft\">").Text(When(head.From))
            .Raw(" – ").Text(When(head.To))
            .Raw(" (").Text(head.Zone).Raw(")</p></div><dl>");
        Fact(Say("Report", "报告编号"), head.Id);
        Fact(Say("Made", "生成时间"), When(head.MadeAt));
        Fact(Say("By", "生成者"), $"{head.MadeBy}, {head.Host}");
        if (head.Recipients.Count > 0)
        {
            Fact(Say("For", "收件人"), string.Join(", ", head.Recipients));
        }

        _html.Raw("</dl></div>");
    }

    /// <summary>The first thing an auditor asks: can the rest be believed?</summary>
    private void Verdict()
    {
        ChainSection chain = _data.Chain;
        int failures = chain.Findings.Count(finding => finding.Severity == FindingSeverity.Failure);
        _html.Raw(chain.Holds ? "<section class=\"verdict\"><h2>" : "<section class=\"verdict broken\"><h2>")
            .Text(chain.Holds
                ? Say("The chain of records is intact", "记录链完整")
                : Say($"The chain of records is broken: {failures} faults", $"记录链已损坏：{failures} 处"))
            .Raw("</h2><p>")
            .Text(chain.Holds
                ? Say("Every record fits its hash, none is missing, and the signed checkpoints cover them.",
                "每条记录与其哈希一致，无缺失，并由签名检查点覆盖。")
                : Say("What follows cannot be relied on before this is cleared up. The findings are in section 1.",
                "在查清之前，以下内容不可作为依据。详见第 1 节。"))
            .Raw("</p><dl>");
        Fact(Say("Checked", "校验范围"), Say(
            $"{Language.Count(chain.Records)} records, {Language.Count(chain.Checkpoints)} checkpoints, "
                + $"{Language.Count(chain.Recordings)} recording parts",
            $"{Language.Count(chain.Records)} 条记录，{Language.Count(chain.Checkpoints)} "
                + $"个检查点，{Language.Count(chain.Recordings)} 个录像分段")
            + (chain.Whole
            ? Say("; from the first record on", "；自首条记录起")
            : Say($"; from the segment before the period on (record {chain.FirstRecord})",
            $"；自报告期前的分段起（记录 {chain.FirstRecord}）"))
            + (chain.RecordingsChecked ? "" : Say("; recordings' bytes not checked", "；未校验录像内容")));
        Fact(Say("Gaps in the sequence", "序号缺口"), Language.Count(chain.Findings.Count(
            finding => finding.Kind is FindingKind.RecordsMissing or FindingKind.SegmentMissing
                or FindingKind.JournalTruncated)));
        Fact(Say("Who checked", "校验者"), $"{_data.Head.MadeBy}, {_data.Head.Host}, {When(_data.Head.MadeAt)}");
        Fact(Say("With the key", "公钥"), (chain.Key ?? "–") + (chain.KeyPinned
            ? Say(" (kept elsewhere)", "（独立保管）")
            : Say(" (from the data directory itself; only a copy kept elsewhere rules out a forgery of the whole)",
            "（取自数据目录本身；只有独立保管的副本才能排除整体伪造）")));
        Fact(Say("Anchor", "锚点"), Say($"{chain.CheckpointSize} records, root {chain.RootHash ?? "–"}",
            $"{chain.CheckpointSize} 条记录，根哈希 {chain.RootHash ?? "–"}"));
        _html.Raw("</dl></section>");
    }

    private void Tiles()
    {
        ActSection acts = _data.Acts;
        _html.Raw("<div class=\"tiles\">");
        Tile(Say("sessions", "会话"), Language.Count(_data.Sessions.Started));
        Tile(Say("people", "人员"), Language.Count(_data.Sessions.People));
        Tile(Say("commands decided", "已裁决命令"), Language.Count(acts.Decided));
        Tile(Say("held for approval", "待审批"), Language.Count(acts.Held));
        Tile(Say("refused or expired", "拒绝或过期"),
            Language.Count(acts.Denied + acts.Expired + acts.Withdrawn + acts.Superseded));
        Tile(Say("forbidden by rule", "规则禁止"), Language.Count(acts.Forbidden));
        Tile(Say("self-approvals", "自批"), Language.Count(acts.SelfApproved), acts.SelfApproved > 0 ? "bad" : "fine");
        Tile(Say("median to approve", "审批中位耗时"), _words.Seconds(acts.MedianSeconds));
        Tile(Say("failed logins", "登录失败"), Language.Count(_data.Logins.Failed));
        Tile(Say("anomalies", "异常"), Language.Count(_data.Anomalies.Total), _data.Anomalies.Total > 0
            ? "warn"
            : "fine");
        Tile(Say("understood", "可理解覆盖率"), Language.Percent(_data.Degraded.Coverage));
        Tile(Say("looks at evidence", "查看证据"), Language.Count(_data.Looks.Total));
        _html.Raw("</div>");
    }

    private void Tile(string name, string value, string look = "") =>
        _html.Raw("<div class=\"tile ").Raw(look).Raw("\"><b>").Text(value).Raw("</b><span>").Text(name)
        .Raw("</span></div>");

    private void SignOff()
    {
        _html.Raw("<section><h2>").Text(Say("Sign-off", "签署")).Raw("</h2><p class=\"soft\">")
            .Text(Say(
                "The signature over this file is in report.note beside it. Check it with: bastion report verify "
                    + "report.note --data DIR",
                "本文件的数字签名见同目录的 report.note。校验：bastion report verify report.note --data DIR"))
            .Raw("</p><div class=\"sign\">");
        foreach (string? line in new[] { Say("Reviewed by", "审阅人"), Say("Date", "日期"),
            Say("Audit administration", "审计管理员"), Say("Date", "日期") })
        {
            _html.Raw("<div>").Text(line).Raw("</div>");
        }

        _html.Raw("</div></section>");
    }

    private void Begin(string id, string title, Standards standards, string? what = null)
    {
        _section++;
        _html.Raw("<section id=\"").Raw(id).Raw("\"><h2>").Text($"{_section}  {title}")
            .Raw("</h2><p class=\"standards\"><span>MLPS 2.0 ").Text(standards.Mlps)
            .Raw("</span><span>PCI DSS ").Text(standards.Pci).Raw("</span><span>ISO 27001 ").Text(standards.Iso)
            .Raw("</span><span>SOC 2 ").Text(standards.Soc).Raw("</span></p>");
        if (what is not null)
        {
            _html.Raw("<p>").Text(what).Raw("</p>");
        }
    }

    private void End() => _html.Raw("</section>");

    private void Fact(string name, string value) =>
        _html.Raw("<dt>").Text(name).Raw("</dt><dd>").Text(value).Raw("</dd>");

    private void Paragraph(string text, bool soft = false) =>
        _html.Raw(soft ? "<p class=\"soft\">" : "<p>").Text(text).Raw("</p>");

    private void Nothing(string text) => _html.Raw("<p class=\"none\">").Text(text).Raw("</p>");

    /// <summary>A table, or a sentence where there is nothing to show; what is left out is said.</summary>
    private void Table<T>(string? title, IReadOnlyList<T> rows, string empty, params Column<T>[] columns) =>
        Table(title, rows, rows.Count, MaximumRows, empty, columns);

    private void Table<T>(string? title, IReadOnlyList<T> rows, long total, int most, string empty,
        params Column<T>[] columns)
    {
        if (title is not null)
        {
            _html.Raw("<h3>").Text(title).Raw("</h3>");
        }

        if (rows.Count == 0)
        {
            Nothing(empty);
            return;
        }

        _html.Raw("<div class=\"wide\"><table><thead><tr>");
        foreach (Column<T> column in columns)
        {
            _html.Raw("<th class=\"").Raw(column.Look).Raw("\">").Text(column.Title).Raw("</th>");
        }

        _html.Raw("</tr></thead><tbody>");
        foreach (T? row in rows.Take(most))
        {
            _html.Raw("<tr>");
            foreach (Column<T> column in columns)
            {
                _html.Raw("<td class=\"").Raw(column.Look).Raw("\">");
                column.Write(row);
                _html.Raw("</td>");
            }

            _html.Raw("</tr>");
        }

        _html.Raw("</tbody></table></div>");
        if (total > Math.Min(most, rows.Count))
        {
            Paragraph(Say(
                $"{Language.Count(total - Math.Min(most, rows.Count))} more: report.json lists further ones, "
                    + "`bastion audit show` all.",
                $"另有 {Language.Count(total - Math.Min(most, rows.Count))} 条：report.json 列出更多，`bastion audit show` "
                    + "可查全部。"), soft: true);
        }
    }

    private Column<T> Plain<T>(string title, Func<T, string?> value, string look = "") =>
        new(title, look, row => _html.Text(Named(value(row))));

    private Column<T> Code<T>(string title, Func<T, string?> value) =>
        new(title, "", row => _html.Raw("<code>").Text(value(row)).Raw("</code>"));

    private Column<T> Number<T>(string title, Func<T, long> value) =>
        new(title, "n", row => _html.Text(Language.Count(value(row))));

    private Column<T> Time<T>(string title, Func<T, DateTimeOffset> value) =>
        new(title, "t", row => _html.Text(When(value(row))));

    private void CountTable(string title, string name, IReadOnlyList<Counted> counts, string empty, int most = 12) =>
        Table(title, counts, counts.Count, most, empty, Plain<Counted>(name, count => count.Name),
        Number<Counted>(Say("count", "次数"), count => count.Count));

    private void Figure(string caption, Action draw)
    {
        _html.Raw("<figure><figcaption>").Text(caption).Raw("</figcaption>");
        draw();
        _html.Raw("</figure>");
    }

    private void Key(params (string Look, string Name)[] keys)
    {
        _html.Raw("<p class=\"soft\">");
        foreach ((string? look, string? name) in keys)
        {
            _html.Raw("<span class=\"key\"><i class=\"").Raw(look).Raw("\"></i>").Text(name).Raw("</span>");
        }

        _html.Raw("</p>");
    }

    private void Tag(string look, string text) =>
        _html.Raw("<span class=\"tag ").Raw(look).Raw("\">").Text(text).Raw("</span>");

    private string Named(string? name) => name == "\u2026" ? Say("(further names)", "（其余）") : name ?? "–";

    private string When(DateTimeOffset at) =>
        TimeZoneInfo.ConvertTime(at, _zone).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private sealed record Column<T>(string Title, string Look, Action<T> Write);
}
