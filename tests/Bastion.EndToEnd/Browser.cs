using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Bastion.EndToEnd;

/// <summary>One person's Chromium on a page of the gateway. Whatever it complains of fails the test.</summary>
internal sealed class Browser : IAsyncDisposable
{
    /// <summary>The size of a common phone, in CSS pixels.</summary>
    public static readonly ViewportSize Phone = new() { Width = 390, Height = 844 };

    public static readonly ViewportSize Desk = new() { Width = 1280, Height = 800 };

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly List<string> _complaints = [];

    private Browser(IPlaywright playwright, IBrowser browser, IPage page)
    {
        _playwright = playwright;
        _browser = browser;
        Page = page;
        page.Console += (_, message) =>
            Complain(message.Type is "error" or "warning", $"{message.Type}: {message.Text}");
        page.PageError += (_, error) => Complain(true, error);
        page.RequestFailed += (_, request) => Complain(!IsStream(request), $"failed: {request.Url} {request.Failure}");
    }

    public IPage Page { get; }

    /// <summary>Of whoever signed in here.</summary>
    public Authenticator? Authenticator { get; private set; }

    public static async Task<Browser> OpenAsync(Uri at, ViewportSize size, ColorScheme colours = ColorScheme.Light,
        string locale = "en-GB")
    {
        IPlaywright playwright = await Playwright.CreateAsync();
        IBrowser browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = "/usr/bin/chromium",
            // As root, as in CI, Chromium has no sandbox; the pages are our own.
            Args = ["--no-sandbox", "--disable-dev-shm-usage"],
        });
        IBrowserContext context = await browser.NewContextAsync(new()
        {
            ViewportSize = size,
            HasTouch = size == Phone,
            ColorScheme = colours,
            Locale = locale,
            DeviceScaleFactor = size == Phone ? 2 : 1,
        });
        context.SetDefaultTimeout((float)Programs.Deadline.TotalMilliseconds);
        var opened = new Browser(playwright, browser, await context.NewPageAsync());
        await opened.Page.GotoAsync(at.ToString());
        return opened;
    }

    public async Task SignInAsync(string user, string password, Authenticator authenticator)
    {
        Authenticator = authenticator;
        await Page.Locator("input[name=user]").FillAsync(user);
        await Page.Locator("input[name=password]").FillAsync(password);
        await Page.Locator("input[name=code]").FillAsync(await authenticator.NextCodeAsync());
        await Page.Locator("form.sign-in button").ClickAsync();
        ILocator refused = Page.Locator("form.sign-in .problem");
        await Page.Locator("header nav").Or(refused).WaitForAsync();
        if (await refused.IsVisibleAsync())
        {
            // The clock passed the end of a step on the way. Chromium complains of the 401, as it should.
            Assert.Single(_complaints, complaint => complaint.Contains("401", StringComparison.Ordinal));
            _complaints.Clear();
            await Page.Locator("input[name=code]").FillAsync(await authenticator.NextCodeAsync());
            await Page.Locator("form.sign-in button").ClickAsync();
            await Page.Locator("header nav").WaitForAsync();
        }
    }

    /// <summary>Keeps a picture for whoever wants to look, and holds the page against WCAG 2.2 A and AA.</summary>
    public async Task LookAsync(string name)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Programs.Root, "artifacts", "screenshots")).FullName;
        await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
        AxeResult result = await Page.RunAxe(new AxeRunOptions
        {
            RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"] },
        });
        Assert.True(
            result.Violations.Length == 0,
            name + ": " + string.Join('\n', result.Violations.Select(found =>
                $"{found.Help}: {string.Join(", ", found.Nodes.Select(node => node.Html))}")));
        bool wide = await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth");
        Assert.False(wide, $"{name} scrolls sideways");
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.CloseAsync();
        _playwright.Dispose();
        lock (_complaints)
        {
            Assert.Empty(_complaints);
        }
    }

    /// <summary>The stream of events ends when its page does.</summary>
    private static bool IsStream(IRequest request) => request.Url.EndsWith("/stream", StringComparison.Ordinal);

    private void Complain(bool really, string what)
    {
        lock (_complaints)
        {
            if (really)
            {
                _complaints.Add(what);
            }
        }
    }
}
