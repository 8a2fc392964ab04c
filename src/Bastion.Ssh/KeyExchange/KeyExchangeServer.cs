using Bastion.Ssh.Keys;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.KeyExchange;

/// <summary>The server's side: answers the client's share and signs the exchange hash with the host key.</summary>
internal sealed class KeyExchangeServer : KeyExchanger
{
    private readonly IReadOnlyList<ISshSigner> _hostKeys;
    private readonly string[] _hostKeyAlgorithms;

    public KeyExchangeServer(SshServerOptions options, PacketSender sender, PacketDecoder decoder)
        : base(SshRole.Server, options.Algorithms, sender, decoder)
    {
        _hostKeys = options.HostKeys;
        // In the order of the algorithms allowed, those that some key can answer for.
        _hostKeyAlgorithms = [.. options.Algorithms.HostKey.Where(name => SignerFor(name) is not null)];
        if (_hostKeyAlgorithms.Length == 0)
        {
            throw new ArgumentException("no host key fits the host key algorithms that are allowed", nameof(options));
        }
    }

    protected override IReadOnlyList<string> HostKeyAlgorithms => _hostKeyAlgorithms;

    protected override MessageNumber ExchangeMessage => MessageNumber.KexEcdhInit;

    protected override void Negotiate()
    {
    }

    /// <summary>RFC 5656 section 4: byte SSH_MSG_KEX_ECDH_INIT, string Q_C. The answer: string K_S, string Q_S, string
    /// signature.</summary>
    protected override async ValueTask TakeExchangeAsync(ReadOnlyMemory<byte> payload,
        CancellationToken cancellationToken)
    {
        ISshSigner signer = SignerFor(Negotiated!.HostKey)!;
        byte[] hostKey = signer.PublicKey.Blob.ToArray();
        using SharedSecret secret = Respond(payload.Span, hostKey, out byte[] serverShare, out byte[] exchangeHash);
        byte[] signature = await signer.SignAsync(Negotiated.HostKey, exchangeHash, cancellationToken);
        Post(Message(MessageNumber.KexEcdhReply, hostKey, serverShare, signature));
        TakeKeys(secret, exchangeHash, hostKey);
    }

    private SharedSecret Respond(ReadOnlySpan<byte> payload, byte[] hostKey, out byte[] serverShare,
        out byte[] exchangeHash)
    {
        if (!TryReadShare(payload, out ReadOnlySpan<byte> clientShare))
        {
            throw SshDisconnectException.Protocol("SSH_MSG_KEX_ECDH_INIT is malformed");
        }

        SharedSecret secret = Negotiated!.Method.Respond(clientShare, out serverShare);
        exchangeHash = Hash(hostKey, clientShare, serverShare, secret);
        return secret;
    }

    private ISshSigner? SignerFor(string algorithm) =>
        _hostKeys.FirstOrDefault(key => key.PublicKey.SignatureAlgorithms.Contains(algorithm));
}
