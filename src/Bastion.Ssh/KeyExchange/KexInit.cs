using System.Buffers;
using System.Security.Cryptography;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.KeyExchange;

/// <summary>
/// RFC 4253 section 7.1:
/// byte SSH_MSG_KEXINIT, byte[16] cookie, name-list kex_algorithms, server_host_key_algorithms,
/// encryption_algorithms_client_to_server, …_server_to_client, mac_algorithms_client_to_server, …_server_to_client,
/// compression_algorithms_client_to_server, …_server_to_client, languages_client_to_server, …_server_to_client,
/// boolean first_kex_packet_follows, uint32 0.
/// </summary>
internal readonly ref struct KexInit
{
    private const int CookieBytes = 16;

    public NameList KeyExchange { get; private init; }

    public NameList HostKey { get; private init; }

    public NameList CipherToServer { get; private init; }

    public NameList CipherToClient { get; private init; }

    public NameList MacToServer { get; private init; }

    public NameList MacToClient { get; private init; }

    public NameList CompressionToServer { get; private init; }

    public NameList CompressionToClient { get; private init; }

    public bool FirstPacketFollows { get; private init; }

    public static bool TryRead(ReadOnlySpan<byte> payload, out KexInit message)
    {
        message = default;
        var reader = new SshReader(payload);
        if (!reader.TryReadByte(out _)
            || !reader.TryReadBytes(CookieBytes, out _)
            || !reader.TryReadString(out ReadOnlySpan<byte> keyExchange)
            || !reader.TryReadString(out ReadOnlySpan<byte> hostKey)
            || !reader.TryReadString(out ReadOnlySpan<byte> cipherToServer)
            || !reader.TryReadString(out ReadOnlySpan<byte> cipherToClient)
            || !reader.TryReadString(out ReadOnlySpan<byte> macToServer)
            || !reader.TryReadString(out ReadOnlySpan<byte> macToClient)
            || !reader.TryReadString(out ReadOnlySpan<byte> compressionToServer)
            || !reader.TryReadString(out ReadOnlySpan<byte> compressionToClient)
            || !reader.TryReadString(out _)
            || !reader.TryReadString(out _)
            || !reader.TryReadBoolean(out bool follows)
            || !reader.TryReadUInt32(out _)
            || !reader.AtEnd)
        {
            return false;
        }

        message = new KexInit
        {
            KeyExchange = new NameList(keyExchange),
            HostKey = new NameList(hostKey),
            CipherToServer = new NameList(cipherToServer),
            CipherToClient = new NameList(cipherToClient),
            MacToServer = new NameList(macToServer),
            MacToClient = new NameList(macToClient),
            CompressionToServer = new NameList(compressionToServer),
            CompressionToClient = new NameList(compressionToClient),
            FirstPacketFollows = follows,
        };
        return true;
    }

    /// <summary>Both directions are offered the same; compression is not offered at all.</summary>
    public static byte[] Create(IEnumerable<string> keyExchange, IEnumerable<string> hostKey, SshAlgorithms algorithms)
    {
        var output = new ArrayBufferWriter<byte>(1024);
        var writer = new SshWriter(output);
        writer.WriteByte((byte)MessageNumber.KexInit);
        Span<byte> cookie = stackalloc byte[CookieBytes];
        RandomNumberGenerator.Fill(cookie);
        writer.WriteBytes(cookie);
        writer.WriteNameList(keyExchange);
        writer.WriteNameList(hostKey);
        writer.WriteNameList(algorithms.Cipher);
        writer.WriteNameList(algorithms.Cipher);
        writer.WriteNameList(algorithms.Mac);
        writer.WriteNameList(algorithms.Mac);
        writer.WriteString("none"u8);
        writer.WriteString("none"u8);
        writer.WriteString(default(ReadOnlySpan<byte>));
        writer.WriteString(default(ReadOnlySpan<byte>));
        writer.WriteBoolean(false);
        writer.WriteUInt32(0);
        return output.WrittenSpan.ToArray();
    }
}
