using System.Runtime.CompilerServices;
using Bastion.Ssh.Connection;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh;

/// <summary>
/// One channel of a connection (RFC 4254 section 5). One reader at a time; any number of senders, whose messages go
/// out whole and in the order in which they asked. Sending on a channel that is closed, or whose connection is over,
/// returns false and does nothing: the far side is gone, which is no error of the sender's.
/// </summary>
public sealed class Channel : IAsyncDisposable
{
    private readonly ChannelMultiplexer _multiplexer;
    private readonly Lock _state = new();
    private readonly ReceiveBuffer _received = new();
    private readonly AsyncSignal _readable = new();
    private readonly AsyncSignal _writable = new();

    /// <summary>Held over each message, so that nothing follows CLOSE and requests match their replies.</summary>
    private readonly SemaphoreSlim _sendLock = new(1, 1);

    /// <summary>Held over each stretch of data, also while it waits for the window; requests and replies pass
    /// it.</summary>
    private readonly SemaphoreSlim _writeLock = new(1, 1);
    private readonly byte[] _header = new byte[ConnectionMessages.ExtendedDataHeaderLength];
    private readonly TaskCompletionSource<Channel>? _opening;

    /// <summary>Requests of ours that want a reply, oldest first; null where the reply goes into the item
    /// stream.</summary>
    private Queue<TaskCompletionSource<bool>?>? _awaitingReply;
    private ReceiveWindow _receiveWindow;
    private SendWindow _sendWindow;
    private int _peerMaximumPacket;
    private int _queuedRequests;
    private TaskCompletionSource? _gone;
    private int _unanswered;
    private bool _confirmed;
    private bool _abandoned;
    private bool _eofReceived;
    private bool _eofSent;
    private bool _closeReceived;
    private bool _closeSent;
    private bool _over;

    internal Channel(ChannelMultiplexer multiplexer, uint localId, string type, int window, bool openedByUs)
    {
        _multiplexer = multiplexer;
        LocalId = localId;
        Type = type;
        _receiveWindow = new ReceiveWindow(window);
        _opening = openedByUs
            ? new TaskCompletionSource<Channel>(TaskCreationOptions.RunContinuationsAsynchronously)
            : null;
    }

    public string Type { get; }

    public uint LocalId { get; }

    public uint RemoteId { get; private set; }

    internal int WindowSize => _receiveWindow.Size;

    internal Task<Channel> Opened => _opening!.Task;

    /// <summary>
    /// Completes when the peer closed the channel or the connection is over, also while what it sent before is unread:
    /// for whoever must not read on and yet wants to know that nobody waits any more.
    /// </summary>
    public Task Gone
    {
        get
        {
            lock (_state)
            {
                if (_closeReceived || _over)
                {
                    return Task.CompletedTask;
                }

                _gone ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _gone.Task;
            }
        }
    }

    /// <summary>Completes when there may be something to read. Then call <see cref="TryRead"/> until it says
    /// no.</summary>
    public ValueTask WaitToReadAsync(CancellationToken cancellationToken) => _readable.WaitAsync(cancellationToken);

    /// <summary>Takes the next item. The memory of the item before is not valid any more.</summary>
    public bool TryRead(out ChannelItem item)
    {
        lock (_state)
        {
            if (!_received.TryRead(out item))
            {
                return false;
            }

            if (item.Kind is ChannelItemKind.Request or ChannelItemKind.EndOfWrite)
            {
                _queuedRequests--;
            }

            return true;
        }
    }

    /// <summary>The next item; after Close or Disconnected nothing follows.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ChannelItem> ReadAsync(CancellationToken cancellationToken)
    {
        ChannelItem item;
        while (!TryRead(out item))
        {
            await WaitToReadAsync(cancellationToken);
        }

        return item;
    }

    /// <summary>
    /// Says that <paramref name="count"/> bytes that were read have left us, so that the peer may send as many more.
    /// Never waits; credits are gathered before they are announced.
    /// </summary>
    public void Consumed(int count)
    {
        lock (_state)
        {
            PostCredit(_receiveWindow.Consume(count));
        }
    }

    /// <summary>Under the lock, so that no credit follows CLOSE. Posting never waits.</summary>
    private void PostCredit(int credit)
    {
        if (credit > 0 && !_closeSent && !_closeReceived && !_eofReceived && !_over)
        {
            _multiplexer.Post(ConnectionMessages.WindowAdjust(RemoteId, credit));
        }
    }

    /// <summary>
    /// Sends data, waiting for the peer's window and for the output. False when the channel takes no more; then some
    /// of it may have been sent.
    /// </summary>
    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        WriteAsync(data, extended: false, cancellationToken);

    /// <summary>The same for SSH_EXTENDED_DATA_STDERR.</summary>
    public ValueTask<bool> WriteExtendedAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        WriteAsync(data, extended: true, cancellationToken);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, bool extended,
    CancellationToken cancellationToken)
    {
        await _writeLock.WaitAsync(cancellationToken);
        try
        {
            while (!data.IsEmpty)
            {
                int count = await SendChunkAsync(data, extended, cancellationToken);
                if (count < 0)
                {
                    return false;
                }

                if (count == 0)
                {
                    await _writable.WaitAsync(cancellationToken);
                }

                data = data[count..];
            }

            return true;
        }
        finally
        {
            _writeLock.Release();
        }
    }

    /// <summary>Sends as much as one message and the window take; 0 when the window is shut, negative when it is
    /// over.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> SendChunkAsync(
        ReadOnlyMemory<byte> data, bool extended, CancellationToken cancellationToken)
    {
        await _sendLock.WaitAsync(cancellationToken);
        try
        {
            int count;
            lock (_state)
            {
                if (!CanSend || _eofSent)
                {
                    return -1;
                }

                count = _sendWindow.Take(Math.Min(data.Length, _peerMaximumPacket));
            }

            if (count == 0)
            {
                return 0;
            }

            int header = ConnectionMessages.WriteDataHeader(_header, RemoteId, extended, count);
            return await _multiplexer.SendAsync(_header.AsMemory(0, header), data[..count], cancellationToken)
                ? count
                : -1;
        }
        finally
        {
            _sendLock.Release();
        }
    }

    /// <summary>
    /// Sends a request. Where a reply is wanted it comes as an item of kind Reply, in its place among the data, one
    /// for each request in the order of sending.
    /// </summary>
    public async ValueTask<bool> SendRequestAsync(
        string type, bool wantReply, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        await PostRequestAsync(type, wantReply, null, payload, cancellationToken);

    /// <summary>Sends a request and waits for its reply; false is refused, or the channel ended first.</summary>
    public async ValueTask<bool> RequestAsync(
        string type, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        var reply = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        return await PostRequestAsync(type, wantReply: true, reply, payload, cancellationToken)
            && await reply.Task.WaitAsync(cancellationToken);
    }

    private async ValueTask<bool> PostRequestAsync(
        string type, bool wantReply, TaskCompletionSource<bool>? reply, ReadOnlyMemory<byte> payload,
        CancellationToken cancellationToken)
    {
        await _sendLock.WaitAsync(cancellationToken);
        try
        {
            lock (_state)
            {
                // A peer that has closed may still be told how its command ended: OpenSSH's client closes at the last
                // EOF and waits for the exit status. It will answer nothing any more.
                if (!CanSend && (wantReply || !_closeReceived || _closeSent || _over))
                {
                    return false;
                }

                if (wantReply)
                {
                    (_awaitingReply ??= new Queue<TaskCompletionSource<bool>?>()).Enqueue(reply);
                }
            }

            byte[] message = ConnectionMessages.Request(RemoteId, type, wantReply, payload.Span);
            return await _multiplexer.SendAsync(message, default, cancellationToken);
        }
        finally
        {
            _sendLock.Release();
        }
    }

    /// <summary>Answers the oldest request that wanted a reply (RFC 4254 section 5.4: in their order).</summary>
    public ValueTask<bool> ReplyAsync(bool success, CancellationToken cancellationToken)
    {
        lock (_state)
        {
            _unanswered--;
        }

        return SendBareAsync(success ? MessageNumber.ChannelSuccess : MessageNumber.ChannelFailure, cancellationToken);
    }

    /// <summary>No more data from us; requests may still follow (RFC 4254 section 5.3).</summary>
    public ValueTask<bool> SendEofAsync(CancellationToken cancellationToken) =>
        SendBareAsync(MessageNumber.ChannelEof, cancellationToken);

    /// <summary>We read no more data: OpenSSH's PROTOCOL section 2.1, "eow@openssh.com".</summary>
    public ValueTask<bool> SendEndOfWriteAsync(CancellationToken cancellationToken) =>
        SendRequestAsync(RequestNames.EndOfWrite, wantReply: false, default, cancellationToken);

    /// <summary>
    /// Sends SSH_MSG_CHANNEL_CLOSE once; whatever waits to write gives up. The number is free again when the peer's
    /// own CLOSE has come. What is still unread is dropped.
    /// </summary>
    public async ValueTask CloseAsync()
    {
        bool bothClosed;
        lock (_state)
        {
            if (_closeSent || !_confirmed || _over)
            {
                return;
            }

            _closeSent = true;
            _received.Clear();
            bothClosed = _closeReceived;
        }

        _writable.Set(inline: false);
        await _sendLock.WaitAsync(CancellationToken.None);
        try
        {
            byte[] close = ConnectionMessages.ForChannel(MessageNumber.ChannelClose, RemoteId);
            await _multiplexer.SendAsync(close, default, CancellationToken.None);
        }
        finally
        {
            _sendLock.Release();
        }

        CompleteReplies();
        if (bothClosed)
        {
            _multiplexer.Remove(this);
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>Nobody waits for the channel that we asked for any more: it is closed as soon as it is
    /// confirmed.</summary>
    internal void Abandon()
    {
        lock (_state)
        {
            _abandoned = true;
            if (!_confirmed)
            {
                return;
            }
        }

        CloseUnused();
    }

    private void CloseUnused()
    {
        lock (_state)
        {
            if (_closeSent || _over)
            {
                return;
            }

            _closeSent = true;
            _received.Clear();
        }

        _multiplexer.Post(ConnectionMessages.ForChannel(MessageNumber.ChannelClose, RemoteId));
    }

    private bool CanSend => _confirmed && !_closeSent && !_closeReceived && !_over;

    private async ValueTask<bool> SendBareAsync(MessageNumber number, CancellationToken cancellationToken)
    {
        await _sendLock.WaitAsync(cancellationToken);
        try
        {
            lock (_state)
            {
                if (!CanSend || (number == MessageNumber.ChannelEof && _eofSent))
                {
                    return false;
                }

                _eofSent |= number == MessageNumber.ChannelEof;
            }

            return await _multiplexer.SendAsync(
                ConnectionMessages.ForChannel(number, RemoteId), default, cancellationToken);
        }
        finally
        {
            _sendLock.Release();
        }
    }

    private void CompleteReplies()
    {
        Queue<TaskCompletionSource<bool>?>? waiting;
        lock (_state)
        {
            waiting = _awaitingReply;
            _awaitingReply = null;
        }

        foreach (TaskCompletionSource<bool>? reply in waiting ?? [])
        {
            reply?.TrySetResult(false);
        }
    }

    // What follows is called by the multiplexer: by its receive loop, one message at a time.

    internal void OpenedByPeer(uint remoteId, uint window, uint maximumPacket)
    {
        RemoteId = remoteId;
        _sendWindow = new SendWindow(window);
        _peerMaximumPacket = ChannelMultiplexer.ClampPacket(maximumPacket);
    }

    internal async ValueTask ConfirmAsync(CancellationToken cancellationToken)
    {
        lock (_state)
        {
            _confirmed = true;
        }

        await _multiplexer.SendAsync(
            ConnectionMessages.OpenConfirmation(RemoteId, LocalId, WindowSize, _multiplexer.MaximumPacketSize),
            default,
            cancellationToken);
    }

    internal async ValueTask RefuseAsync(
        ChannelOpenFailureReason reason, string description, CancellationToken cancellationToken)
    {
        _multiplexer.Remove(this);
        await _multiplexer.SendAsync(
            ConnectionMessages.OpenFailure(RemoteId, reason, description), default, cancellationToken);
    }

    internal void OnOpenConfirmation(uint remoteId, uint window, uint maximumPacket)
    {
        bool abandoned;
        lock (_state)
        {
            if (_confirmed || _opening is null)
            {
                throw SshDisconnectException.Protocol($"channel {LocalId} was confirmed without being asked for");
            }

            OpenedByPeer(remoteId, window, maximumPacket);
            _confirmed = true;
            abandoned = _abandoned;
        }

        if (abandoned)
        {
            CloseUnused();
        }

        _opening.TrySetResult(this);
    }

    internal void OnOpenFailure(ChannelOpenFailureReason reason, string description)
    {
        if (_confirmed || _opening is null)
        {
            throw SshDisconnectException.Protocol($"channel {LocalId} was refused without being asked for");
        }

        _multiplexer.Remove(this);
        _opening.TrySetException(new ChannelOpenException(reason, description));
    }

    internal void OnData(ReadOnlySpan<byte> data, uint extendedType)
    {
        lock (_state)
        {
            DemandConfirmed();
            if (_eofReceived)
            {
                throw SshDisconnectException.Protocol($"data on channel {LocalId} after its end was announced");
            }

            if (data.Length > _multiplexer.MaximumPacketSize || !_receiveWindow.TryCharge(data.Length))
            {
                throw SshDisconnectException.Protocol(
                    $"{data.Length} bytes on channel {LocalId}, whose window is {_receiveWindow.Available}");
            }

            if (_closeSent || data.IsEmpty)
            {
                return;
            }

            if (extendedType is not (0 or ConnectionMessages.ExtendedDataStderr))
            {
                // Nobody can ask for such bytes: they are dropped, and credited so that the stream goes on.
                PostCredit(_receiveWindow.Consume(data.Length));
                return;
            }

            if (_received.Count >= _multiplexer.Limits.MaximumQueuedItemsPerChannel)
            {
                throw SshDisconnectException.Protocol($"too many alternating stretches of data on channel {LocalId}");
            }

            _received.AppendData(extendedType == 0 ? ChannelItemKind.Data : ChannelItemKind.ExtendedData, data);
        }

        _readable.Set(inline: true);
    }

    internal void OnWindowAdjust(uint credit)
    {
        lock (_state)
        {
            DemandConfirmed();
            if (!_sendWindow.TryGrow(credit))
            {
                throw SshDisconnectException.Protocol($"the window of channel {LocalId} grew over 2^32 - 1");
            }
        }

        _writable.Set(inline: false);
    }

    internal void OnRequest(string type, bool wantReply, ReadOnlySpan<byte> payload)
    {
        lock (_state)
        {
            DemandConfirmed();
            if (_closeSent)
            {
                return;
            }

            if (type == RequestNames.KeepAlive && wantReply && _unanswered == 0)
            {
                // Answered at once: in the item stream it would wait behind data that the far side does not take yet,
                // and the peer would think us dead.
                _multiplexer.Post(ConnectionMessages.ForChannel(MessageNumber.ChannelFailure, RemoteId));
                return;
            }

            if (_queuedRequests >= _multiplexer.Limits.MaximumQueuedRequestsPerChannel)
            {
                throw SshDisconnectException.Protocol($"too many requests are waiting on channel {LocalId}");
            }

            _queuedRequests++;
            _unanswered += wantReply ? 1 : 0;
            if (type == RequestNames.EndOfWrite && !wantReply)
            {
                _received.Append(ChannelItemKind.EndOfWrite);
            }
            else
            {
                _received.Append(ChannelItemKind.Request, new ChannelRequest(type, wantReply, payload.ToArray()));
            }
        }

        _readable.Set(inline: false);
    }

    /// <summary>A reply that nobody asked for is dropped, as OpenSSH does: it moves no state here.</summary>
    internal void OnReply(bool success)
    {
        TaskCompletionSource<bool>? waiter;
        lock (_state)
        {
            if (_awaitingReply is null || !_awaitingReply.TryDequeue(out waiter))
            {
                return;
            }

            if (waiter is null && !_closeSent)
            {
                _received.Append(ChannelItemKind.Reply, success: success);
            }
        }

        if (waiter is not null)
        {
            waiter.TrySetResult(success);
            return;
        }

        _readable.Set(inline: true);
    }

    internal void OnEof()
    {
        lock (_state)
        {
            DemandConfirmed();
            if (_eofReceived || _closeSent)
            {
                return;
            }

            _eofReceived = true;
            _received.Append(ChannelItemKind.Eof);
        }

        _readable.Set(inline: true);
    }

    internal void OnClose()
    {
        bool bothClosed;
        lock (_state)
        {
            DemandConfirmed();
            _closeReceived = true;
            bothClosed = _closeSent;
            if (!bothClosed)
            {
                _received.Append(ChannelItemKind.Close);
            }
        }

        CompleteReplies();
        _gone?.TrySetResult();
        if (bothClosed)
        {
            _multiplexer.Remove(this);
        }

        _writable.Set(inline: false);
        _readable.Set(inline: true);
    }

    /// <summary>The connection is over: what was queued can still be read, then comes Disconnected.</summary>
    internal void OnDisconnected(SshDisconnectException reason)
    {
        lock (_state)
        {
            if (_over)
            {
                return;
            }

            _over = true;
            if (!_closeReceived)
            {
                _received.Append(ChannelItemKind.Disconnected);
            }
        }

        CompleteReplies();
        _gone?.TrySetResult();
        _opening?.TrySetException(reason);
        _writable.Set(inline: false);
        _readable.Set(inline: false);
    }

    private void DemandConfirmed()
    {
        if (!_confirmed || _closeReceived)
        {
            throw SshDisconnectException.Protocol($"a message for channel {LocalId}, which is not open");
        }
    }
}
