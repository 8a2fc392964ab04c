using System.Globalization;
using System.Net;

namespace Bastion.Policy.Values;

/// <summary>
/// Where a forward may go: `orders-db:5432`, `*.internal:443`, `10.2.0.0/16:8000-8010`, `localhost:*`, `[::1]:22`,
/// or the path of a unix socket.
/// </summary>
internal sealed class DestinationPattern
{
    private const string Form =
        "a destination is written `host:port`, such as `localhost:5432`, `*.internal:443`, `10.2.0.0/16:8000-8010` "
        + "or `[::1]:*`, or is the path of a unix socket";

    private readonly string _host;
    private readonly PathPattern? _socket;
    private readonly IPNetwork? _network;
    private readonly int _firstPort;
    private readonly int _lastPort;

    private DestinationPattern(string text, string host, IPNetwork? network, int firstPort, int lastPort,
        PathPattern? socket = null)
    {
        _socket = socket;
        Text = text;
        _host = host;
        _network = network;
        _firstPort = firstPort;
        _lastPort = lastPort;
    }

    public string Text { get; }

    public bool Matches(ForwardDestination destination)
    {
        if (destination.Port < _firstPort || destination.Port > _lastPort)
        {
            return false;
        }

        if (_network is { } network)
        {
            return IPAddress.TryParse(destination.Host, out IPAddress? address) && network.Contains(Plain(address));
        }

        return _socket?.SurelyCovers(destination.Host, default)
            ?? Glob.Matches(_host, destination.Host, ignoreCase: true);
    }

    public static bool TryParse(string text, out DestinationPattern pattern, out string problem)
    {
        pattern = null!;
        problem = Form;
        if (text.StartsWith('/'))
        {
            if (!PathPattern.TryParse(text, out PathPattern? socket, out problem))
            {
                return false;
            }

            pattern = new DestinationPattern(text, text, null, 0, 0, socket);
            return true;
        }

        int colon = text.LastIndexOf(':');
        if (colon <= 0 || !TryPorts(text[(colon + 1)..], out int first, out int last))
        {
            return false;
        }

        string host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }
        else if (host.Contains(':') && !host.Contains('/'))
        {
            problem = "an IPv6 address stands in brackets: `[::1]:22`";
            return false;
        }

        IPNetwork? network = null;
        if (host.Contains('/') || IPAddress.TryParse(host, out _))
        {
            if (!NetworkText.TryParse(host, out IPNetwork parsed, out problem))
            {
                return false;
            }

            network = parsed;
        }
        else if (!host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '*' or '?'))
        {
            return false;
        }

        pattern = new DestinationPattern(text, host, network, first, last);
        return true;
    }

    // ::ffff:10.0.0.1 is 10.0.0.1: otherwise the mapped form would walk past a network rule.
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool TryPorts(string text, out int first, out int last)
    {
        (first, last) = (1, 65_535);
        if (text == "*")
        {
            return true;
        }

        string[] ends = text.Split('-');
        return ends.Length <= 2
            && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out first)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out last)
            && first is >= 1 and <= 65_535 && last <= 65_535 && first <= last;
    }
}
