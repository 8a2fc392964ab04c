using System.Diagnostics;

namespace Bastion.EndToEnd;

/// <summary>
/// `bastion init`, the edits that its comments ask for, `credential add`, `user add` and `bastion serve`, in front of a
/// stock sshd: what somebody does who means it.
/// </summary>
internal sealed class RealGateway : IAsyncDisposable
{
    private readonly StockSshd _target;
    private readonly Process _process;
    private readonly Task<string> _errors;
    private bool _killed;
    private readonly string _password;
    private readonly string _totp;

    private RealGateway(StockSshd target, string directory, Process process, Uri web, int port, string[] bob)
    {
        _target = target;
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        (_password, _totp) = (bob[0], bob[1]);
        Folder = directory;
        Web = web;
        SshPort = port;
    }

    public string Folder { get; }

    public string Configuration => Path.Combine(Folder, "bastion.yaml");

    public string Policy => Path.Combine(Folder, "policies", "policy.yaml");

    public Uri Web { get; }

    public int SshPort { get; }

    public int ProcessId => _process.Id;

    /// <param name="target">What it stands in front of.</param>
    /// <param name="policy">Changes the policy.</param>
    /// <param name="further">Added to the configuration.</param>
    public static async Task<RealGateway> StartAsync(StockSshd target, Func<string, string>? policy = null,
        string further = "")
    {
        string directory = Directory.CreateTempSubdirectory("bastion-real-").FullName;
        string configuration = Path.Combine(directory, "bastion.yaml");
        await OkAsync("init", directory);
        await Programs.RunAsync("ssh-keygen",
            ["-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(directory, "alice")]);
        string alice = (await File.ReadAllTextAsync(Path.Combine(directory, "alice.pub"))).Trim();
        await EditAsync(Path.Combine(directory, "policies", "policy.yaml"), text => (policy ?? (same => same))(text
            .Replace("    keys: []", $"    keys: ['{alice}']", StringComparison.Ordinal)
            .Replace("port: 22\n", $"port: {target.Port}\n", StringComparison.Ordinal)
            .Replace("host-keys: []", $"host-keys: ['{target.HostKey}']", StringComparison.Ordinal)
            .Replace("deploy", Environment.UserName, StringComparison.Ordinal)));
        await EditAsync(configuration, text => text
            .Replace("address: 0.0.0.0", "address: 127.0.0.1", StringComparison.Ordinal)
            .Replace("port: 2222", "port: 0", StringComparison.Ordinal)
            .Replace("port: 8080", "port: 0", StringComparison.Ordinal) + further);
        await OkAsync("credential", "add", "server-1", "--config", configuration, "--key-file", target.AcceptedKey);
        string added = await OkAsync("user", "add", "bob", "--config", configuration);
        string[] bob = [.. added.Split('\n').Take(2)
            .Select(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..].Trim())];
        if (policy is null)
        {
            await OkAsync("doctor", "--config", configuration);
        }

        Process process = Programs.Start("dotnet", [Programs.BastionDll, "serve", "--config", configuration]);
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        // ready ssh=127.0.0.1:2222 web=http://localhost:8080
        string? ready = await process.StandardOutput.ReadLineAsync(deadline.Token);
        string[] words = ready is null
            ? throw new InvalidOperationException(await process.StandardError.ReadToEndAsync(deadline.Token))
            : ready.Split(' ');
        return new RealGateway(
            target, directory, process, new Uri(words[2]["web=".Length..]), int.Parse(words[1].Split(':')[1], null),
            bob);
    }

    public string[] SshOptions =>
    [
        "-F", "/dev/null", "-i", Path.Combine(Folder, "alice"), "-o", $"UserKnownHostsFile={Folder}/known_hosts",
        "-o", "StrictHostKeyChecking=accept-new", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o",
        "LogLevel=ERROR",
    ];

    /// <param name="environment">NAME=value, sent along.</param>
    public Task<ProgramResult> SshAsync(string command, string? input = null, string? environment = null)
    {
        string[] sent = environment is null ? [] : ["-o", $"SetEnv={environment}"];
        return Programs.RunAsync("ssh",
            [.. SshOptions, .. sent, "-p", $"{SshPort}", "alice+server-1@127.0.0.1", command], input);
    }

    public Process StartSsh(params string[] further) =>
        Programs.Start("ssh", [.. SshOptions, "-p", $"{SshPort}", .. further]);

    public Task<WebUser> SignInBobAsync() => WebUser.SignInAsync(Web, "bob", _password, _totp);

    public Task<ProgramResult> VerifyAsync() =>
        Programs.BastionAsync("audit", "verify", "--data", Path.Combine(Folder, "data"));

    public static async Task EditAsync(string file, Func<string, string> edit)
    {
        string before = await File.ReadAllTextAsync(file);
        string after = edit(before);
        Assert.NotEqual(before, after);
        await File.WriteAllTextAsync(file, after);
    }

    /// <summary>As by kill -9: nothing is put in order.</summary>
    public async Task KillAsync()
    {
        _killed = true;
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_killed)
        {
            await _errors;
            _process.Dispose();
            Directory.Delete(Folder, recursive: true);
            return;
        }

        await Programs.RunAsync("kill", ["-TERM", $"{_process.Id}"]);
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        await _process.WaitForExitAsync(deadline.Token);
        string errors = await _errors;
        int code = _process.ExitCode;
        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
        Assert.True(code == 0, errors);
        Assert.DoesNotContain("Unhandled exception", errors, StringComparison.Ordinal);
    }

    private static async Task<string> OkAsync(params string[] arguments)
    {
        ProgramResult result = await Programs.BastionAsync(arguments);
        Assert.True(result.ExitCode == 0, $"bastion {string.Join(' ', arguments)}: {result}");
        return result.Output;
    }
}
