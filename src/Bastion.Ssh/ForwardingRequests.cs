using Bastion.Ssh.Wire;

namespace Bastion.Ssh;

/// <summary>
/// RFC 4254 section 7.2, extra data of a "direct-tcpip" or "forwarded-tcpip" channel open: string host to connect (or
/// address that was connected), uint32 port, string originator address, uint32 originator port
/// </summary>
public sealed record TcpIpChannel(string Host, uint Port, string OriginatorAddress, uint OriginatorPort)
{
    public static TcpIpChannel? Parse(ReadOnlySpan<byte> extraData)
    {
        var reader = new SshReader(extraData);
        return reader.TryReadUtf8(out string host) && reader.TryReadUInt32(out uint port)
            && reader.TryReadUtf8(out string originator) && reader.TryReadUInt32(out uint originatorPort)
            && reader.AtEnd
                ? new TcpIpChannel(host, port, originator, originatorPort)
                : null;
    }

    public byte[] Format() => PayloadWriter.Write(this, static (writer, channel) =>
    {
        writer.WriteString(channel.Host);
        writer.WriteUInt32(channel.Port);
        writer.WriteString(channel.OriginatorAddress);
        writer.WriteUInt32(channel.OriginatorPort);
    });
}

/// <summary>
/// OpenSSH's PROTOCOL section 2.4, extra data of "direct-streamlocal@openssh.com": string socket path,
/// string reserved, uint32 reserved
/// </summary>
public sealed record StreamLocalChannel(string SocketPath)
{
    public static StreamLocalChannel? Parse(ReadOnlySpan<byte> extraData)
    {
        var reader = new SshReader(extraData);
        return reader.TryReadUtf8(out string path) && reader.TryReadString(out _) && reader.TryReadUInt32(out _)
            && reader.AtEnd
                ? new StreamLocalChannel(path)
                : null;
    }

    public byte[] Format() => PayloadWriter.Write(this, static (writer, channel) =>
    {
        writer.WriteString(channel.SocketPath);
        writer.WriteString("");
        writer.WriteUInt32(0);
    });
}

/// <summary>RFC 4254 section 7.1, "tcpip-forward" and "cancel-tcpip-forward": string address to bind, uint32 port (0
/// asks for one)</summary>
public sealed record TcpIpForward(string Address, uint Port)
{
    public static TcpIpForward? Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new SshReader(payload);
        return reader.TryReadUtf8(out string address) && reader.TryReadUInt32(out uint port) && reader.AtEnd
            ? new TcpIpForward(address, port)
            : null;
    }

    public byte[] Format() => PayloadWriter.Write(this, static (writer, forward) =>
    {
        writer.WriteString(forward.Address);
        writer.WriteUInt32(forward.Port);
    });

    /// <summary>The reply's data when port 0 was asked for: uint32 port that was bound.</summary>
    public static byte[] FormatBoundPort(uint port) =>
        PayloadWriter.Write(port, static (writer, value) => writer.WriteUInt32(value));
}

/// <summary>
/// OpenSSH's PROTOCOL section 2.4, "streamlocal-forward@openssh.com" and its cancellation: string socket path. Extra
/// data of "forwarded-streamlocal@openssh.com": string socket path, string reserved
/// </summary>
public sealed record StreamLocalForward(string SocketPath)
{
    public static StreamLocalForward? Parse(ReadOnlySpan<byte> payload)
    {
        var reader = new SshReader(payload);
        return reader.TryReadUtf8(out string path) && reader.AtEnd ? new StreamLocalForward(path) : null;
    }

    public static StreamLocalForward? ParseChannel(ReadOnlySpan<byte> extraData)
    {
        var reader = new SshReader(extraData);
        return reader.TryReadUtf8(out string path) && reader.TryReadString(out _) && reader.AtEnd
            ? new StreamLocalForward(path)
            : null;
    }

    public byte[] Format() =>
        PayloadWriter.Write(this, static (writer, forward) => writer.WriteString(forward.SocketPath));
}
