using System.Diagnostics;
using System.Net.Http.Json;

namespace Bastion.EndToEnd;

/// <summary>A `bastion` that serves: a gateway without targets and people, or a witness.</summary>
internal sealed class Running(Process process, Uri url) : IAsyncDisposable
{
    private readonly Task<string> _errors = process.StandardError.ReadToEndAsync();
    private readonly HttpClient _http = new();

    public Uri Url { get; } = url;

    public string Key { get; init; } = "";

    /// <summary>`bastion init`, on free ports of this machine.</summary>
    public static async Task InitAsync(string folder)
    {
        ProgramResult made = await Programs.BastionAsync("init", folder);
        Assert.True(made.ExitCode == 0, made.ToString());
        await RealGateway.EditAsync(Path.Combine(folder, "bastion.yaml"), text => text
            .Replace("address: 0.0.0.0", "address: 127.0.0.1", StringComparison.Ordinal)
            .Replace("port: 2222", "port: 0", StringComparison.Ordinal)
            .Replace("port: 8080", "port: 0", StringComparison.Ordinal));
    }

    public static async Task<Running> ServeAsync(string configuration)
    {
        (Process process, string[] words) = await StartAsync("serve", "--config", configuration);
        return new Running(process, new Uri(words[2]["web=".Length..]));
    }

    /// <summary>The process, and the words of its `ready …` line.</summary>
    public static async Task<(Process Process, string[] Words)> StartAsync(params string[] arguments)
    {
        Process process = Programs.Start("dotnet", [Programs.BastionDll, .. arguments]);
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        return await process.StandardOutput.ReadLineAsync(deadline.Token) is { } ready
            ? (process, ready.Split(' '))
            : throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(deadline.Token));
    }

    /// <summary>Leaves a record, and so a new checkpoint.</summary>
    public async Task FailToLogInAsync()
    {
        using var content = JsonContent.Create(new { user = "nobody", password = "wrong", totp = "000000" });
        (await _http.PostAsync(new Uri(Url, "/api/auth/login"), content)).Dispose();
    }

    /// <summary>As by kill -9. From any thread.</summary>
    public void Kill() => process.Kill();

    public async Task KillAsync()
    {
        process.Kill();
        await DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await Programs.RunAsync("kill", ["-TERM", $"{process.Id}"]);
        }

        using var deadline = new CancellationTokenSource(Programs.Deadline);
        await process.WaitForExitAsync(deadline.Token);
        Assert.DoesNotContain("Unhandled exception", await _errors, StringComparison.Ordinal);
        process.Dispose();
        _http.Dispose();
    }
}
