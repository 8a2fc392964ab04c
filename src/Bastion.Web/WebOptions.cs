using System.Net;
using Bastion.Followers;

namespace Bastion.Web;

/// <summary>Where the web side listens, and who stands in front of it.</summary>
public record WebOptions : FollowerOptions
{
    public IPAddress WebAddress { get; init; } = IPAddress.Loopback;

    /// <summary>0 takes a free one.</summary>
    public int WebPort { get; init; } = 8080;

    /// <summary>PEM with the certificate chain; null serves plain HTTP, for this machine or behind a proxy that does
    /// TLS.</summary>
    public string? WebCertificateFile { get; init; }

    /// <summary>PEM with the key of the certificate.</summary>
    public string? WebCertificateKeyFile { get; init; }

    /// <summary>Proxies that do TLS in front and say in X-Forwarded-For and -Proto who asks; nobody else is
    /// believed.</summary>
    public IReadOnlyList<IPAddress> TrustedProxies { get; init; } = [];

    /// <summary>How people reach the web pages, for links in terminals; null is made from address and port.</summary>
    public string? PublicUrl { get; init; }
}
