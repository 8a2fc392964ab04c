using System.Diagnostics.CodeAnalysis;
using System.Text;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Transport.Ciphers;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.KeyExchange;

/// <summary>What both sides' SSH_MSG_KEXINIT come to (RFC 4253 section 7.1).</summary>
internal sealed record NegotiatedAlgorithms
{
    public required KeyExchangeMethod Method { get; init; }

    public required string HostKey { get; init; }

    public required DirectionAlgorithms ToServer { get; init; }

    public required DirectionAlgorithms ToClient { get; init; }

    /// <summary>The peer's guess was wrong: the next key exchange packet is to be passed over.</summary>
    public required bool SkipGuess { get; init; }

    /// <summary>
    /// Without strict key exchange somebody in between can cut packets from the start of the stream unseen under
    /// chacha20-poly1305@openssh.com (CVE-2023-48795). CBC with encrypt-then-MAC, the other case, we do not have.
    /// </summary>
    public bool NeedsStrict =>
        ToServer.Cipher.Kind == CipherKind.ChaChaPoly || ToClient.Cipher.Kind == CipherKind.ChaChaPoly;
}

internal sealed record DirectionAlgorithms(CipherAlgorithm Cipher, MacAlgorithm? Mac);

internal static class AlgorithmNegotiation
{
    /// <summary>Of a peer's offer no more than this is repeated in the reason.</summary>
    private const int QuotedOffer = 120;

    /// <summary>The first name on the client's list that the server also has, for each kind.</summary>
    /// <exception cref="SshDisconnectException">KeyExchangeFailed: nothing in common.</exception>
    public static NegotiatedAlgorithms Negotiate(KexInit client, KexInit server, SshRole role)
    {
        string method = Choose(client.KeyExchange, server.KeyExchange, role, "key exchange method");
        string hostKey = Choose(client.HostKey, server.HostKey, role, "host key algorithm");
        Choose(client.CompressionToServer, server.CompressionToServer, role, "compression");
        Choose(client.CompressionToClient, server.CompressionToClient, role, "compression");
        bool peerGuessed = role == SshRole.Server ? client.FirstPacketFollows : server.FirstPacketFollows;
        bool guessRight = client.KeyExchange.First.SequenceEqual(server.KeyExchange.First)
            && client.HostKey.First.SequenceEqual(server.HostKey.First);
        return new NegotiatedAlgorithms
        {
            Method = KeyExchangeMethod.Find(method) ?? throw Fail($"`{method}` is no key exchange method"),
            HostKey = hostKey,
            ToServer = Direction(
                client.CipherToServer, server.CipherToServer, client.MacToServer, server.MacToServer, role),
            ToClient = Direction(
                client.CipherToClient, server.CipherToClient, client.MacToClient, server.MacToClient, role),
            SkipGuess = peerGuessed && !guessRight,
        };
    }

    private static DirectionAlgorithms Direction(
        NameList clientCipher, NameList serverCipher, NameList clientMac, NameList serverMac, SshRole role)
    {
        string name = Choose(clientCipher, serverCipher, role, "cipher");
        CipherAlgorithm cipher = CipherAlgorithm.Find(name) ?? throw Fail($"`{name}` is no cipher");
        if (cipher.IsAead)
        {
            return new DirectionAlgorithms(cipher, null);
        }

        string mac = Choose(clientMac, serverMac, role, "MAC");
        return new DirectionAlgorithms(cipher, MacAlgorithm.Find(mac) ?? throw Fail($"`{mac}` is no MAC"));
    }

    private static string Choose(NameList client, NameList server, SshRole role, string kind)
    {
        ReadOnlySpan<byte> name = client.FirstIn(server);
        if (name.IsEmpty)
        {
            ThrowNothingInCommon(role == SshRole.Server ? client.Raw : server.Raw, kind);
        }

        return Encoding.ASCII.GetString(name);
    }

    [DoesNotReturn]
    private static void ThrowNothingInCommon(ReadOnlySpan<byte> offer, string kind)
    {
        string quoted = VisibleText.Of(offer, QuotedOffer);
        throw Fail($"no {kind} in common; the peer offers `{quoted}`");
    }

    private static SshDisconnectException Fail(string message) =>
        new(DisconnectReason.KeyExchangeFailed, Blame.Peer, message);
}
