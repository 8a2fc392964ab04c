using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Connection;

/// <summary>
/// The connection protocol (RFC 4254) over one transport: one receive loop that hands each message to its channel and
/// never waits, neither for whoever reads the channels nor for its own output.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "FinishAsync disposes when the receive loop has ended")]
internal sealed class ChannelMultiplexer
{
    /// <summary>Largest data part that we send, whatever the peer would take: RFC 4253 section 6.1.</summary>
    private const uint MaximumDataSent = 32 * 1024;

    private readonly ITransport _transport;
    private readonly HostKeyProof? _hostKeyProof;
    private readonly ChannelTable _channels;
    private readonly GlobalReplyQueue _globalReplies;
    private readonly Queue<IncomingRequest> _incoming = new();
    private readonly Queue<TaskCompletionSource<GlobalReply>> _awaitingGlobalReply = new();
    private readonly SemaphoreSlim _globalLock = new(1, 1);
    private readonly AsyncSignal _incomingArrived = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _lock = new();
    private SshDisconnectException? _end;
    private bool _noMoreSessions;
    private bool _over;

    public ChannelMultiplexer(ITransport transport, SshLimits limits, HostKeyProof? hostKeyProof)
    {
        _transport = transport;
        _hostKeyProof = hostKeyProof;
        Limits = limits;
        _channels = new ChannelTable(limits);
        _globalReplies = new GlobalReplyQueue(transport, limits.MaximumPendingRequests);
    }

    public SshLimits Limits { get; }

    public int MaximumPacketSize => Limits.MaximumPacketSize;

    public int OpenChannels => _channels.Count;

    /// <summary>Why the connection ended; null while it stands.</summary>
    public SshDisconnectException? End => Volatile.Read(ref _end);

    public static int ClampPacket(uint peerMaximum) => (int)Math.Min(peerMaximum, MaximumDataSent);

    /// <summary>Runs until the connection is over. Never throws: the reason is in <see cref="End"/>.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (true)
            {
                ReadOnlyMemory<byte> payload = await _transport.ReceiveAsync(_closed.Token);
                if (payload.IsEmpty)
                {
                    Fail(new SshDisconnectException(DisconnectReason.ConnectionLost, Blame.Peer,
                        "the peer closed the connection"));
                    break;
                }

                Dispatch(payload.Span);
            }
        }
        catch (SshDisconnectException error)
        {
            Fail(error);
        }
        catch (OperationCanceledException) when (_closed.IsCancellationRequested)
        {
            // Somebody of ours ended the connection, and has said why.
        }
        finally
        {
            await FinishAsync();
        }
    }

    /// <summary>The first reason is kept; the receive loop then ends everything.</summary>
    public void Fail(SshDisconnectException reason)
    {
        if (Interlocked.CompareExchange(ref _end, reason, null) is null)
        {
            _closed.Cancel();
        }
    }

    /// <summary>Sends without waiting, for answers and credits.</summary>
    public void Post(ReadOnlySpan<byte> payload) => _transport.Post(payload);

    /// <summary>False when the connection is over.</summary>
    public ValueTask<bool> SendAsync(
        ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (End is not null)
        {
            return ValueTask.FromResult(false);
        }

        ValueTask sending = _transport.SendAsync(header, body, cancellationToken);
        if (sending.IsCompletedSuccessfully)
        {
            sending.GetAwaiter().GetResult();
            return ValueTask.FromResult(true);
        }

        return AwaitAsync(sending);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> AwaitAsync(ValueTask sending)
    {
        try
        {
            await sending;
            return true;
        }
        catch (SshDisconnectException error)
        {
            Fail(error);
            return false;
        }
    }

    public async ValueTask<IncomingRequest?> AcceptAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_incoming.TryDequeue(out IncomingRequest? request))
                {
                    return request;
                }

                if (_over)
                {
                    return null;
                }
            }

            await _incomingArrived.WaitAsync(cancellationToken);
        }
    }

    public async ValueTask<Channel> OpenAsync(
        string type, ReadOnlyMemory<byte> extraData, CancellationToken cancellationToken)
    {
        Channel channel = _channels.Add((id, window) => new Channel(this, id, type, window, openedByUs: true))
            ?? throw (End ?? (Exception)new ChannelOpenException(
                ChannelOpenFailureReason.ResourceShortage, $"{Limits.MaximumChannels} channels are open already"));
        byte[] message = ConnectionMessages.Open(
            type, channel.LocalId, channel.WindowSize, MaximumPacketSize, extraData.Span);
        if (!await SendAsync(message, default, cancellationToken))
        {
            throw End!;
        }

        try
        {
            return await channel.Opened.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            channel.Abandon();
            throw;
        }
    }

    public void Remove(Channel channel) => _channels.Remove(channel);

    public async ValueTask<GlobalReply> GlobalRequestAsync(
        string name, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var reply = new TaskCompletionSource<GlobalReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _globalLock.WaitAsync(cancellationToken);
        try
        {
            lock (_lock)
            {
                if (_over)
                {
                    return default;
                }

                _awaitingGlobalReply.Enqueue(reply);
            }

            await SendAsync(
                ConnectionMessages.GlobalRequest(name, wantReply: true, payload.Span), default, cancellationToken);
        }
        finally
        {
            _globalLock.Release();
        }

        return await reply.Task.WaitAsync(cancellationToken);
    }

    private void Dispatch(ReadOnlySpan<byte> payload)
    {
        var reader = new SshReader(payload[1..]);
        var number = (MessageNumber)payload[0];
        bool wellFormed = number switch
        {
            MessageNumber.ChannelData => OnData(ref reader),
            MessageNumber.ChannelExtendedData => OnExtendedData(ref reader),
            MessageNumber.ChannelWindowAdjust => OnWindowAdjust(ref reader),
            MessageNumber.ChannelRequest => OnChannelRequest(ref reader),
            MessageNumber.ChannelOpen => OnOpen(ref reader),
            MessageNumber.ChannelOpenConfirmation => OnOpenConfirmation(ref reader),
            MessageNumber.ChannelOpenFailure => OnOpenFailure(ref reader),
            MessageNumber.ChannelEof => OnBare(ref reader, static channel => channel.OnEof()),
            MessageNumber.ChannelClose => OnBare(ref reader, static channel => channel.OnClose()),
            MessageNumber.ChannelSuccess => OnReply(ref reader, success: true),
            MessageNumber.ChannelFailure => OnReply(ref reader, success: false),
            MessageNumber.GlobalRequest => OnGlobalRequest(ref reader),
            MessageNumber.RequestSuccess => OnGlobalReply(new GlobalReply(true, reader.Rest.ToArray())),
            MessageNumber.RequestFailure => reader.AtEnd && OnGlobalReply(default),
            _ => throw SshDisconnectException.Protocol($"message {(byte)number} is not permitted now"),
        };
        if (!wellFormed)
        {
            throw SshDisconnectException.Protocol($"malformed message {(byte)number}");
        }
    }

    private bool OnData(ref SshReader reader)
    {
        if (!reader.TryReadUInt32(out uint recipient) || !reader.TryReadString(out ReadOnlySpan<byte> data)
            || !reader.AtEnd)
        {
            return false;
        }

        Demand(recipient).OnData(data, extendedType: 0);
        return true;
    }

    private bool OnExtendedData(ref SshReader reader)
    {
        if (!reader.TryReadUInt32(out uint recipient) || !reader.TryReadUInt32(out uint type)
            || !reader.TryReadString(out ReadOnlySpan<byte> data) || !reader.AtEnd)
        {
            return false;
        }

        // Type 0 is not assigned (RFC 4250 section 4.4.1); it must not pass for ordinary data.
        Demand(recipient).OnData(data, type == 0 ? uint.MaxValue : type);
        return true;
    }

    private bool OnWindowAdjust(ref SshReader reader)
    {
        if (!reader.TryReadUInt32(out uint recipient) || !reader.TryReadUInt32(out uint credit) || !reader.AtEnd)
        {
            return false;
        }

        // A credit may cross our CLOSE on the way; for a channel that is gone it means nothing.
        _channels.Find(recipient)?.OnWindowAdjust(credit);
        return true;
    }

    private bool OnReply(ref SshReader reader, bool success)
    {
        if (!reader.TryReadUInt32(out uint recipient) || !reader.AtEnd)
        {
            return false;
        }

        _channels.Find(recipient)?.OnReply(success);
        return true;
    }

    private bool OnBare(ref SshReader reader, Action<Channel> handle)
    {
        if (!reader.TryReadUInt32(out uint recipient) || !reader.AtEnd)
        {
            return false;
        }

        handle(Demand(recipient));
        return true;
    }

    private bool OnChannelRequest(ref SshReader reader)
    {
        if (!reader.TryReadUInt32(out uint recipient) || !reader.TryReadUtf8(out string type)
            || !reader.TryReadBoolean(out bool wantReply))
        {
            return false;
        }

        Demand(recipient).OnRequest(type, wantReply, reader.Rest);
        return true;
    }

    private bool OnOpen(ref SshReader reader)
    {
        if (!reader.TryReadUtf8(out string type) || !reader.TryReadUInt32(out uint sender)
            || !reader.TryReadUInt32(out uint window) || !reader.TryReadUInt32(out uint maximumPacket))
        {
            return false;
        }

        if (type == ChannelTypes.Session && _noMoreSessions)
        {
            throw SshDisconnectException.Protocol("a session channel after no-more-sessions@openssh.com");
        }

        if (maximumPacket == 0)
        {
            throw SshDisconnectException.Protocol("a channel with a maximum packet size of 0");
        }

        Channel? channel = _channels.Add((id, size) => new Channel(this, id, type, size, openedByUs: false));
        if (channel is null)
        {
            RefuseForShortage(sender);
            return true;
        }

        channel.OpenedByPeer(sender, window, maximumPacket);
        if (!TryAnnounce(new ChannelOpenRequest(channel, reader.Rest.ToArray())))
        {
            _channels.Remove(channel);
            RefuseForShortage(sender);
        }

        return true;
    }

    private void RefuseForShortage(uint recipient) =>
        Post(ConnectionMessages.OpenFailure(
            recipient, ChannelOpenFailureReason.ResourceShortage, "too many channels on this connection"));

    private bool OnOpenConfirmation(ref SshReader reader)
    {
        if (!reader.TryReadUInt32(out uint recipient) || !reader.TryReadUInt32(out uint sender)
            || !reader.TryReadUInt32(out uint window) || !reader.TryReadUInt32(out uint maximumPacket))
        {
            return false;
        }

        if (maximumPacket == 0)
        {
            throw SshDisconnectException.Protocol("a channel with a maximum packet size of 0");
        }

        // Type specific data may follow (RFC 4254 section 5.1); none of ours has any.
        Demand(recipient).OnOpenConfirmation(sender, window, maximumPacket);
        return true;
    }

    private bool OnOpenFailure(ref SshReader reader)
    {
        if (!reader.TryReadUInt32(out uint recipient) || !reader.TryReadUInt32(out uint reason)
            || !reader.TryReadUtf8(out string description))
        {
            return false;
        }

        // The language tag is optional in practice: some servers leave it out.
        Demand(recipient).OnOpenFailure((ChannelOpenFailureReason)reason, description);
        return true;
    }

    private bool OnGlobalRequest(ref SshReader reader)
    {
        if (!reader.TryReadUtf8(out string name) || !reader.TryReadBoolean(out bool wantReply))
        {
            return false;
        }

        GlobalReplySlot? slot = wantReply ? _globalReplies.Add() : null;
        switch (name)
        {
            case GlobalRequestNames.KeepAlive:
                // OpenSSH answers with failure; any answer shows that we are here, and it comes at once.
                slot?.Fill(success: false, default);
                return true;
            case GlobalRequestNames.NoMoreSessions when _transport.Role == SshRole.Server:
                _noMoreSessions = true;
                slot?.Fill(success: true, default);
                return true;
            case GlobalRequestNames.ProveHostKeys when _hostKeyProof is not null && slot is not null:
                _hostKeyProof.Answer(reader.Rest, slot, _closed.Token);
                return true;
            case GlobalRequestNames.HostKeys when _transport.Role == SshRole.Client:
                // Host keys are pinned by whoever opened the connection; a server's further keys are not learnt.
                slot?.Fill(success: false, default);
                return true;
            default:
                if (!TryAnnounce(new GlobalRequest(name, reader.Rest.ToArray(), slot)))
                {
                    slot?.Fill(success: false, default);
                }

                return true;
        }
    }

    /// <summary>A reply that nobody asked for is dropped, as OpenSSH does.</summary>
    private bool OnGlobalReply(GlobalReply reply)
    {
        TaskCompletionSource<GlobalReply>? waiter;
        lock (_lock)
        {
            _awaitingGlobalReply.TryDequeue(out waiter);
        }

        waiter?.TrySetResult(reply);
        return true;
    }

    private bool TryAnnounce(IncomingRequest request)
    {
        lock (_lock)
        {
            if (_incoming.Count >= Limits.MaximumPendingRequests)
            {
                return false;
            }

            _incoming.Enqueue(request);
        }

        _incomingArrived.Set(inline: false);
        return true;
    }

    private Channel Demand(uint localId) =>
        _channels.Find(localId) ?? throw SshDisconnectException.Protocol($"channel {localId} is not open");

    private async Task FinishAsync()
    {
        SshDisconnectException end = End!;
        foreach (Channel channel in _channels.Close())
        {
            channel.OnDisconnected(end);
        }

        lock (_lock)
        {
            _over = true;
            while (_awaitingGlobalReply.TryDequeue(out TaskCompletionSource<GlobalReply>? waiter))
            {
                waiter.TrySetResult(default);
            }
        }

        _incomingArrived.Set(inline: false);
        await _transport.DisconnectAsync(end.Reason, end.Message);
        if (_hostKeyProof is not null)
        {
            await _hostKeyProof.StoppedAsync();
        }

        await _transport.DisposeAsync();
        _closed.Dispose();
        _globalLock.Dispose();
    }
}
