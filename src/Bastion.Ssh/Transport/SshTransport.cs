using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Bastion.Ssh.KeyExchange;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Transport;

/// <summary>
/// RFC 4253 over any pair of pipes. There is no task of its own: whoever awaits <see cref="ReceiveAsync"/> drives key
/// exchanges, pings and the rest, on its way to the next payload.
/// </summary>
internal sealed class SshTransport : ITransport
{
    /// <summary>Ignore, debug, ping and unknown messages that a peer may send before it is authenticated; none is
    /// needed.</summary>
    private const int MaximumIdleMessagesBeforeAuthentication = 128;

    /// <summary>Their bytes together (CVE-2025-26466 was a queue of pongs without bound).</summary>
    private const int MaximumIdleBytesBeforeAuthentication = 128 * 1024;

    /// <summary>Key exchanges that an unauthenticated peer may have; each takes some milliseconds of ours.</summary>
    private const int MaximumExchangesBeforeAuthentication = 8;

    /// <summary>Of a peer's description of its reason so much is kept.</summary>
    private const int MaximumDescription = 200;

    private readonly IDuplexPipe _pipe;
    private readonly SshLimits _limits;
    private readonly TimeProvider _time;
    private readonly ConnectionEnd _end = new();
    private readonly PacketDecoder _decoder = new();
    private readonly PacketSender _sender;
    private readonly KeyExchanger _keyExchanger;
    private readonly Dictionary<string, byte[]> _peerExtensions = new(StringComparer.Ordinal);
    private readonly Lock _inputGate = new();
    private SshPhase _phase = SshPhase.KeyExchange;
    private long _keysSince;
    private int _idleMessages;
    private int _idleBytes;
    private bool _receiving;
    private bool _disposed;
    private Task? _closing;

    private SshTransport(IDuplexPipe pipe, SshRole role, SshLimits limits, TimeProvider time,
        Func<SshTransport, KeyExchanger> exchanger)
    {
        _pipe = pipe;
        Role = role;
        _limits = limits;
        _time = time;
        _keysSince = time.GetTimestamp();
        _sender = new PacketSender(pipe.Output, _end, time, limits);
        _keyExchanger = exchanger(this);
        _sender.PacketSent = RekeyIfDue;
        _end.Arrived = WakeAll;
    }

    public SshRole Role { get; }

    /// <summary>Key exchanges finished so far, the first included.</summary>
    public int KeyExchanges { get; private set; }

    public SshPhase Phase
    {
        get => _phase;
        set
        {
            if (value < _phase)
            {
                throw new InvalidOperationException($"the phase went on to {_phase} and does not go back to {value}");
            }

            _phase = value;
            if (value == SshPhase.Connection)
            {
                _decoder.MaximumPacketLength = PacketDecoder.MaximumLengthAuthenticated;
            }
        }
    }

    public ReadOnlyMemory<byte> SessionId => _keyExchanger.SessionId;

    public ReadOnlyMemory<byte> HostKeyBlob => _keyExchanger.HostKeyBlob;

    public string PeerIdentification => _keyExchanger.PeerIdentification;

    public IReadOnlyDictionary<string, byte[]> PeerExtensions => _peerExtensions;

    /// <summary>
    /// Exchanges identification and keys as the server. Cancelling <paramref name="loginGrace"/> ends the connection;
    /// it is not kept after the return.
    /// </summary>
    public static Task<ITransport> StartServerAsync(IDuplexPipe pipe, SshServerOptions options,
        CancellationToken loginGrace)
    {
        var transport = new SshTransport(
            pipe, SshRole.Server, options.Limits, options.TimeProvider,
            self => new KeyExchangeServer(options, self._sender, self._decoder));
        return transport.StartAsync(loginGrace);
    }

    /// <summary>Exchanges identification and keys as the client; returns after the server's host key was
    /// accepted.</summary>
    public static Task<ITransport> StartClientAsync(
        IDuplexPipe pipe, SshClientOptions options, CancellationToken cancellationToken)
    {
        var transport = new SshTransport(
            pipe, SshRole.Client, options.Limits, options.TimeProvider,
            self => new KeyExchangeClient(options, self._sender, self._decoder));
        return transport.StartAsync(cancellationToken);
    }

    public ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken)
    {
        EnterReceive();
        ReadOnlyMemory<byte> payload = default;
        try
        {
            // What has arrived and goes straight up needs no state machine.
            _end.ThrowIfCome();
            if (_pipe.Input.TryRead(out ReadResult result) && TryDecode(result, out payload)
                && Judge(payload.Span) == Verdict.Deliver)
            {
                ExitReceive();
                return new ValueTask<ReadOnlyMemory<byte>>(payload);
            }
        }
        catch (Exception error)
        {
            return FailReceiveAsync(error);
        }

        return ReceiveMoreAsync(payload, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlyMemory<byte>> ReceiveMoreAsync(
        ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                if (payload.IsEmpty)
                {
                    payload = await NextPayloadAsync(cancellationToken);
                    if (payload.IsEmpty)
                    {
                        return payload;
                    }
                }

                if (Judge(payload.Span) == Verdict.Deliver)
                {
                    return payload;
                }

                await HandleAsync(payload, cancellationToken);
                payload = default;
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            await EndAsync(ReasonOf(error));
            throw _end.ToException();
        }
        finally
        {
            ExitReceive();
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> FailReceiveAsync(Exception error)
    {
        await EndAsync(ReasonOf(error));
        ExitReceive();
        throw _end.ToException();
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken) =>
        _sender.SendAsync(header, body, cancellationToken);

    public void Post(ReadOnlySpan<byte> payload) => _sender.Post(payload);

    public ValueTask DisconnectAsync(DisconnectReason reason, string description) =>
        EndAsync(new SshDisconnectException(reason, Blame.Self, description));

    /// <summary>Starts a key exchange now, whatever the limits say.</summary>
    public void StartKeyExchange() => _keyExchanger.Start();

    public async ValueTask DisposeAsync()
    {
        await EndAsync(
            new SshDisconnectException(DisconnectReason.ByApplication, Blame.Self, "the connection was closed"));
        lock (_inputGate)
        {
            _disposed = true;
            if (_receiving)
            {
                // The receive loop was woken and gives the input up itself.
                return;
            }
        }

        ReleaseInput();
    }

    private async Task<ITransport> StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _sender.WriteIdentification();
            _keyExchanger.Start();
            _sender.Uncork();
            _keyExchanger.PeerIdentification =
                await IdentificationExchange.ReadAsync(_pipe.Input, Role, cancellationToken);
            _sender.Cork();
            while (!_keyExchanger.FirstIsDone || _keyExchanger.PeerIsExchanging)
            {
                ReadOnlyMemory<byte> payload = await NextPayloadAsync(cancellationToken);
                if (payload.IsEmpty)
                {
                    throw new SshDisconnectException(
                        DisconnectReason.ConnectionLost, Blame.Peer, "the peer closed during the key exchange");
                }

                await HandleAsync(payload, cancellationToken);
            }

            Phase = SshPhase.ServiceRequest;
            // The server waits for our SSH_MSG_NEWKEYS, whatever the layers above do next.
            _sender.Uncork();
            return this;
        }
        catch (OperationCanceledException)
        {
            await EndAsync(new SshDisconnectException(
                DisconnectReason.ByApplication, Blame.Peer, "the key exchange was not finished in time"));
            await DisposeAsync();
            throw;
        }
        catch (Exception error)
        {
            await EndAsync(ReasonOf(error));
            await DisposeAsync();
            throw _end.ToException();
        }
    }

    private static SshDisconnectException ReasonOf(Exception error) => error as SshDisconnectException
        ?? new SshDisconnectException(DisconnectReason.ConnectionLost, Blame.Network, "the connection was lost", error);

    /// <summary>All that is not for the layers above; what the table does not permit ends here.</summary>
    private async ValueTask HandleAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        switch (Judge(payload.Span))
        {
            case Verdict.KeyExchange:
                await ExchangeKeysAsync(payload, cancellationToken);
                break;
            case Verdict.Transport:
                HandleTransportMessage(payload.Span);
                break;
            case Verdict.Unimplemented:
                CountIdle(payload.Length);
                PostUnimplemented();
                break;
            case Verdict.Ignore:
                break;
            default:
                throw SshDisconnectException.Protocol($"message {payload.Span[0]} is not permitted now");
        }
    }

    /// <summary>The next packet's payload, which is never empty; empty at the end of the stream.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadOnlyMemory<byte>> NextPayloadAsync(CancellationToken cancellationToken)
    {
        bool waits = false;
        while (true)
        {
            _end.ThrowIfCome();
            if (waits || !_pipe.Input.TryRead(out ReadResult result))
            {
                _decoder.ReleaseBuffer();
                _sender.Uncork();
                result = await _pipe.Input.ReadAsync(cancellationToken);
                _sender.Cork();
            }

            waits = true;
            if (TryDecode(result, out ReadOnlyMemory<byte> payload))
            {
                return payload;
            }

            if (result.IsCompleted)
            {
                _end.ThrowIfCome();
                return result.Buffer.IsEmpty
                    ? default(ReadOnlyMemory<byte>)
                    : throw new SshDisconnectException(
                        DisconnectReason.ConnectionLost, Blame.Peer, "the connection ended in the middle of a packet");
            }
        }
    }

    private bool TryDecode(ReadResult result, out ReadOnlyMemory<byte> payload)
    {
        ReadOnlySequence<byte> buffer = result.Buffer;
        bool decoded = false;
        try
        {
            decoded = _decoder.TryDecode(ref buffer, out payload);
        }
        finally
        {
            _pipe.Input.AdvanceTo(buffer.Start, decoded ? buffer.Start : buffer.End);
        }

        if (decoded)
        {
            RekeyIfDue();
        }

        return decoded;
    }

    private Verdict Judge(ReadOnlySpan<byte> payload)
    {
        ReceivePhase phase;
        if (_phase == SshPhase.KeyExchange)
        {
            phase = _keyExchanger.Strict ? ReceivePhase.StrictKeyExchange : ReceivePhase.InitialKeyExchange;
        }
        else if (_keyExchanger.PeerIsExchanging)
        {
            phase = _phase == SshPhase.Connection ? ReceivePhase.RekeyInConnection : ReceivePhase.RekeyBeforeLogin;
        }
        else
        {
            phase = _phase switch
            {
                SshPhase.UserAuth => ReceivePhase.UserAuth,
                SshPhase.Connection => ReceivePhase.Connection,
                _ => ReceivePhase.ServiceRequest,
            };
        }

        return PermittedMessages.Judge(Role, phase, payload[0]);
    }

    private async ValueTask ExchangeKeysAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        // Takes milliseconds: not on the thread that told of the packet, which may serve others too.
        await Task.Yield();
        if (await _keyExchanger.HandleAsync(payload, cancellationToken))
        {
            KeyExchanges++;
            _keysSince = _time.GetTimestamp();
            if (_phase != SshPhase.Connection && KeyExchanges > MaximumExchangesBeforeAuthentication)
            {
                throw SshDisconnectException.Protocol("too many key exchanges before authentication");
            }
        }
    }

    private void HandleTransportMessage(ReadOnlySpan<byte> payload)
    {
        var number = (MessageNumber)payload[0];
        if (number == MessageNumber.Disconnect)
        {
            throw PeerDisconnected(payload);
        }

        CountIdle(payload.Length);
        if (number == MessageNumber.Ping)
        {
            if (!PingMessage.TryReadData(payload, out _))
            {
                throw SshDisconnectException.Protocol("SSH2_MSG_PING is malformed");
            }

            PostPong(payload);
        }
        else if (number == MessageNumber.ExtInfo && !ExtInfo.TryRead(payload, _peerExtensions))
        {
            throw SshDisconnectException.Protocol("SSH_MSG_EXT_INFO is malformed");
        }
    }

    private void CountIdle(int bytes)
    {
        if (_phase != SshPhase.Connection
            && (++_idleMessages > MaximumIdleMessagesBeforeAuthentication
                || (_idleBytes += bytes) > MaximumIdleBytesBeforeAuthentication))
        {
            throw SshDisconnectException.Protocol("too many idle messages before authentication");
        }
    }

    private void PostPong(ReadOnlySpan<byte> ping)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(ping.Length);
        Span<byte> pong = rented.AsSpan(0, ping.Length);
        ping.CopyTo(pong);
        pong[0] = (byte)MessageNumber.Pong;
        Post(pong);
        ArrayPool<byte>.Shared.Return(rented);
    }

    private void PostUnimplemented()
    {
        Span<byte> payload = stackalloc byte[UnimplementedMessage.Bytes];
        UnimplementedMessage.Write(payload, unchecked(_decoder.Sequence - 1));
        Post(payload);
    }

    /// <summary>RFC 4253 section 9, RFC 4344 section 3: by bytes, packets and time, whichever direction comes
    /// first.</summary>
    private void RekeyIfDue()
    {
        if (_keyExchanger.FirstIsDone
            && (_sender.BytesUnderKeys >= _limits.RekeyBytes || _decoder.Bytes >= _limits.RekeyBytes
                || _sender.PacketsUnderKeys >= _limits.RekeyPackets || _decoder.Packets >= _limits.RekeyPackets
                || _time.GetElapsedTime(_keysSince) >= _limits.RekeyInterval))
        {
            _keyExchanger.Start();
        }
    }

    private static SshDisconnectException PeerDisconnected(ReadOnlySpan<byte> payload)
    {
        if (!DisconnectMessage.TryRead(payload, out DisconnectMessage message))
        {
            return SshDisconnectException.Protocol("SSH_MSG_DISCONNECT is malformed");
        }

        string description = VisibleText.Of(message.Description, MaximumDescription);
        return new SshDisconnectException((DisconnectReason)message.Reason, Blame.Peer, description)
        {
            SentByPeer = true,
        };
    }

    /// <summary>Keeps the first reason, tells it to a peer that can still be told, and closes the output, all
    /// once.</summary>
    private ValueTask EndAsync(SshDisconnectException reason)
    {
        _end.Set(reason);
        lock (_inputGate)
        {
            if (_closing is null)
            {
                SshDisconnectException first = _end.First;
                bool tell = !first.SentByPeer && first.Reason
                    is not (DisconnectReason.ConnectionLost or DisconnectReason.ProtocolVersionNotSupported);
                _closing = _sender.CloseAsync(tell ? DisconnectMessage.Create(first.Reason, first.Message) : null)
                    .AsTask();
            }

            return new ValueTask(_closing);
        }
    }

    private void WakeAll()
    {
        _sender.Wake();
        _pipe.Input.CancelPendingRead();
    }

    private void EnterReceive()
    {
        lock (_inputGate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_receiving)
            {
                throw new InvalidOperationException("one receive at a time");
            }

            _receiving = true;
        }
    }

    private void ExitReceive()
    {
        bool last;
        lock (_inputGate)
        {
            _receiving = false;
            last = _disposed;
        }

        if (last)
        {
            ReleaseInput();
        }
    }

    private void ReleaseInput()
    {
        _decoder.Dispose();
        _pipe.Input.Complete();
    }
}
