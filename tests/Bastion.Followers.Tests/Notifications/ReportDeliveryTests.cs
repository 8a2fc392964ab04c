using System.Net;
using System.Text;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Audit.Reports;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;
using Bastion.Control.Tests;
using Bastion.Followers.Notifications;
using Bastion.Followers.Reports;
using Bastion.Policy;
using Bastion.Server.Hosting;
using Bastion.Storage;
using Bastion.Tests;
using Bastion.Web.Tests;
using MimeKit;

namespace Bastion.Followers.Tests.Notifications;

/// <summary>A whole gateway with a mail server and a webhook on loopback.</summary>
#pragma warning disable CA1001 // xunit disposes of it through IAsyncLifetime
public sealed class ReportDeliveryTests : IAsyncLifetime
#pragma warning restore CA1001
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("bastion-delivery-").FullName;
    private readonly ManualTime _time = new();
    private readonly FakeMailServer _mail = new();
    private FakeWebhook _webhook = null!;
    private BastionHost _host = null!;

    public async Task InitializeAsync()
    {
        _webhook = await FakeWebhook.StartAsync();
        Directory.CreateDirectory(Path.Combine(_directory, "policies"));
        await File.WriteAllTextAsync(Path.Combine(_directory, "policies", "policy.yaml"), ApiWorld.Policy + "\n" + """
              tell-of-deletions:
                effects: [file.delete]
                permit: true
                notify: [approvers]
            """);
        DataDirectory.WritePrivateFile(SecretFile, Encoding.UTF8.GetBytes(FakeWebhook.Secret + "\n"));
        await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _host.DisposeAsync();
        await _mail.DisposeAsync();
        await _webhook.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_report_is_made_by_the_clock_kept_recorded_and_arrives_signed_by_mail_and_webhook()
    {
        await UntilAsync(() => _host.Gateway.Reports.MadeUntil("daily") is not null);
        _time.Advance(TimeSpan.FromHours(20.5));
        await UntilAsync(() => !_mail.Mails.IsEmpty && !_webhook.Received.IsEmpty);

        JournalEntry record = Assert.Single(Records("report.made"));
        string id = record.Text("id")!;
        Assert.Equal("daily", record.Text("cadence"));
        Assert.StartsWith("daily-20260302-", id, StringComparison.Ordinal);
        using MimeMessage mail =
            await MimeMessage.LoadAsync(new MemoryStream(Encoding.UTF8.GetBytes(_mail.Mails.Single().Content)));
        Assert.Contains("carol@example.com", _mail.Mails.Single().To, StringComparison.Ordinal);
        var attached = mail.Attachments.OfType<MimePart>().ToDictionary(part => part.FileName!, Decode);
        AssertSigned(attached);
        var files = _webhook.Received.Single().GetProperty("files").EnumerateArray()
            .ToDictionary(file => file.GetProperty("name").GetString()!,
            file => file.GetProperty("content").GetBytesFromBase64());
        AssertSigned(files);
        Assert.Equal("true", _webhook.Received.Single().GetProperty("facts").GetProperty("holds").GetString());
        Assert.Equal(id, ReportJson.Read(files[ReportMaker.JsonName]).Head.Id);
        await UntilAsync(() => Records("delivery.succeeded").Count == 2);
        Assert.All(Records("delivery.succeeded"), delivered => Assert.Equal(id, delivered.Text("message")));
        Assert.True(File.Exists(Path.Combine(_host.Gateway.Reports.DirectoryOf(id), ReportNote.FileName)));
    }

    [Fact]
    public async Task Reports_that_a_stop_missed_are_made_up_for_and_none_is_made_twice()
    {
        await UntilAsync(() => _host.Gateway.Reports.MadeUntil("daily") is not null);
        await _host.DisposeAsync();
        _time.Advance(TimeSpan.FromDays(3));
        await StartAsync();
        await UntilAsync(() => Records("report.made").Count >= 3);
        _time.Advance(TimeSpan.FromMinutes(5));
        await UntilAsync(() => _webhook.Received.Count >= 3);
        Assert.Equal(
            ["2026-03-02T00:00:00.000000Z", "2026-03-03T00:00:00.000000Z", "2026-03-04T00:00:00.000000Z"],
            Records("report.made").Select(made => made.Text("from")));
    }

    [Fact]
    public async Task What_does_not_arrive_is_tried_again_and_each_failure_is_on_record()
    {
        _webhook.Failures = 1;
        await UntilAsync(() => _host.Gateway.Reports.MadeUntil("daily") is not null);
        _time.Advance(TimeSpan.FromHours(20.5));
        await UntilAsync(() => Records("delivery.failed").Count == 1);
        JournalEntry failed = Records("delivery.failed").Single();
        Assert.Contains("503", failed.Text("reason"), StringComparison.Ordinal);
        Assert.Equal("hook", failed.Text("recipient"));
        await UntilAsync(() => !_webhook.Received.IsEmpty);
        await UntilAsync(() => Records("delivery.succeeded").Any(delivered => delivered.Text("tries") == "2"));
    }

    [Fact]
    public async Task Whom_a_rule_wants_told_is_told_once_without_the_command()
    {
        // It watches from where the journal stood when it began.
        await UntilAsync(() => _host.Gateway.Cursors.Next("watch") is not null);
        await RunAsync("rm /srv/secret-name");
        await RunAsync("rm /srv/secret-name");
        await UntilAsync(() => !_webhook.Received.IsEmpty && !_mail.Mails.IsEmpty);
        Assert.Equal(["approvers"], Records("command.decided")[0].Data().GetProperty("notify").EnumerateArray()
            .Select(name => name.GetString()));
        Assert.Contains("bob@example.com", _mail.Mails.Single().To, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-name", _mail.Mails.Single().Content, StringComparison.Ordinal);
        JsonElement notice = _webhook.Received.Single();
        Assert.Equal("notice", notice.GetProperty("kind").GetString());
        Assert.Equal("permit", notice.GetProperty("facts").GetProperty("verdict").GetString());
        Assert.DoesNotContain("secret-name", notice.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_made_by_hand_beside_the_gateway_gets_its_record_and_a_forged_one_does_not()
    {
        DateTimeOffset now = _time.GetUtcNow();
        var order = new ReportOrder
        {
            DataDirectory = Data,
            Period = new ReportPeriod(now.AddDays(-1), now, TimeZoneInfo.Utc),
            Signer = _host.Gateway.Signer,
        };
        MadeReport made = await new ReportMaker(_time).MakeAsync(order, CancellationToken.None);
        MadeReport forged = await new ReportMaker(_time).MakeAsync(
            order with { Signer = Bastion.Audit.Notes.Ed25519NoteSigner.Generate("bastion") }, CancellationToken.None);
        Assert.True(UnrecordedReports.Leave(Data, forged, "mallory"));
        Assert.True(UnrecordedReports.Leave(Data, made, "carol"));
        await UntilAsync(() => Records("report.made").Count > 0);
        Assert.Equal((made.Data.Head.Id, "carol"),
            (Records("report.made").Single().Text("id"), Records("report.made").Single().Text("by")));
        await UntilAsync(() => Directory.GetFiles(UnrecordedReports.DirectoryOf(Data)).Length == 0);
    }

    private string Data => Path.Combine(_directory, "data");

    private string SecretFile => Path.Combine(_directory, "webhook-secret");

    private async Task StartAsync() => _host = await BastionHost.StartAsync(
        new BastionOptions
        {
            DataDirectory = Data,
            PolicyDirectory = Path.Combine(_directory, "policies"),
            WebPort = 0,
            SshPort = 0,
            SshAddress = IPAddress.Loopback,
            LogToConsole = false,
            Reports = new ReportOptions { Cadences = [new DailyReport(new TimeOnly(6, 0))], To = ["carol"] },
            Notifications = new NotificationOptions
            {
                Mail = new MailOptions
                {
                    Server = "127.0.0.1",
                    Port = _mail.Port,
                    Security = MailSecurity.None,
                    From = "bastion@example.com",
                },
                Webhooks = [new WebhookOptions { Name = "hook", Url = _webhook.Url, SecretFile = SecretFile }],
                Addresses = new Dictionary<string, IReadOnlyList<string>>
                {
                    ["carol"] = ["carol@example.com"],
                    ["bob"] = ["bob@example.com"],
                },
            },
        },
        _time, null, CancellationToken.None);

    private async Task RunAsync(string command)
    {
        SessionStart.Started started = Assert.IsType<SessionStart.Started>(await _host.Gateway.Sessions.StartAsync(
            new SessionOpening
            {
                Principal = new PolicyPrincipal("alice"),
                Target = "orders-db",
                Client = new IPEndPoint(IPAddress.Parse("10.1.2.3"), 50_000),
                Login = LoginMethods.PublicKey,
            },
            CancellationToken.None));
        GateAnswer answer = await new Asking(
            _host.Gateway.Gate, started.Session, new WaitingRequester()).AskAsync(
            new ExecIntent(Encoding.UTF8.GetBytes(command), new IntentContext(0)), CancellationToken.None);
        Assert.True(answer is GateAnswer.Released, (answer as GateAnswer.Refused)?.Refusal.Reason.En);
    }

    private void AssertSigned(Dictionary<string, byte[]> files)
    {
        Assert.Equal(["report.en.html", "report.json", "report.note"], files.Keys.Order(StringComparer.Ordinal));
        Assert.True(ReportNote.TryParse(Encoding.UTF8.GetString(files[ReportNote.FileName]), out ReportNote? note));
        Assert.Empty(note.Faults(new JournalReader(Data).PublishedKey()!, files.GetValueOrDefault));
        Assert.Equal(Convert.ToBase64String(new JournalTiles(Data).RootAt(note.CheckpointSize)), note.RootHash);
    }

    private static byte[] Decode(MimePart part)
    {
        using var content = new MemoryStream();
        part.Content!.DecodeTo(content);
        return content.ToArray();
    }

    private List<JournalEntry> Records(string kind) =>
        [.. _host.Gateway.JournalReader.Read().Where(entry => entry.Kind == kind)];

    /// <summary>Time goes on while it waits: services look at the clock.</summary>
    private async Task UntilAsync(Func<bool> happened)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!happened())
        {
            Assert.False(deadline.IsCancellationRequested,
                $"did not happen in time; the journal ends with "
                    + $"{string.Join(", ", _host.Gateway.JournalReader.ReadLast(6).Select(entry => entry.Kind))}");
            await Task.Delay(20, CancellationToken.None);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }
}
