using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Bastion.Ssh.Keys;

namespace Bastion.Conformance.Peers;

/// <summary>Somebody else's server on loopback, with files of its own in one directory; it ends with the
/// test.</summary>
internal sealed class StockTarget : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly List<string> _log = [];

    private StockTarget(Process process, int port, string directory)
    {
        _process = process;
        Port = port;
        Directory = directory;
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    public int Port { get; }

    public string Directory { get; }

    /// <summary>The host keys that the target was given: the only ones that a test may accept.</summary>
    public required IReadOnlyList<SshPublicKey> HostKeys { get; set; }

    public string Log
    {
        get
        {
            lock (_log)
            {
                return string.Join('\n', _log.TakeLast(40));
            }
        }
    }

    /// <param name="settings">Further lines of sshd_config; the first value of a keyword is the one that
    /// counts.</param>
    public static async Task<StockTarget> StartOpenSshAsync(TestKeyRing keys, params string[] settings)
    {
        string directory = keys.PathOf("sshd_" + Guid.NewGuid().ToString("N")[..8]);
        System.IO.Directory.CreateDirectory(directory);
        // sshd started by root wants its privilege separation directory.
        System.IO.Directory.CreateDirectory("/run/sshd");
        string authorized = Path.Combine(directory, "authorized_keys");
        await File.WriteAllLinesAsync(authorized,
            TestKeyRing.PlainKeyNames.Select(name => keys.UserKey(name).PublicKey.ToString()));
        return await StartAsync(directory, [.. TestKeyRing.PlainKeyNames.Select(keys.HostKey)], port =>
        {
            string[] lines =
            [
                .. settings,
                $"ListenAddress 127.0.0.1:{port}", $"PidFile {directory}/pid",
                .. TestKeyRing.PlainKeyNames.Select(name => $"HostKey {keys.PathOf("host_" + name)}"),
                $"AuthorizedKeysFile {authorized}", $"TrustedUserCAKeys {keys.PathOf("authority.pub")}",
                "StrictModes no", "UsePAM no", "PasswordAuthentication no", "KbdInteractiveAuthentication no",
                "PermitRootLogin yes",
                "LogLevel VERBOSE", "MaxStartups 100", "Subsystem sftp internal-sftp",
            ];
            string configuration = Path.Combine(directory, "sshd_config");
            File.WriteAllLines(configuration, lines);
            return StockProgram.Start(StockProgram.Require("sshd"), ["-D", "-e", "-f", configuration]);
        });
    }

    /// <summary>
    /// Dropbear reads authorized_keys in the account's own home only: it is given a home of its own in a mount
    /// namespace.
    /// </summary>
    public static async Task<StockTarget> StartDropbearAsync(TestKeyRing keys, string hostKey)
    {
        StockProgram.Require("dropbear");
        string directory = keys.PathOf("dropbear_" + Guid.NewGuid().ToString("N")[..8]);
        string ssh = System.IO.Directory.CreateDirectory(Path.Combine(directory, "home", ".ssh")).FullName;
        await File.WriteAllLinesAsync(
            Path.Combine(ssh, "authorized_keys"),
            TestKeyRing.PlainKeyNames.Select(name => keys.UserKey(name).PublicKey.ToString()));
        string converted = Path.Combine(directory, "hostkey");
        ProgramResult conversion = await StockProgram.RunAsync("dropbearconvert",
            ["openssh", "dropbear", keys.PathOf("host_" + hostKey), converted]);
        Assert.True(conversion.ExitCode == 0, conversion.Explain());
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string script =
            $"chmod 700 {directory}/home {ssh} && chmod 600 {ssh}/* && mount --bind {directory}/home {home} && exec "
            + $"dropbear -F -E -r {converted} -P {directory}/pid -p 127.0.0.1:";
        bool asRoot = (await StockProgram.RunAsync("unshare", ["-m", "true"])).ExitCode == 0;
        return await StartAsync(directory, [keys.HostKey(hostKey)], port => StockProgram.Start(
            "unshare", [asRoot ? "-m" : "-rm", "sh", "-c", script + port]));
    }

    /// <summary>AsyncSSH as a server: passwords and prompts, which sshd gives only to real accounts.</summary>
    public static async Task<StockTarget> StartAsyncSshAsync(TestKeyRing keys) =>
        await StartAsync(keys.Directory, [keys.HostKey("ed25519")], port => StockProgram.Start(
            "/usr/bin/python3",
            ["-W", "ignore", Path.Combine(AppContext.BaseDirectory, "Scripts", "asyncssh_server.py"), $"{port}",
                keys.PathOf("host_ed25519")]));

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    /// <summary>Loopback ports are taken and given back before the program binds them: another one may be quicker, so
    /// it is tried again.</summary>
    private static async Task<StockTarget> StartAsync(string directory, IReadOnlyList<SshPublicKey> hostKeys,
        Func<int, Process> start)
    {
        for (int attempt = 0; ; attempt++)
        {
            int port = FreePort();
            var target = new StockTarget(start(port), port, directory) { HostKeys = hostKeys };
            if (await target.IsReadyAsync())
            {
                return target;
            }

            string log = target.Log;
            await target.DisposeAsync();
            Assert.True(attempt < 3, $"the target does not start:\n{log}");
        }
    }

    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private async Task<bool> IsReadyAsync()
    {
        using var deadline = new CancellationTokenSource(StartDeadline);
        while (!_process.HasExited && !deadline.IsCancellationRequested)
        {
            try
            {
                using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                await probe.ConnectAsync(IPAddress.Loopback, Port, deadline.Token);
                return true;
            }
            catch (SocketException)
            {
                await Task.Delay(50, CancellationToken.None);
            }
        }

        return false;
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            lock (_log)
            {
                _log.Add(line);
            }
        }
    }
}
