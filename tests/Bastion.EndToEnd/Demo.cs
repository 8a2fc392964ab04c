using System.Diagnostics;
using System.Text.Json;

namespace Bastion.EndToEnd;

/// <summary>`bastion demo --json` as a process of its own, with a data directory that goes away with it.</summary>
internal sealed class Demo : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly bool _keepsData;

    private Demo(Process process, Task<string> errors, JsonElement ready, bool keepsData)
    {
        _process = process;
        _errors = errors;
        _keepsData = keepsData;
        SshPort = ready.GetProperty("ssh").GetProperty("port").GetInt32();
        Web = new Uri(ready.GetProperty("web").GetString()!);
        Data = ready.GetProperty("data").GetString()!;
        KnownHosts = ready.GetProperty("knownHosts").GetString()!;
        Users = ready.GetProperty("users").Clone();
    }

    public int SshPort { get; }

    public Uri Web { get; }

    public string Data { get; }

    public string KnownHosts { get; }

    private JsonElement Users { get; }

    /// <summary>What it said on standard error; complete when it has ended.</summary>
    public Task<string> Errors => _errors;

    public static async Task<Demo> StartAsync(string? data = null)
    {
        string directory = data ?? Directory.CreateTempSubdirectory("bastion-e2e-").FullName;
        Process process = Programs.Start(
            "dotnet",
            [Programs.BastionDll, "demo", "--data", directory, "--ssh-port", "0", "--web-port", "0", "--json",
                "--unconfined-target"]);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        string? line = await process.StandardOutput.ReadLineAsync(deadline.Token);
        return line is null
            ? throw new InvalidOperationException($"the demo did not start: {await errors}")
            : new Demo(process, errors, JsonDocument.Parse(line).RootElement, keepsData: data is not null);
    }

    public string User(string name, string what) => Users.GetProperty(name).GetProperty(what).GetString()!;

    public string[] SshOptions(string name = "alice") =>
    [
        "-i", User(name, "key"), "-o", $"UserKnownHostsFile={KnownHosts}", "-o", "GlobalKnownHostsFile=/dev/null",
        "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-F", "/dev/null",
    ];

    public Task<ProgramResult> SshAsync(string command, string login = "alice+orders-db", string? input = null) =>
        Programs.RunAsync("ssh", [.. SshOptions(), "-p", $"{SshPort}", $"{login}@127.0.0.1", command], input);

    /// <summary>Whether there is such a file on the target, as seen from its home directory.</summary>
    public async Task<bool> HasAsync(string path) => (await SshAsync($"test -e {path}")).ExitCode == 0;

    /// <summary>Whether the target is a machine of its own, or, where the kernel gives no namespaces, a user of this
    /// one.</summary>
    public async Task<bool> IsConfinedAsync() => (await SshAsync("cat /etc/hostname")).Output == "orders-db\n";

    public Process StartSsh(params string[] further) =>
        Programs.Start("ssh", [.. SshOptions(), "-p", $"{SshPort}", .. further]);

    public Task<WebUser> SignInAsync(string name) =>
        WebUser.SignInAsync(Web, name, User(name, "password"), User(name, "totp"));

    public async Task<IReadOnlyList<JsonElement>> RecordsAsync(string kind)
    {
        ProgramResult shown = await Programs.BastionAsync("audit", "show", "--data", Data, "--json", "--kind", kind);
        Assert.Equal(0, shown.ExitCode);
        return [.. shown.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)];
    }

    public Task<ProgramResult> VerifyAsync() => Programs.BastionAsync("audit", "verify", "--data", Data);

    /// <summary>As a power cut would.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and the exit status.</summary>
    public async Task<int> StopAsync()
    {
        await Programs.RunAsync("kill", ["-TERM", $"{_process.Id}"]);
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        await _process.WaitForExitAsync(deadline.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await StopAsync();
        }

        string errors = await _errors;
        _process.Dispose();
        if (!_keepsData)
        {
            Directory.Delete(Data, recursive: true);
        }

        Assert.DoesNotContain("Unhandled exception", errors, StringComparison.Ordinal);
    }
}
