using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bastion.Storage;

namespace Bastion.Followers.Shipping;

/// <summary>HTTP clients for destinations: pinned authorities, credentials from private files, no redirects, no
/// cookies.</summary>
internal static class OutboundHttp
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>So that a name that moves to another address is noticed.</summary>
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <exception cref="DataDirectoryException">A file of secrets is readable by others.</exception>
    public static HttpClient Create(HttpOutlet outlet)
    {
        SocketsHttpHandler handler = Outbound.HttpHandler();
        handler.ConnectTimeout = ConnectTimeout;
        handler.PooledConnectionLifetime = ConnectionLifetime;
        handler.MaxConnectionsPerServer = 2;
        if (outlet.AuthorityFile is { } file)
        {
            handler.SslOptions.CertificateChainPolicy = PinnedTo(file);
        }

        string root = outlet.Url.AbsoluteUri;
        var client = new HttpClient(handler)
        {
            BaseAddress = new Uri(root.EndsWith('/') ? root : root + "/"),
            Timeout = outlet.Timeout,
        };
        client.DefaultRequestHeaders.Authorization = Authorization(outlet);
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("bastion", null));
        return client;
    }

    /// <summary>Certificates count under these authorities alone.</summary>
    public static X509ChainPolicy PinnedTo(string authorityFile)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A private authority seldom publishes revocations, and one that cannot be reached must not stop the
            // evidence.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.ImportFromPemFile(authorityFile);
        return policy;
    }

    private static AuthenticationHeaderValue? Authorization(HttpOutlet outlet) =>
        outlet.ApiKeyFile is { } apiKey ? new AuthenticationHeaderValue("ApiKey", Secret(apiKey))
        : outlet.TokenFile is { } token ? new AuthenticationHeaderValue("Bearer", Secret(token))
        : outlet is { User: { } user, PasswordFile: { } password }
            ? new AuthenticationHeaderValue("Basic",
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{Secret(password)}")))
        : null;

    private static string Secret(string file)
    {
        DataDirectory.RequirePrivate(file);
        return File.ReadAllText(file).Trim();
    }
}
