using System.Globalization;
using System.Net;

namespace Bastion.Policy.Values;

/// <summary>Source networks: `10.0.0.0/8`, `2001:db8::/32`, or one address.</summary>
internal static class NetworkText
{
    public static bool TryParse(string text, out IPNetwork network, out string problem)
    {
        network = default;
        problem = "a network is written `10.0.0.0/8` or `2001:db8::/32`, one address as `192.0.2.7`";
        int slash = text.IndexOf('/');
        string addressText = slash < 0 ? text : text[..slash];

        // IPAddress.Parse takes `10.1` for 10.0.0.1 and `010.0.0.1` for 8.0.0.1: neither is what a person means.
        if (!IPAddress.TryParse(addressText, out IPAddress? address)
            || (!addressText.Contains(':') && !IsDottedQuad(addressText, address)))
        {
            return false;
        }

        int bits = address.GetAddressBytes().Length * 8;
        int prefix = bits;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture,
            out prefix) || prefix > bits))
        {
            problem = $"the number behind `/` counts network bits, 0 to {bits} here";
            return false;
        }

        IPAddress masked = Masked(address, prefix);
        if (!masked.Equals(address))
        {
            problem = $"the address has bits beyond its network; did you mean `{masked}/{prefix}`?";
            return false;
        }

        network = new IPNetwork(address, prefix);
        return true;
    }

    public static bool Contains(IPNetwork network, IPAddress address) =>
        network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static bool IsDottedQuad(string text, IPAddress address) => address.ToString() == text;

    private static IPAddress Masked(IPAddress address, int prefix)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++)
        {
            int keep = Math.Clamp(prefix - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xff << (8 - keep));
        }

        return new IPAddress(bytes);
    }
}
