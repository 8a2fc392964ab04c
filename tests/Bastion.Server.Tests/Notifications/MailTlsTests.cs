using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bastion.Server.Notifications;
using MailKit.Security;

namespace Bastion.Server.Tests.Notifications;

public sealed class MailTlsTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2036, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _directory = Directory.CreateTempSubdirectory("bastion-mail-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Mail_goes_over_tls_to_a_server_that_the_given_authority_vouches_for_and_to_no_other(bool ours)
    {
        using var authority = Authority();
        using var other = Authority();
        using var certificate = Issue(ours ? authority : other);
        await using var server = new FakeMailServer(certificate);
        var file = Path.Combine(_directory, "ca.pem");
        await File.WriteAllTextAsync(file, authority.ExportCertificatePem());
        var channel = new MailChannel(
            new MailOptions { Server = "127.0.0.1", Port = server.Port, Security = MailSecurity.Tls, From = "bastion@example.com", AuthorityFile = file }, "bastion");
        var delivery = new Delivery(
            "d1", "mail", "carol@example.com", new Message("n1", MessageKind.Notice, "subject", "text", null, new Dictionary<string, string>()), 0);
        if (ours)
        {
            await channel.SendAsync(delivery, CancellationToken.None);
            Assert.Contains("carol@example.com", server.Mails.Single().To, StringComparison.Ordinal);
        }
        else
        {
            await Assert.ThrowsAsync<SslHandshakeException>(() => channel.SendAsync(delivery, CancellationToken.None));
            Assert.Empty(server.Mails);
        }
    }

    private static X509Certificate2 Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(Start, End);
    }

    private static X509Certificate2 Issue(X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mail", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(authority, Start, End, RandomNumberGenerator.GetBytes(8));
        using var complete = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(complete.Export(X509ContentType.Pfx), null);
    }
}
