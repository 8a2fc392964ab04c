using System.Net;

namespace Bastion.Ssh.Keys;

/// <summary>`source-address` of certificates and `from` of authorized_keys when it holds networks only:
/// `10.0.0.0/8,::1`.</summary>
internal static class SourceAddressList
{
    /// <summary>Null when the address is in the list; otherwise why not. An entry that cannot be read refuses
    /// all.</summary>
    public static string? Check(string list, IPAddress? address)
    {
        if (address is null)
        {
            return "the certificate is bound to addresses and the client's is not known";
        }

        IPAddress client = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        bool matched = false;
        foreach (string entry in list.Split(','))
        {
            if (!TryReadNetwork(entry, out IPNetwork network))
            {
                return "the certificate's source-address list cannot be read";
            }

            matched |= network.BaseAddress.AddressFamily == client.AddressFamily && network.Contains(client);
        }

        return matched ? null : $"the certificate may not be used from {client}";
    }

    private static bool TryReadNetwork(string entry, out IPNetwork network)
    {
        if (entry.Contains('/'))
        {
            return IPNetwork.TryParse(entry, out network);
        }

        network = default;
        if (!IPAddress.TryParse(entry, out IPAddress? single))
        {
            return false;
        }

        network = new IPNetwork(single, single.GetAddressBytes().Length * 8);
        return true;
    }
}
