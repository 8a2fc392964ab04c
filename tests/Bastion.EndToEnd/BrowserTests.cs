using System.Diagnostics;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Bastion.EndToEnd;

/// <summary>The approver's phone and the auditor's console, in a real browser.</summary>
public class BrowserTests
{
    static BrowserTests() => SetDefaultExpectTimeout((float)Programs.Deadline.TotalMilliseconds);

    [Fact]
    public async Task An_approver_reads_decides_and_the_command_runs()
    {
        await using Demo demo = await Demo.StartAsync();
        await using Browser bob = await SignedInAsync(demo, "bob", "/", Browser.Phone);
        await Expect(bob.Page.GetByText("Nothing waits for you.")).ToBeVisibleAsync();
        await bob.LookAsync("approve-empty");
        using Process held = demo.StartSsh(
            "-o", "SetEnv=BASTION_REASON=\"disk is full, ticket 4711\"", "alice+orders-db@127.0.0.1",
            "rm -rf archive/2019 && echo gone");
        Task<ProgramResult> finishing = Programs.FinishAsync(held);
        // It appears by itself.
        ILocator card = bob.Page.Locator("article.request");
        await Expect(card).ToContainTextAsync("rm -rf archive/2019 && echo gone");
        await Expect(card).ToContainTextAsync("alice");
        await Expect(card).ToContainTextAsync("orders-db");
        await Expect(card).ToContainTextAsync("disk is full, ticket 4711");
        await bob.LookAsync("approve-waiting");
        await card.Locator("input[name=code]").FillAsync(await bob.Authenticator!.NextCodeAsync());
        await card.Locator("button.approve").ClickAsync();
        ProgramResult run = await finishing;
        Assert.Equal((0, "gone\n"), (run.ExitCode, run.Output));
        await Expect(bob.Page.Locator(".decided").First).ToContainTextAsync("approved and run");
        // What he takes home proves it to whoever has the log.
        IDownload receipt =
            await bob.Page.RunAndWaitForDownloadAsync(() => bob.Page.Locator(".decided button").First.ClickAsync());
        string file = Path.Combine(demo.Data, "receipt.tlog-proof");
        await receipt.SaveAsAsync(file);
        ProgramResult proved = await Programs.BastionAsync("audit", "verify", file, "--log", demo.Data);
        Assert.True(proved.ExitCode == 0, proved.ToString());
    }

    [Fact]
    public async Task A_refusal_by_one_tap_reaches_the_requester()
    {
        await using Demo demo = await Demo.StartAsync();
        using Process held = demo.StartSsh("alice+orders-db@127.0.0.1", "rm -rf archive");
        Task<ProgramResult> finishing = Programs.FinishAsync(held);
        await using Browser bob = await SignedInAsync(demo, "bob", "/", Browser.Phone);
        await bob.Page.GetByText("Deny").ClickAsync();
        await bob.LookAsync("approve-denying");
        await bob.Page.GetByText("Use the runbook").ClickAsync();
        ProgramResult refused = await finishing;
        Assert.Equal(77, refused.ExitCode);
        Assert.Contains("Use the runbook", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_shown_is_text_whatever_it_holds()
    {
        await using Demo demo = await Demo.StartAsync();
        const string hostile = "rm -rf archive # <img src=x onerror=alert(1)> \u202egpj.exe\u202c";
        using Process held = demo.StartSsh("alice+orders-db@127.0.0.1", hostile);
        await using Browser bob = await SignedInAsync(demo, "bob", "/", Browser.Phone);
        ILocator command = bob.Page.Locator("article.request .command");
        await Expect(command).ToContainTextAsync("<img src=x onerror=alert(1)>");
        await Expect(command).ToContainTextAsync("\\u{202e}");
        Assert.Equal(0, await command.Locator("img").CountAsync());
        await bob.LookAsync("approve-hostile");
        held.Kill();
    }

    [Theory]
    [InlineData(ColorScheme.Light, "en-GB")]
    [InlineData(ColorScheme.Dark, "en-GB")]
    [InlineData(ColorScheme.Light, "zh-CN")]
    [InlineData(ColorScheme.Dark, "zh-CN")]
    public async Task Every_page_is_legible_by_day_and_by_night_in_both_languages(ColorScheme colours, string locale)
    {
        await using Demo demo = await Demo.StartAsync();
        Assert.Equal(0, (await demo.SshAsync("ls archive")).ExitCode);
        using Process held = demo.StartSsh("-tt", "alice+orders-db@127.0.0.1",
            "sudo rm -rf /srv/orders/archive && systemctl stop postgresql");
        string name = $"{locale[..2]}-{colours.ToString().ToLowerInvariant()}";
        await using (Browser nobody = await Browser.OpenAsync(demo.Web, Browser.Phone, colours, locale))
        {
            await nobody.Page.Locator("form.sign-in").WaitForAsync();
            await nobody.LookAsync($"sign-in-{name}");
        }

        await using (Browser bob = await SignedInAsync(demo, "bob", "/", Browser.Phone, colours, locale))
        {
            await bob.Page.Locator("article.request").WaitForAsync();
            await bob.LookAsync($"approve-{name}");
            await bob.Page.Locator("article.request button.deny").ClickAsync();
            await bob.LookAsync($"deny-{name}");
            await bob.Page.Locator(".chips button").First.ClickAsync();
            await bob.Page.Locator("article.decided").WaitForAsync();
        }

        await held.WaitForExitAsync();
        await using Browser carol = await SignedInAsync(demo, "carol", "/console", Browser.Desk, colours, locale);
        await carol.Page.Locator("tbody tr").First.WaitForAsync();
        await carol.LookAsync($"sessions-{name}");
        await carol.Page.Locator("nav.tabs a").Last.ClickAsync();
        await carol.Page.Locator("main h1").Nth(1).WaitForAsync();
        await carol.LookAsync($"anomalies-{name}");
        await carol.Page.Locator("nav.tabs a").First.ClickAsync();
        await carol.Page.Locator("tbody tr a").Last.ClickAsync();
        await carol.Page.Locator(".ap-player").WaitForAsync();
        await carol.Page.Locator(".events li").First.WaitForAsync();
        await carol.LookAsync($"session-{name}");
        Assert.Equal(1, await carol.Page.Locator(".film p.quiet").CountAsync());
        await carol.Page.EvaluateAsync("location.hash += '?from=999999'");
        await carol.Page.Locator(".ap-player").WaitForAsync();
    }

    private static async Task<Browser> SignedInAsync(
        Demo demo, string name, string path, ViewportSize size, ColorScheme colours = ColorScheme.Light,
        string locale = "en-GB")
    {
        Browser browser = await Browser.OpenAsync(new Uri(demo.Web, path), size, colours, locale);
        await browser.SignInAsync(name, demo.User(name, "password"), new Authenticator(demo.User(name, "totp")));
        return browser;
    }
}
