using System.Buffers;
using System.Text;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Transport;

/// <summary>
/// RFC 8308 section 2.3: byte SSH_MSG_EXT_INFO, uint32 nr-extensions, then that many of string name, string value.
/// </summary>
internal static class ExtInfo
{
    /// <summary>What a client and a server put into their SSH_MSG_KEXINIT to be told (RFC 8308 section 2.1).</summary>
    public const string FromClient = "ext-info-c";
    public const string FromServer = "ext-info-s";

    public const string ServerSignatureAlgorithms = "server-sig-algs";
    public const string Ping = "ping@openssh.com";
    public const string PublicKeyHostbound = "publickey-hostbound@openssh.com";
    public const string InAuthentication = "ext-info-in-auth@openssh.com";

    /// <summary>Some ten are known to exist.</summary>
    private const uint MaximumExtensions = 64;

    public static byte[] CreateForServer() => Create(
        (ServerSignatureAlgorithms, string.Join(',', SshSignatureAlgorithms.UserKeys)),
        (PublicKeyHostbound, "0"),
        (Ping, "0"));

    public static byte[] CreateForClient() => Create((InAuthentication, "0"), (Ping, "0"));

    /// <summary>Adds to what is known; a name said again takes its new value (RFC 8308 section 2.4).</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, Dictionary<string, byte[]> extensions)
    {
        var reader = new SshReader(payload);
        if (!reader.TryReadByte(out _) || !reader.TryReadUInt32(out uint count) || count > MaximumExtensions)
        {
            return false;
        }

        for (uint i = 0; i < count; i++)
        {
            if (!reader.TryReadString(out ReadOnlySpan<byte> name)
                || !reader.TryReadString(out ReadOnlySpan<byte> value))
            {
                return false;
            }

            extensions[Encoding.UTF8.GetString(name)] = value.ToArray();
        }

        return reader.AtEnd && extensions.Count <= MaximumExtensions;
    }

    private static byte[] Create(params ReadOnlySpan<(string Name, string Value)> extensions)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        writer.WriteByte((byte)MessageNumber.ExtInfo);
        writer.WriteUInt32((uint)extensions.Length);
        foreach ((string name, string value) in extensions)
        {
            writer.WriteString(name);
            writer.WriteString(value);
        }

        return output.WrittenSpan.ToArray();
    }
}
