using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using Bastion.Ssh.KeyExchange;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Transport.Ciphers;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.Transport;

/// <summary>
/// A client made of the packet layer alone: it says what a test tells it to, at the wrong time, in the wrong order, and
/// checks nothing.
/// </summary>
internal sealed class RawClient(IDuplexPipe pipe)
{
    public const string Identification = "SSH-2.0-Raw";

    private const string StrictMarker = "kex-strict-c-v00@openssh.com";

    private byte[] _ownInit = [];
    private byte[] _peerInit = [];
    private string _peerIdentification = "";

    public PacketEncoder Encoder { get; } = new();

    public PacketDecoder Decoder { get; } = new() { MaximumPacketLength = PacketDecoder.MaximumLengthAuthenticated };

    public SshAlgorithms Algorithms { get; init; } = TransportFixture.Algorithms;

    public string[] Markers { get; init; } = [StrictMarker];

    public bool GuessFollows { get; init; }

    public async Task WriteAsync(byte[] bytes) => await pipe.Output.WriteAsync(bytes);

    public Task IdentifyAsync() => WriteAsync(Encoding.ASCII.GetBytes(Identification + "\r\n"));

    public async Task SendAsync(params byte[] payload)
    {
        Encoder.Encode(pipe.Output, payload, default);
        await pipe.Output.FlushAsync();
    }

    public Task SendAsync(MessageNumber number) => SendAsync((byte)number);

    /// <summary>SSH_MSG_KEXINIT with the algorithms and markers of this client.</summary>
    public Task SendKexInitAsync()
    {
        _ownInit = KexInit.Create(Algorithms.KeyExchange.Concat(Markers), Algorithms.HostKey, Algorithms);
        if (GuessFollows)
        {
            _ownInit[^5] = 1;
        }

        return SendAsync(_ownInit);
    }

    public async Task<byte[]> ReceiveAsync()
    {
        using var deadline = new CancellationTokenSource(TransportFixture.Deadline);
        while (true)
        {
            ReadResult result = await pipe.Input.ReadAsync(deadline.Token);
            ReadOnlySequence<byte> buffer = result.Buffer;
            bool decoded = Decoder.TryDecode(ref buffer, out ReadOnlyMemory<byte> payload);
            byte[] copy = payload.ToArray();
            pipe.Input.AdvanceTo(buffer.Start, decoded ? buffer.Start : buffer.End);
            if (decoded)
            {
                return copy;
            }

            if (result.IsCompleted)
            {
                return [];
            }
        }
    }

    /// <summary>The server's identification and its SSH_MSG_KEXINIT.</summary>
    public async Task ReceiveStartAsync()
    {
        _peerIdentification = await IdentificationExchange.ReadAsync(pipe.Input, SshRole.Client, default);
        _peerInit = await ReceiveAsync();
        Assert.Equal((byte)MessageNumber.KexInit, _peerInit[0]);
    }

    /// <summary>Identification and both SSH_MSG_KEXINIT: from here on the server waits for the client's
    /// share.</summary>
    public async Task StartAsync()
    {
        await IdentifyAsync();
        await SendKexInitAsync();
        await ReceiveStartAsync();
    }

    /// <summary>A whole, honest key exchange after <see cref="StartAsync"/>.</summary>
    public async Task FinishKeyExchangeAsync(byte[]? sessionId = null)
    {
        KeyExchangeMethod method = KeyExchangeMethod.Find(Algorithms.KeyExchange[0])!;
        using KeyShare share = method.CreateShare();
        await SendAsync(ShareMessage(share.Public.Span));
        byte[] reply = await ReceiveAsync();
        Finish(method, share, reply, sessionId);
        Assert.Equal((byte)MessageNumber.NewKeys, Assert.Single(await ReceiveAsync()));
        Take();
        await SendAsync(MessageNumber.NewKeys);
        Encoder.ChangeKeys(_sealer!, Strict);
    }

    public bool Strict => Markers.Contains(StrictMarker);

    public byte[] SessionId { get; private set; } = [];

    public static byte[] ShareMessage(ReadOnlySpan<byte> share)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        writer.WriteByte((byte)MessageNumber.KexEcdhInit);
        writer.WriteString(share);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads until the server's SSH_MSG_DISCONNECT and returns its reason; 0 when it closed without
    /// one.</summary>
    public async Task<DisconnectReason> ReceiveDisconnectAsync()
    {
        while (true)
        {
            byte[] payload = await ReceiveAsync();
            if (payload.Length == 0)
            {
                return 0;
            }

            if (payload[0] == (byte)MessageNumber.Disconnect)
            {
                return (DisconnectReason)BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(1));
            }
        }
    }

    private PacketSealer? _sealer;
    private PacketOpener? _opener;

    private void Take() => Decoder.ChangeKeys(_opener!, Strict);

    private void Finish(KeyExchangeMethod method, KeyShare share, byte[] reply, byte[]? sessionId)
    {
        var reader = new SshReader(reply);
        Assert.True(reader.TryReadByte(out byte number));
        Assert.Equal((byte)MessageNumber.KexEcdhReply, number);
        Assert.True(reader.TryReadString(out ReadOnlySpan<byte> hostKey));
        Assert.True(reader.TryReadString(out ReadOnlySpan<byte> serverShare));
        using SharedSecret secret = share.Agree(serverShare);
        byte[] hash = ExchangeHash.Compute(
            method.Hash, new Transcript(Identification, _peerIdentification, _ownInit, _peerInit),
            hostKey, share.Public.Span, serverShare, secret);
        SessionId = sessionId ?? hash;
        var protection = new DirectionAlgorithms(
            CipherAlgorithm.Find(Algorithms.Cipher[0])!, MacAlgorithm.Find(Algorithms.Mac[0]));
        using PacketKeys toServer = KeyDerivation.ToServer(method.Hash, secret, hash, SessionId, protection);
        using PacketKeys toClient = KeyDerivation.ToClient(method.Hash, secret, hash, SessionId, protection);
        _sealer = protection.Cipher.CreateSealer(toServer, protection.Mac);
        _opener = protection.Cipher.CreateOpener(toClient, protection.Mac);
    }
}
