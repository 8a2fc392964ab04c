using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Bastion.Followers.Notifications;

/// <summary>Sends by SMTP. Addresses come from the configuration and subjects are ours: no peer's text reaches a
/// header.</summary>
internal sealed class MailChannel(MailOptions options, string journal) : IChannel
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public string Name => "mail";

    public async Task SendAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        using var client = new SmtpClient { Timeout = (int)Timeout.TotalMilliseconds };
        if (options.AuthorityFile is { } file)
        {
            X509Certificate2Collection authorities = SecretFile.Authorities(file);
            client.CheckCertificateRevocation = false;
            client.ServerCertificateValidationCallback =
                (_, certificate, _, errors) => IsTrusted(certificate, errors, authorities);
        }

        await using Stream connection = await Outbound.ConnectAsync(options.Server, options.Port, cancellationToken);
        await client.ConnectAsync(connection, options.Server, options.Port, SecurityOf(options.Security),
            cancellationToken);
        if (options is { User: { } user, PasswordFile: { } passwordFile })
        {
            await client.AuthenticateAsync(user, Encoding.UTF8.GetString(SecretFile.Read(passwordFile)),
                cancellationToken);
        }

        using MimeMessage mail = Compose(delivery);
        await client.SendAsync(mail, cancellationToken);
        await client.DisconnectAsync(quit: true, cancellationToken);
    }

    private MimeMessage Compose(Delivery delivery)
    {
        var mail = new MimeMessage
        {
            Subject = delivery.Message.Subject,
            MessageId = $"{delivery.Id}@{journal.Replace('/', '.')}.bastion",
        };
        mail.From.Add(new MailboxAddress("Bastion", options.From));
        mail.To.Add(MailboxAddress.Parse(delivery.Recipient));
        mail.Headers.Add("Auto-Submitted", "auto-generated");
        var body = new BodyBuilder { TextBody = delivery.Message.Text };
        if (delivery.Message.Directory is { } directory)
        {
            foreach (string? path in Directory.EnumerateFiles(directory).Order(StringComparer.Ordinal))
            {
                // Base64, whatever it holds: text in transit has its line ends rewritten, and the signature would not
                // fit any more.
                body.Attachments.Add(new MimePart(TypeOf(path))
                {
                    FileName = Path.GetFileName(path),
                    Content = new MimeContent(new MemoryStream(File.ReadAllBytes(path))),
                    ContentDisposition = new ContentDisposition(ContentDisposition.Attachment),
                    ContentTransferEncoding = ContentEncoding.Base64,
                });
            }
        }

        mail.Body = body.ToMessageBody();
        return mail;
    }

    private static ContentType TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".html" => new ContentType("text", "html"),
        ".json" => new ContentType("application", "json"),
        ".pdf" => new ContentType("application", "pdf"),
        _ => new ContentType("application", "octet-stream"),
    };

    private static SecureSocketOptions SecurityOf(MailSecurity security) => security switch
    {
        MailSecurity.Tls => SecureSocketOptions.SslOnConnect,
        MailSecurity.StartTls => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.None,
    };

    /// <summary>The name must fit, and the chain must end in one of ours.</summary>
    private static bool IsTrusted(X509Certificate? certificate, SslPolicyErrors errors,
        X509Certificate2Collection authorities)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        using X509Certificate2 presented = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return chain.Build(presented);
    }
}
