using System.Net;

namespace Bastion.Policy.Values;

/// <summary>One spelling for a host: `10.0.3.7`, `::ffff:10.0.3.7` and `167773959` are one machine, `db.` is
/// `db`.</summary>
internal static class HostName
{
    public static string Canonical(string host)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        }

        return host.TrimEnd('.');
    }

    public static bool IsLoopback(string host)
    {
        string canonical = Canonical(host);
        return canonical.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(canonical, out IPAddress? address)
            && (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));
    }

    /// <summary>The host of `user@host:port`, `[::1]:22` and the like, as effects name it.</summary>
    public static string WithoutUserAndPort(string text)
    {
        text = text[(text.LastIndexOf('@') + 1)..];
        if (text.StartsWith('[') && text.IndexOf(']') is > 0 and var end)
        {
            return text[1..end];
        }

        int colon = text.IndexOf(':');
        return colon > 0 && text.IndexOf(':', colon + 1) < 0 ? text[..colon] : text;
    }
}
