using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Bastion.EndToEnd;

/// <summary>A private rsyslog with TLS on a free port of loopback, which writes what it gets to a file, one message a
/// line.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class Rsyslog : IAsyncDisposable
{
    private Process? _process;

    public Rsyslog()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        Port = ((IPEndPoint)probe.LocalEndpoint).Port;
        WriteCertificates();
        File.WriteAllText(Path.Combine(Folder, "rsyslog.conf"), $$"""
            global(
              workDirectory="{{Folder}}" maxMessageSize="128k"
              DefaultNetstreamDriver="gtls" DefaultNetstreamDriverCAFile="{{AuthorityFile}}"
              DefaultNetstreamDriverCertFile="{{Folder}}/server.pem"
              DefaultNetstreamDriverKeyFile="{{Folder}}/server.key")
            module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
            template(name="line" type="string" string="%pri% %app-name% %msgid% %structured-data% %msg%\n")
            input(type="imtcp" port="{{Port}}" address="127.0.0.1")
            action(type="omfile" file="{{Received}}" template="line" asyncWriting="off")

            """);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("bastion-rsyslog-").FullName;

    public int Port { get; }

    public string AuthorityFile => Path.Combine(Folder, "ca.pem");

    public string Received => Path.Combine(Folder, "received");

    public async Task StartAsync()
    {
        _process = Programs.Start("/usr/sbin/rsyslogd",
            ["-n", "-f", Path.Combine(Folder, "rsyslog.conf"), "-i", Path.Combine(Folder, "pid")]);
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port, deadline.Token);
                return;
            }
            catch (SocketException)
            {
                Assert.False(_process.HasExited, "rsyslogd ended at once");
                await timer.WaitForNextTickAsync(deadline.Token);
            }
        }
    }

    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await Programs.RunAsync("kill", ["-TERM", $"{process.Id}"]);
            using var deadline = new CancellationTokenSource(Programs.Deadline);
            await process.WaitForExitAsync(deadline.Token);
            process.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(Folder, recursive: true);
    }

    private void WriteCertificates()
    {
        DateTimeOffset from = TimeProvider.System.GetUtcNow().AddDays(-1);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=test authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using X509Certificate2 issuer = authority.CreateSelfSigned(from, from.AddDays(30));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 issued = request.Create(issuer, from, from.AddDays(20), [1, 2, 3, 4]);
        File.WriteAllText(AuthorityFile, issuer.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Folder, "server.pem"), issued.ExportCertificatePem());
        File.WriteAllText(Path.Combine(Folder, "server.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
