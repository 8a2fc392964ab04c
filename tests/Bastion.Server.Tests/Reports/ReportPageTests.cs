using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;
using Bastion.Audit.Reports;
using Bastion.Server.Reports;
using Bastion.Tests;

namespace Bastion.Server.Tests.Reports;

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
        var page = await PageAsync(language);
        Assert.Contains("&lt;script&gt;alert(&#39;x&#39;)", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"escape\">\\u{202e}</span>", page, StringComparison.Ordinal);
        Assert.Contains("<span class=\"escape\">\\x1b</span>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<img", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain('\u202e', page);
        Assert.DoesNotContain('\u001b', page);
    }

    [Fact]
    public async Task A_page_asks_the_network_for_nothing()
    {
        await WriteAsync(journal => WriteHostileAsync(journal));
        var page = await PageAsync("en");
        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        foreach (var request in new[] { "http:", "https:", "url(", "@import", "<link", "src=\"" })
        {
            Assert.DoesNotContain(request, page, StringComparison.OrdinalIgnoreCase);
        }
    }

    [Fact]
    public async Task A_period_without_a_single_record_makes_a_report_too()
    {
        await WriteAsync(_ => Task.CompletedTask);
        _time.Advance(TimeSpan.FromDays(3));
        var made = await MakeAsync("en");
        Assert.True(made.Data.Chain.Holds);
        Assert.Equal(0, made.Data.Sessions.Started);
        Assert.Empty(made.Note!.Faults(_signer.VerifierKey, name => made.Files.Single(file => file.Name == name).Content));
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
        await journal.AppendAsync(new LoginFailed { User = Hostile, Source = Hostile, Surface = Surface.Ssh, Reason = Hostile });
        await journal.AppendAsync(new SessionStarted
        {
            Session = "s1", User = Hostile, Source = Hostile, Target = Hostile, Account = Hostile, PolicyVersion = Hostile, Client = Hostile, Grants = [Hostile],
        });
        await journal.AppendAsync(new CommandDecided
        {
            Session = "s1", Channel = 0, User = Hostile, Target = Hostile, Account = Hostile, Command = Hostile, Origin = "exec", Certainty = Certainty.Exact,
            Risk = "critical", Verdict = Verdict.Forbid, PolicyVersion = "v", Rules = [Hostile], Reason = Hostile,
            Effects = [new RecordedEffect(Hostile, "critical", [Hostile], Hostile)],
        });
        await journal.AppendAsync(new FileTransferred { Session = "s1", Channel = 0, Path = Hostile, ToTarget = true, Length = 5, Complete = true });
        await journal.AppendAsync(new ChannelRefused { Session = "s1", Type = Hostile, Reason = Hostile });
        await journal.AppendAsync(new SessionEnded { Session = "s1", Outcome = Hostile, CoveragePercent = 3 });
        await journal.AppendAsync(new AdministrationChanged { By = Hostile, Action = Hostile, Subject = Hostile, Detail = Hostile });
        await journal.AppendAsync(new PolicyRejected { Diagnostics = [Hostile] });
        await journal.AppendAsync(new AuditViewed { Viewer = Hostile, What = Hostile, Source = Hostile });
        await journal.AppendAsync(new AnomalyFlagged { Rule = Hostile, Subject = Hostile, Object = Hostile, Reason = Hostile, Evidence = [1] });
    }

    private async Task WriteAsync(Func<Journal, Task> write)
    {
        await using var journal = await Journal.OpenAsync(_directory, new JournalOptions { Signer = _signer, TimeProvider = _time });
        await write(journal);
    }

    private async Task<string> PageAsync(string language) =>
        System.Text.Encoding.UTF8.GetString((await MakeAsync(language)).Files.Single(file => file.Name.EndsWith(".html", StringComparison.Ordinal)).Content);

    private Task<MadeReport> MakeAsync(string language)
    {
        var now = _time.GetUtcNow();
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
