using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Bastion.EndToEnd;

/// <summary>A private OpenSSH server on a free port of loopback: the target as firms have it.</summary>
internal sealed class StockSshd : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _log;

    private StockSshd(Process process, string directory, int port)
    {
        _process = process;
        _log = process.StandardError.ReadToEndAsync();
        Directory = directory;
        Port = port;
    }

    public string Directory { get; }

    public int Port { get; }

    /// <summary>The private key whose public half the account accepts: the gateway's, and nobody else's.</summary>
    public string AcceptedKey => Path.Combine(Directory, "accepted");

    /// <summary>Files to work on. Below the home directory, because below /tmp the shipped policies let anybody
    /// delete.</summary>
    public string Work { get; } = System.IO.Directory.CreateDirectory(
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
            $".bastion-e2e-{Guid.NewGuid():N}")).FullName;

    /// <summary>Algorithm and base64, as the policy wants it.</summary>
    public string HostKey => string.Join(' ', File.ReadAllText(Path.Combine(Directory, "host.pub")).Split(' ')[..2]);

    public static async Task<StockSshd> StartAsync()
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("bastion-sshd-").FullName;
        foreach (string key in new[] { "host", "accepted" })
        {
            ProgramResult made = await Programs.RunAsync("ssh-keygen",
                ["-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(directory, key)]);
            Assert.True(made.ExitCode == 0, made.ToString());
        }

        int port = FreePort();
        string configuration = Path.Combine(directory, "sshd_config");
        await File.WriteAllTextAsync(configuration, $"""
            Port {port}
            ListenAddress 127.0.0.1
            HostKey {directory}/host
            AuthorizedKeysFile {directory}/accepted.pub
            StrictModes no
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            PermitRootLogin yes
            UsePAM no
            PidFile none
            Subsystem sftp internal-sftp

            """);
        // Debian's sshd wants this directory for its unprivileged part, even when another program starts it.
        System.IO.Directory.CreateDirectory("/run/sshd");
        Process process = Programs.Start("/usr/sbin/sshd", ["-D", "-e", "-f", configuration]);
        process.StandardInput.Close();
        await ListeningAsync(port, process);
        return new StockSshd(process, directory, port);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _log;
        _process.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
        System.IO.Directory.Delete(Work, recursive: true);
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static async Task ListeningAsync(int port, Process process)
    {
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, deadline.Token);
                return;
            }
            catch (SocketException)
            {
                Assert.False(process.HasExited, "sshd ended at once");
                await timer.WaitForNextTickAsync(deadline.Token);
            }
        }
    }
}
