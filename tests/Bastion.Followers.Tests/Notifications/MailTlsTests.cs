using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bastion.Followers.Notifications;
using MailKit.Security;

namespace Bastion.Followers.Tests.Notifications;

public sealed class MailTlsTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = new(2036, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly string _directory = Directory.CreateTempSubdirectory("bastion-mail-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(MailSecurity.Tls, true)]
    [InlineData(MailSecurity.Tls, false)]
    [InlineData(MailSecurity.StartTls, true)]
    [InlineData(MailSecurity.StartTls, false)]
    public async Task Mail_goes_over_tls_to_a_server_that_the_given_authority_vouches_for_and_to_no_other(
    MailSecurity security, bool ours)
    {
        using X509Certificate2 authority = Authority();
        using X509Certificate2 other = Authority();
        using X509Certificate2 certificate = Issue(ours ? authority : other);
        await using var server = new FakeMailServer(certificate, security == MailSecurity.StartTls);
        MailChannel channel = await ChannelAsync(server, security, authority);
        if (ours)
        {
            await channel.SendAsync(Note, CancellationToken.None);
            Assert.Contains("carol@example.com", server.Mails.Single().To, StringComparison.Ordinal);
        }
        else
        {
            await Assert.ThrowsAsync<SslHandshakeException>(() => channel.SendAsync(Note, CancellationToken.None));
            Assert.Empty(server.Mails);
        }
    }

    /// <summary>Somebody between us and the server who strikes STARTTLS from its answer gets nothing to read.</summary>
    [Fact]
    public async Task Nothing_is_said_in_the_clear_to_a_server_that_does_not_offer_starttls()
    {
        using X509Certificate2 authority = Authority();
        await using var server = new FakeMailServer();
        MailChannel channel = await ChannelAsync(server, MailSecurity.StartTls, authority);
        await Assert.ThrowsAsync<NotSupportedException>(() => channel.SendAsync(Note, CancellationToken.None));
        Assert.DoesNotContain(server.Commands, line => !line.StartsWith("EHLO", StringComparison.Ordinal));
    }

    private static Delivery Note => new(
        "d1", "mail", "carol@example.com",
        new Message("n1", MessageKind.Notice, "subject", "text", null, new Dictionary<string, string>()), 0);

    private async Task<MailChannel> ChannelAsync(FakeMailServer server, MailSecurity security,
        X509Certificate2 authority)
    {
        string file = Path.Combine(_directory, "ca.pem");
        await File.WriteAllTextAsync(file, authority.ExportCertificatePem());
        return new MailChannel(new MailOptions
        {
            Server = "127.0.0.1",
            Port = server.Port,
            Security = security,
            From = "bastion@example.com",
            AuthorityFile = file,
        }, "bastion");
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
        using X509Certificate2 issued = request.Create(authority, Start, End, RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 complete = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(complete.Export(X509ContentType.Pfx), null);
    }
}
