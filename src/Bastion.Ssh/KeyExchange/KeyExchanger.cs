using System.Buffers;
using System.Text;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Transport.Ciphers;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.KeyExchange;

/// <summary>
/// RFC 4253 sections 7 to 9, the first key exchange and all later ones, in either role. The receive loop hands it the
/// peer's messages one by one; <see cref="Start"/> may come from any thread. What it has to say it posts, so that it
/// never waits for the peer to read.
/// </summary>
internal abstract class KeyExchanger(SshRole role, SshAlgorithms algorithms, PacketSender sender, PacketDecoder decoder)
{
    private const string StrictFromClient = "kex-strict-c-v00@openssh.com";
    private const string StrictFromServer = "kex-strict-s-v00@openssh.com";

    private static readonly byte[] NewKeys = [(byte)MessageNumber.NewKeys];

    private readonly Lock _gate = new();
    private byte[]? _ownInit;
    private Step _step = Step.Idle;
    private Transcript? _transcript;
    private bool _skipGuess;
    private bool _notSafe;
    private bool _peerTakesExtInfo;
    private PacketOpener? _nextOpener;

    private enum Step
    {
        /// <summary>The peer has not begun; we may have.</summary>
        Idle,

        /// <summary>The next message is SSH_MSG_KEX_ECDH_INIT or _REPLY, whichever the peer has to send.</summary>
        Exchange,

        /// <summary>The next message is SSH_MSG_NEWKEYS.</summary>
        NewKeys,
    }

    public string OwnIdentification { get; } = IdentificationExchange.Own;

    public string PeerIdentification { get; set; } = "";

    /// <summary>The exchange hash of the first key exchange; empty until then.</summary>
    public byte[] SessionId { get; private set; } = [];

    /// <summary>The server's host key, which may not change at a later exchange.</summary>
    public byte[] HostKeyBlob { get; private set; } = [];

    /// <summary>Both sides do strict key exchange (OpenSSH's PROTOCOL section 1.10).</summary>
    public bool Strict { get; private set; }

    /// <summary>The peer has begun an exchange and not finished it: only its messages may arrive.</summary>
    public bool PeerIsExchanging => _step != Step.Idle;

    public bool FirstIsDone => SessionId.Length > 0;

    protected NegotiatedAlgorithms? Negotiated { get; private set; }

    protected abstract IReadOnlyList<string> HostKeyAlgorithms { get; }

    /// <summary>Begins an exchange unless one is under way. Any thread.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_ownInit is not null)
            {
                return;
            }

            _ownInit = KexInit.Create(OfferedMethods(), HostKeyAlgorithms, algorithms);
            sender.BeginKeyExchange(_ownInit);
        }

        sender.SendQueued();
    }

    /// <summary>Takes one of messages 20, 21, 30 to 49. True when this was the end of an exchange.</summary>
    public async ValueTask<bool> HandleAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var number = (MessageNumber)payload.Span[0];
        switch (_step)
        {
            case Step.Idle when number == MessageNumber.KexInit:
                Start();
                TakeKexInit(payload.ToArray());
                break;
            case Step.Exchange when _skipGuess && (byte)number >= 30:
                _skipGuess = false;
                break;
            case Step.Exchange when number == ExchangeMessage:
                await TakeExchangeAsync(payload, cancellationToken);
                _step = Step.NewKeys;
                break;
            case Step.NewKeys when number == MessageNumber.NewKeys && payload.Length == 1:
                TakeNewKeys();
                return _notSafe ? throw NotSafe() : true;
            default:
                throw SshDisconnectException.Protocol(
                    $"message {(byte)number} does not belong here in the key exchange");
        }

        return false;
    }

    /// <summary>The one message of the exchange proper that the peer sends.</summary>
    protected abstract MessageNumber ExchangeMessage { get; }

    protected abstract void Negotiate();

    protected abstract ValueTask TakeExchangeAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken);

    protected byte[] Hash(ReadOnlySpan<byte> hostKey, ReadOnlySpan<byte> clientShare, ReadOnlySpan<byte> serverShare,
        SharedSecret secret) =>
        ExchangeHash.Compute(Negotiated!.Method.Hash, _transcript!, hostKey, clientShare, serverShare, secret);

    /// <summary>Both know the secret: SSH_MSG_NEWKEYS goes out and our direction takes the new keys; the peer's follows
    /// it.</summary>
    protected void TakeKeys(SharedSecret secret, byte[] exchangeHash, byte[] hostKeyBlob)
    {
        bool first = !FirstIsDone;
        if (first)
        {
            SessionId = exchangeHash;
            HostKeyBlob = hostKeyBlob;
        }

        NegotiatedAlgorithms negotiated = Negotiated!;
        using PacketKeys toServer = KeyDerivation.ToServer(
            negotiated.Method.Hash, secret, exchangeHash, SessionId, negotiated.ToServer);
        using PacketKeys toClient = KeyDerivation.ToClient(
            negotiated.Method.Hash, secret, exchangeHash, SessionId, negotiated.ToClient);
        bool server = role == SshRole.Server;
        (DirectionAlgorithms outgoing, PacketKeys outgoingKeys) =
            server ? (negotiated.ToClient, toClient) : (negotiated.ToServer, toServer);
        (DirectionAlgorithms incoming, PacketKeys incomingKeys) =
            server ? (negotiated.ToServer, toServer) : (negotiated.ToClient, toClient);

        _nextOpener = incoming.Cipher.CreateOpener(incomingKeys, incoming.Mac);
        byte[]? extInfo = first && _peerTakesExtInfo
            ? server ? ExtInfo.CreateForServer() : ExtInfo.CreateForClient()
            : null;
        sender.FinishKeyExchange(NewKeys, outgoing.Cipher.CreateSealer(outgoingKeys, outgoing.Mac), Strict, extInfo);
        sender.SendQueued();
    }

    protected static SshDisconnectException Fail(string message) =>
        new(DisconnectReason.KeyExchangeFailed, Blame.Peer, message);

    protected static bool TryReadShare(ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> share)
    {
        share = default;
        var reader = new SshReader(payload);
        return reader.TryReadByte(out _) && reader.TryReadString(out share) && reader.AtEnd;
    }

    protected static byte[] Message(MessageNumber number, params ReadOnlySpan<ReadOnlyMemory<byte>> strings)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        writer.WriteByte((byte)number);
        foreach (ReadOnlyMemory<byte> value in strings)
        {
            writer.WriteString(value.Span);
        }

        return output.WrittenSpan.ToArray();
    }

    protected void Post(byte[] payload)
    {
        sender.PostKeyExchange(payload);
        sender.SendQueued();
    }

    /// <summary>RFC 8308 section 2.1 and strict key exchange are offered in the first SSH_MSG_KEXINIT only.</summary>
    private IEnumerable<string> OfferedMethods()
    {
        if (FirstIsDone)
        {
            return algorithms.KeyExchange;
        }

        string[] markers = role == SshRole.Server
            ? [ExtInfo.FromServer, StrictFromServer]
            : [ExtInfo.FromClient, StrictFromClient];
        return algorithms.KeyExchange.Concat(markers);
    }

    private void TakeKexInit(byte[] payload)
    {
        if (!KexInit.TryRead(payload, out KexInit peer) || !KexInit.TryRead(_ownInit!, out KexInit own))
        {
            throw SshDisconnectException.Protocol("SSH_MSG_KEXINIT is malformed");
        }

        bool server = role == SshRole.Server;
        if (!FirstIsDone)
        {
            Strict = peer.KeyExchange.Contains(Encoding.ASCII.GetBytes(server ? StrictFromClient : StrictFromServer));
            _peerTakesExtInfo = peer.KeyExchange.Contains(
                Encoding.ASCII.GetBytes(server ? ExtInfo.FromClient : ExtInfo.FromServer));
            if (Strict && decoder.Sequence != 1)
            {
                throw SshDisconnectException.Protocol("strict key exchange: SSH_MSG_KEXINIT was not the first packet");
            }
        }

        Negotiated = AlgorithmNegotiation.Negotiate(server ? peer : own, server ? own : peer, role);
        // A server says no only after this exchange, before anybody logs in: ssh-keyscan, which is not strict, has what
        // it came for by then.
        _notSafe = Negotiated.NeedsStrict && !Strict;
        if (_notSafe && !server)
        {
            throw NotSafe();
        }

        _skipGuess = Negotiated.SkipGuess;
        _transcript = server
            ? new Transcript(PeerIdentification, OwnIdentification, payload, _ownInit!)
            : new Transcript(OwnIdentification, PeerIdentification, _ownInit!, payload);
        _step = Step.Exchange;
        Negotiate();
    }

    private static SshDisconnectException NotSafe() =>
        Fail("`chacha20-poly1305@openssh.com` is refused without strict key exchange; the peer needs an update");

    private void TakeNewKeys()
    {
        decoder.ChangeKeys(_nextOpener!, Strict);
        _nextOpener = null;
        _transcript = null;
        Negotiated = null;
        _step = Step.Idle;
        lock (_gate)
        {
            _ownInit = null;
        }
    }
}
