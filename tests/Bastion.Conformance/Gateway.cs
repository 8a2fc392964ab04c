using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Bastion.Conformance.Peers;
using Bastion.Ssh.Keys;

namespace Bastion.Conformance;

/// <summary>`bastion serve` as its own process, from a configuration that `bastion init` began, in front of stock
/// targets.</summary>
public sealed partial class Gateway : IAsyncLifetime, IPeerUnderTest
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);

    private readonly ConcurrentQueue<string> _log = [];
    private Process? _process;

    internal TestKeyRing Keys { get; private set; } = null!;

    internal StockTarget? OpenSsh { get; private set; }

    internal StockTarget? Dropbear { get; private set; }

    internal StockTarget? AsyncSsh { get; private set; }

    internal int Port { get; private set; }

    internal string KnownHosts { get; private set; } = "";

    /// <summary>What the gateway wrote on its standard error; short, since its log goes to files.</summary>
    internal string Log => string.Join('\n', _log.TakeLast(20));

    internal string Configuration { get; private set; } = "";

    TestKeyRing IPeerUnderTest.Keys => Keys;

    int IPeerUnderTest.Port => Port;

    string IPeerUnderTest.KnownHosts => KnownHosts;

    string IPeerUnderTest.User => TestKeyRing.User + "+openssh";

    string IPeerUnderTest.Home => Directory.CreateDirectory(Keys.PathOf("home")).FullName;

    public async Task InitializeAsync()
    {
        try
        {
            await StartAllAsync();
        }
        catch
        {
            // xunit disposes only of what was initialized; the targets must not outlive the test run.
            await DisposeAsync();
            throw;
        }
    }

    private async Task StartAllAsync()
    {
        Keys = await TestKeyRing.CreateAsync();
        OpenSsh = await StockTarget.StartOpenSshAsync(Keys, "AcceptEnv LC_*");
        Dropbear = await StockTarget.StartDropbearAsync(Keys, "ed25519");
        AsyncSsh = await StockTarget.StartAsyncSshAsync(Keys);
        string directory = Keys.PathOf("gateway");
        await RunAsync("init", directory);
        Configuration = Path.Combine(directory, "bastion.yaml");
        string text = await File.ReadAllTextAsync(Configuration);
        await File.WriteAllTextAsync(Configuration, text
            .Replace("port: 2222", "port: 0", StringComparison.Ordinal)
            .Replace("address: 0.0.0.0", "address: 127.0.0.1", StringComparison.Ordinal)
            .Replace("port: 8080", "port: 0", StringComparison.Ordinal));
        // The first policy that `init` writes has cases about its own example target.
        string policies = Path.Combine(directory, "policies");
        Directory.Delete(policies, recursive: true);
        Directory.CreateDirectory(policies);
        await File.WriteAllTextAsync(Path.Combine(policies, "policy.yaml"), Policy());
        await RunAsync("credential", "add", "a-key", "--config", Configuration, "--key-file", Keys.PathOf("ecdsa256"));
        await RunAsync("credential", "add", "a-password", "--config", Configuration, "--password-stdin");
        await StartAsync();
        await WriteKnownHostsAsync();
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        await (OpenSsh?.DisposeAsync() ?? default);
        await (Dropbear?.DisposeAsync() ?? default);
        await (AsyncSsh?.DisposeAsync() ?? default);
        await Keys.DisposeAsync();
    }

    /// <summary>Every session is in the journal when its client has seen the first byte.</summary>
    async Task<int> IPeerUnderTest.CountLoginsAsync()
    {
        ProgramResult shown = await StockProgram.RunAsync("dotnet",
            [Executable, "audit", "show", "--json", "--data",
                Path.Combine(Path.GetDirectoryName(Configuration)!, "data")]);
        Assert.True(shown.ExitCode == 0, shown.Explain());
        return shown.Text.Split('\n').Count(line => line.Contains("\"session.start\"", StringComparison.Ordinal)
            || line.Contains("\"session.started\"", StringComparison.Ordinal));
    }

    private static string Executable { get; } = Path.Combine(AppContext.BaseDirectory, "bastion.dll");

    [GeneratedRegex(@"ready ssh=127\.0\.0\.1:(\d+)")]
    private static partial Regex ReadyLine();

    private static async Task RunAsync(params string[] arguments)
    {
        ProgramResult result =
            await StockProgram.RunAsync("dotnet", [Executable, .. arguments], "open sesame\n"u8.ToArray());
        Assert.True(result.ExitCode == 0, $"bastion {string.Join(' ', arguments)}: {result.Explain()}");
    }

    private async Task StartAsync()
    {
        var ready = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = StockProgram.Start("dotnet", [Executable, "serve", "--config", Configuration]);
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => ready.TrySetException(new InvalidOperationException($"the gateway ended: {Log}"));
        _process.OutputDataReceived += (_, line) =>
        {
            if (ReadyLine().Match(line.Data ?? "") is { Success: true } match)
            {
                ready.TrySetResult(int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
            }
        };
        _process.ErrorDataReceived += (_, line) => _log.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Port = await ready.Task.WaitAsync(StartDeadline);
    }

    /// <summary>The gateway makes its host keys at the first start; the test takes them from its key
    /// directory.</summary>
    private async Task WriteKnownHostsAsync()
    {
        KnownHosts = Keys.PathOf("known_hosts_gateway");
        List<string> lines = [];
        foreach (string file in Directory.GetFiles(Path.Combine(Path.GetDirectoryName(Configuration)!, "data", "keys")))
        {
            try
            {
                using var key = SshPrivateKey.Load(await File.ReadAllTextAsync(file));
                lines.Add(Ssh.Keys.KnownHosts.Line("127.0.0.1", Port, key.PublicKey));
            }
            catch (SshKeyException)
            {
                // The directory also holds keys that are not SSH's.
            }
        }

        Assert.NotEmpty(lines);
        await File.WriteAllLinesAsync(KnownHosts, lines);
    }

    private string Policy()
    {
        string account = Environment.UserName;
        string keys = string.Join(", ", TestKeyRing.PlainKeyNames.Select(name => $"'{Keys.UserKey(name).PublicKey}'"));
        return $$"""
            people:
              alice:
                keys: [{{keys}}]
              bob: {}
              carol: {}
            groups:
              engineers: {members: [alice]}
            roles:
              security-administration: {held-by: bob}
              audit-administration: {held-by: carol}
            targets:
              openssh:
                host: 127.0.0.1
                port: {{OpenSsh!.Port}}
                host-keys: '{{Keys.HostKey("ed25519")}}'
                labels: {environment: test}
                accounts: { {{account}}: a-key }
              dropbear:
                host: 127.0.0.1
                port: {{Dropbear!.Port}}
                host-keys: '{{Keys.HostKey("ed25519")}}'
                labels: {environment: test}
                accounts: { {{account}}: a-key }
              asyncssh:
                host: 127.0.0.1
                port: {{AsyncSsh!.Port}}
                host-keys: '{{Keys.HostKey("ed25519")}}'
                labels: {environment: test}
                accounts: {secret: a-password, prompted: a-password}
                default-account: secret
              imposter:
                host: 127.0.0.1
                port: {{OpenSsh!.Port}}
                host-keys: '{{Keys.Stranger.PublicKey}}'
                labels: {environment: test}
                accounts: { {{account}}: a-key }
            grants:
              engineers-work:
                who: engineers
                targets: {environment: test}
                accounts: [{{account}}, secret, prompted]
                allow: {exec: true, shell: observed, sftp: {read: true, write: true, delete: true} }
            rules:
              everything-here-is-free:
                effects: [process.kill, file.delete, file.overwrite, code.opaque, permission.change]
                permit: true
            sessions: {env: [LANG, LC_*, TERM]}
            """;
    }
}

[CollectionDefinition(nameof(Gateway))]
#pragma warning disable CA1711 // xunit's own word
public sealed class GatewayCollection : ICollectionFixture<Gateway>;
#pragma warning restore CA1711
