using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;
using Bastion.Audit.Reports;
using Bastion.Audit.Verification;
using Bastion.Followers.Reports;
using Bastion.Followers.Reports.Pages;
using Bastion.Tests;

namespace Bastion.Followers.Tests.Reports;

public sealed class ReportPageTests : IDisposable
{
    private const string Hostile = "<script>alert('x')</script><img src=x onerror=alert(1)>\u202e\u001b[2J\"'&";

    private readonly string _directory = Directory.CreateTempSubdirectory("bastion-report-").FullName;
    private readonly ManualTime _time = new();
    private readonly Ed25519NoteSigner _signer = Ed25519NoteSigner.Generate("bastion");

    [Theory]
    [InlineData("en")]
    [InlineData("zh")]
    public async Task Whatever_peers_named_themselves_never_becomes_markup(string language)
    {
        await WriteAsync(journal => WriteHostileAsync(journal));
        string page = await PageAsync(language);
        Assert.Contains("&lt;script&gt;alert(&#39;x&#39;)", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"escape\">\\u{202e}</span>", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"escape\">\\e</span>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u202e', page);
        Assert.DoesNotContain('\u001b', page);
    }

    /// <summary>The sentences are those of the rules (`Bastion.Audit/Anomalies/Rules`); whoever changes one there finds
    /// it here.</summary>
    [Theory]
    [InlineData("the first of 31 sessions that goes to this target", "31 个会话中首次访问该目标")]
    [InlineData("none of 40 earlier sessions came from there", "此前 40 个会话均非来自该网络")]
    [InlineData("Tuesday 03:12: 0 of 52 earlier sessions began within two hours of it on such a day",
        "周二 03:12：此前 52 个会话中，仅 0 个在同类日的前后两小时内开始")]
    [InlineData("5 destructive acts within 10 minutes", "10 分钟内执行 5 次破坏性操作")]
    [InlineData("6 refusals within 10 minutes", "10 分钟内被拒 6 次")]
    [InlineData("10 approvals one after another, each within 3 seconds", "连续 10 次批准，每次均在 3 秒内")]
    [InlineData("they approved 9 and 8 of each other's requests within 30 days", "30 天内互相批准对方的请求：9 次与 8 次")]
    [InlineData("41 % of the last 5 sessions was understood, usually 97 %", "最近 5 个会话的可理解比例为 41 %，平时为 97 %")]
    [InlineData("something else", "something else")]
    public async Task The_reasons_of_anomalies_stand_in_the_reports_language(string reason, string chinese)
    {
        await WriteAsync(journal => journal.AppendAsync(new AnomalyFlagged
        {
            Rule = "many-denials",
            Subject = "alice",
            Reason = reason,
            Evidence = [0],
        }));
        Assert.Contains(chinese, await PageAsync("zh"), StringComparison.Ordinal);
        Assert.Contains(reason.Replace("'", "&#39;", StringComparison.Ordinal), await PageAsync("en"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_witness_that_refused_heads_the_list_of_what_to_act_on()
    {
        await WriteAsync(journal => journal.AppendAsync(new WitnessChanged
        {
            Witness = "w1+00000000+key",
            State = "refused",
            Detail = "it has seen 16 records of this journal, which now has 12",
            Position = 12,
        }));
        string page = await PageAsync("en");
        int toActOn = page.IndexOf("To act on", StringComparison.Ordinal);
        Assert.InRange(page.IndexOf("Times that a witness had seen another history of the journal: 1",
            StringComparison.Ordinal), toActOn, int.MaxValue);
        Assert.Contains("it has seen 16 records", page, StringComparison.Ordinal);
        Assert.Contains("见证方持有不同历史：1 次", await PageAsync("zh"), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_finding_of_the_verifier_has_chinese_words_of_its_own()
    {
        List<string> words = [.. Enum.GetValues<FindingKind>().Select(FindingWords.Chinese)];
        Assert.Equal(words.Count, words.Distinct().Count());
    }

    [Fact]
    public async Task A_page_asks_the_network_for_nothing()
    {
        await WriteAsync(journal => WriteHostileAsync(journal));
        string page = await PageAsync("en");
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        foreach (string? request in new[] { "http:", "https:", "url(", "@import", "<link", "src=\"" })
        {
            Assert.DoesNotContain(request, page, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task A_period_without_a_single_record_makes_a_report_too()
    {
        await WriteAsync(_ => Task.CompletedTask);
        _time.Advance(TimeSpan.FromDays(3));
        MadeReport made = await MakeAsync("en");
        Assert.True(made.Data.Chain.Holds);
        Assert.Equal(0, made.Data.Sessions.Started);
        Assert.Empty(
            made.Note!.Faults(_signer.VerifierKey, name => made.Files.Single(file => file.Name == name).Content));
    }

    [Fact]
    public void A_day_begins_at_its_first_moment_also_where_midnight_does_not_exist()
    {
        var beirut = TimeZoneInfo.FindSystemTimeZoneById("Asia/Beirut");
        Assert.Equal(1, TimeZoneInfo.ConvertTime(CalendarDays.StartOf(new DateOnly(2026, 3, 29), beirut), beirut).Hour);
        var shanghai = TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai");
        Assert.Equal(16, CalendarDays.StartOf(new DateOnly(2026, 3, 29), shanghai).UtcDateTime.Hour);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task WriteHostileAsync(Journal journal)
    {
        await journal.AppendAsync(new LoginFailed
        {
            User = Hostile,
            Source = Hostile,
            Surface = Surface.Ssh,
            Reason = Hostile,
        });
        await journal.AppendAsync(new SessionStarted
        {
            Session = "s1",
            User = Hostile,
            Source = Hostile,
            Target = Hostile,
            Account = Hostile,
            PolicyVersion = Hostile,
            Client = Hostile,
            Grants = [Hostile],
        });
        await journal.AppendAsync(new CommandDecided
        {
            Session = "s1",
            Channel = 0,
            User = Hostile,
            Target = Hostile,
            Account = Hostile,
            Command = Hostile,
            Origin = "exec",
            Certainty = Certainty.Exact,
            Risk = "critical",
            Verdict = Verdict.Forbid,
            PolicyVersion = "v",
            Rules = [Hostile],
            Reason = Hostile,
            Effects = [new RecordedEffect(Hostile, "critical", [Hostile], Hostile)],
        });
        await journal.AppendAsync(new FileTransferred
        {
            Session = "s1",
            Channel = 0,
            Path = Hostile,
            ToTarget = true,
            Length = 5,
            Complete = true,
        });
        await journal.AppendAsync(new ChannelRefused { Session = "s1", Type = Hostile, Reason = Hostile });
        await journal.AppendAsync(new SessionEnded { Session = "s1", Outcome = Hostile, CoveragePercent = 3 });
        await journal.AppendAsync(new AdministrationChanged
        {
            By = Hostile,
            Action = Hostile,
            Subject = Hostile,
            Detail = Hostile,
        });
        await journal.AppendAsync(new PolicyRejected { Diagnostics = [Hostile] });
        await journal.AppendAsync(new ShippingChanged
        {
            Destination = "siem",
            State = "failing",
            Detail = Hostile,
            Position = 1,
        });
        await journal.AppendAsync(new AuditViewed { Viewer = Hostile, What = Hostile, Source = Hostile });
        await journal.AppendAsync(new AnomalyFlagged
        {
            Rule = Hostile,
            Subject = Hostile,
            Object = Hostile,
            Reason = Hostile,
            Evidence = [1],
        });
    }

    private async Task WriteAsync(Func<Journal, Task> write)
    {
        await using Journal journal = await Journal.OpenAsync(_directory, new JournalOptions
        {
            Signer = _signer,
            TimeProvider = _time,
        });
        await write(journal);
    }

    private async Task<string> PageAsync(string language) =>
        System.Text.Encoding.UTF8.GetString((await MakeAsync(language)).Files.Single(file =>
        file.Name.EndsWith(".html", StringComparison.Ordinal)).Content);

    private Task<MadeReport> MakeAsync(string language)
    {
        DateTimeOffset now = _time.GetUtcNow();
        return new ReportMaker(_time).MakeAsync(
            new ReportOrder
            {
                DataDirectory = _directory,
                Period = new ReportPeriod(now.AddHours(-2), now.AddHours(2), TimeZoneInfo.Utc),
                Languages = [language],
                Signer = _signer,
            },
            CancellationToken.None);
    }
}
