using System.Security.Cryptography;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.KeyExchange;

/// <summary>The client's side: sends its share, then checks that the server holds the host key and that it is the right
/// one.</summary>
internal sealed class KeyExchangeClient(SshClientOptions options, PacketSender sender, PacketDecoder decoder)
    : KeyExchanger(SshRole.Client, options.Algorithms, sender, decoder)
{
    private KeyShare? _share;

    protected override IReadOnlyList<string> HostKeyAlgorithms => options.Algorithms.HostKey;

    protected override MessageNumber ExchangeMessage => MessageNumber.KexEcdhReply;

    protected override void Negotiate()
    {
        _share = Negotiated!.Method.CreateShare();
        Post(Message(MessageNumber.KexEcdhInit, _share.Public));
    }

    /// <summary>RFC 5656 section 4: byte SSH_MSG_KEX_ECDH_REPLY, string K_S, string Q_S, string signature of
    /// H.</summary>
    protected override async ValueTask TakeExchangeAsync(ReadOnlyMemory<byte> payload,
        CancellationToken cancellationToken)
    {
        using KeyShare share = _share!;
        _share = null;
        SshPublicKey hostKey = Agree(payload.Span, share, out SharedSecret secret, out byte[] exchangeHash);
        using (secret)
        {
            if (!FirstIsDone && !await options.VerifyHostKey(hostKey, cancellationToken))
            {
                throw new SshDisconnectException(
                    DisconnectReason.HostKeyNotVerifiable, Blame.Peer,
                    $"host key `{hostKey.Fingerprint}` is not trusted");
            }

            TakeKeys(secret, exchangeHash, hostKey.Blob.ToArray());
        }
    }

    private SshPublicKey Agree(ReadOnlySpan<byte> payload, KeyShare share, out SharedSecret secret,
        out byte[] exchangeHash)
    {
        var reader = new SshReader(payload);
        if (!reader.TryReadByte(out _)
            || !reader.TryReadString(out ReadOnlySpan<byte> blob)
            || !reader.TryReadString(out ReadOnlySpan<byte> serverShare)
            || !reader.TryReadString(out ReadOnlySpan<byte> signature)
            || !reader.AtEnd)
        {
            throw SshDisconnectException.Protocol("SSH_MSG_KEX_ECDH_REPLY is malformed");
        }

        if (!SshPublicKey.TryParse(blob, out SshPublicKey? hostKey)
            || !hostKey.SignatureAlgorithms.Contains(Negotiated!.HostKey))
        {
            throw Fail($"the host key is not one for `{Negotiated!.HostKey}`");
        }

        if (FirstIsDone && !CryptographicOperations.FixedTimeEquals(blob, HostKeyBlob))
        {
            throw new SshDisconnectException(
                DisconnectReason.HostKeyNotVerifiable, Blame.Peer, "the host key changed within the connection");
        }

        secret = share.Agree(serverShare);
        exchangeHash = Hash(blob, share.Public.Span, serverShare, secret);
        if (!hostKey.Verify(Negotiated.HostKey, exchangeHash, signature))
        {
            secret.Dispose();
            throw Fail("the host key's signature is wrong");
        }

        return hostKey;
    }
}
