using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bastion.Storage;

namespace Bastion.Followers.Notifications;

public enum MailSecurity
{
    /// <summary>Begins in the clear and must become TLS before anything is said.</summary>
    StartTls,

    /// <summary>TLS from the first byte.</summary>
    Tls,

    /// <summary>In the clear: only to this machine.</summary>
    None,
}

/// <summary>The mail server that takes what the gateway sends.</summary>
public sealed record MailOptions
{
    public required string Server { get; init; }

    public int Port { get; init; } = 587;

    public MailSecurity Security { get; init; } = MailSecurity.StartTls;

    /// <summary>The sender's address.</summary>
    public required string From { get; init; }

    public string? User { get; init; }

    /// <summary>Read at each sending, so that a new password needs no restart.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>PEM with the only authorities believed; null believes those of the system.</summary>
    public string? AuthorityFile { get; init; }
}

/// <summary>An address that gets messages by HTTP, each signed with a secret that both ends know.</summary>
public sealed record WebhookOptions
{
    public required string Name { get; init; }

    public required Uri Url { get; init; }

    public required string SecretFile { get; init; }

    public bool Reports { get; init; } = true;

    public bool Notices { get; init; } = true;
}

/// <summary>How the gateway reaches people who are not at it.</summary>
public sealed record NotificationOptions
{
    public MailOptions? Mail { get; init; }

    public IReadOnlyList<WebhookOptions> Webhooks { get; init; } = [];

    /// <summary>Mail addresses by person, group or role of the policy.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Addresses
    {
        get; init;
    } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>Who is told of anomalies: names of the policy, or addresses.</summary>
    public IReadOnlyList<string> Anomalies { get; init; } = [];

    /// <summary>`en` or `zh`.</summary>
    public string Language { get; init; } = "en";
}

internal static class SecretFile
{
    /// <summary>In bytes. Passwords and webhook secrets are a line.</summary>
    private const int MaximumLength = 4096;

    /// <exception cref="DataDirectoryException">Others may read it.</exception>
    public static byte[] Read(string path)
    {
        DataDirectory.RequirePrivate(path);
        string text = File.ReadAllText(path).TrimEnd('\r', '\n');
        return text.Length is > 0 and <= MaximumLength
            ? Encoding.UTF8.GetBytes(text)
            : throw new InvalidDataException($"`{path}` holds no secret: expected one line");
    }

    public static X509Certificate2Collection Authorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPemFile(path);
        return authorities;
    }
}
