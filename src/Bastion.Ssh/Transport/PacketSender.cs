using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Bastion.Ssh.Transport.Ciphers;

namespace Bastion.Ssh.Transport;

/// <summary>
/// The one way out. Whoever holds the turn encodes into the output and flushes it. Two kinds of payload queue instead
/// of waiting for the turn: those of the key exchange, and those posted by the receive loop, which must never wait for
/// the peer. The holder sends them before it gives up the turn, so nothing stays behind.
/// </summary>
[SuppressMessage("Design", "CA1001",
    Justification = "CloseAsync disposes of the encoder; the semaphore holds no handle.")]
internal sealed class PacketSender
{
    /// <summary>What posted payloads may hold together while the peer does not read. Answers are a few bytes
    /// each.</summary>
    private const int MaximumPostedBytes = 1024 * 1024;

    /// <summary>Posted packets leave together when the receive loop next waits, or when they come to this.</summary>
    private const int MaximumUnflushedBytes = 16 * 1024;

    /// <summary>How long a peer that does not read may keep us from closing.</summary>
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(2);

    private readonly PipeWriter _output;
    private readonly ConnectionEnd _end;
    private readonly TimeProvider _time;
    private readonly int _maximumPosted;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Lock _gate = new();
    private readonly PacketEncoder _encoder = new();

    // Guarded by _gate.
    private readonly Queue<KeyExchangeItem> _keyExchange = new();
    private readonly Queue<byte[]> _posted = new();
    private int _postedBytes;
    private TaskCompletionSource? _unblocked;

    /// <summary>
    /// Exchanges begun and not ended on the way out. Two when the peer's end of one came before ours left, and the
    /// next was begun: the first end must not let payloads into the second.
    /// </summary>
    private int _exchanges;

    // Written by the holder of the turn.
    private int _unflushed;
    private volatile bool _urgent;
    private Task _flushing = Task.CompletedTask;

    private int _waiting;
    private volatile bool _corked = true;
    private volatile bool _hasQueued;
    private volatile bool _closed;

    public PacketSender(PipeWriter output, ConnectionEnd end, TimeProvider time, SshLimits limits)
    {
        _output = output;
        _end = end;
        _time = time;
        _maximumPosted = limits.MaximumUnsentReplies;
    }

    /// <summary>Asked after each packet, on the sender's thread; it starts a key exchange when one is due.</summary>
    public Action? PacketSent { get; set; }

    /// <summary>Zero while an exchange is under way: the keys that were used up are on their way out.</summary>
    public long BytesUnderKeys => Blocked ? 0 : _encoder.Bytes;

    public long PacketsUnderKeys => Blocked ? 0 : _encoder.Packets;

    /// <summary>The identification string goes out before any packet, while nobody else has this sender yet.</summary>
    public void WriteIdentification()
    {
        IdentificationExchange.Write(_output);
        _unflushed += IdentificationExchange.Own.Length + 2;
    }

    /// <summary>Sends one payload when its turn comes and no key exchange is under way; see <see
    /// cref="ITransport"/>.</summary>
    public ValueTask SendAsync(ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled(cancellationToken);
        }

        if (!_turn.Wait(0, CancellationToken.None))
        {
            return SendLaterAsync(header, body, hasTurn: false, cancellationToken);
        }

        if (!TryEncode(header.Span, body.Span))
        {
            return SendLaterAsync(header, body, hasTurn: true, cancellationToken);
        }

        ValueTask leaving = LeaveTurnAsync(cancellationToken);
        return leaving.IsCompletedSuccessfully && !_end.HasCome ? ValueTask.CompletedTask : FinishSendAsync(leaving);
    }

    /// <summary>Queues or sends one payload and never waits; see <see cref="ITransport"/>.</summary>
    public void Post(ReadOnlySpan<byte> payload)
    {
        if (_end.HasCome)
        {
            return;
        }

        // The usual case: nobody else is sending, and the packet goes straight into the output.
        if (!_hasQueued && _turn.Wait(0, CancellationToken.None))
        {
            bool encoded = TryEncodePosted(payload);
            Own(LeaveTurnAsync(CancellationToken.None));
            if (encoded)
            {
                return;
            }
        }

        bool flooded;
        lock (_gate)
        {
            flooded = _posted.Count >= _maximumPosted || _postedBytes + payload.Length > MaximumPostedBytes;
            if (!flooded)
            {
                _posted.Enqueue(payload.ToArray());
                _postedBytes += payload.Length;
                _hasQueued = true;
            }
        }

        if (flooded)
        {
            _end.Set(SshDisconnectException.Protocol("the peer asks for more answers than it reads"));
            return;
        }

        SendQueued();
    }

    /// <summary>Queues SSH_MSG_KEXINIT; every payload sent after it waits until <see
    /// cref="FinishKeyExchange"/>.</summary>
    public void BeginKeyExchange(byte[] kexInit)
    {
        lock (_gate)
        {
            _exchanges++;
            _unblocked ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _keyExchange.Enqueue(new KeyExchangeItem(kexInit));
            _hasQueued = true;
        }
    }

    /// <summary>Queues the next message of the key exchange under way.</summary>
    public void PostKeyExchange(byte[] payload)
    {
        lock (_gate)
        {
            _keyExchange.Enqueue(new KeyExchangeItem(payload));
            _hasQueued = true;
        }
    }

    /// <summary>
    /// Queues SSH_MSG_NEWKEYS, then the new keys, then SSH_MSG_EXT_INFO if there is one (it must be the first packet
    /// under the new keys), and lets the waiting payloads go.
    /// </summary>
    public void FinishKeyExchange(byte[] newKeys, PacketSealer sealer, bool resetSequence, byte[]? extInfo)
    {
        lock (_gate)
        {
            _keyExchange.Enqueue(new KeyExchangeItem(newKeys, sealer, resetSequence, Unblocks: extInfo is null));
            if (extInfo is not null)
            {
                _keyExchange.Enqueue(new KeyExchangeItem(extInfo, Unblocks: true));
            }

            _hasQueued = true;
        }
    }

    /// <summary>Sends what is queued or unflushed, unless somebody holds the turn: then that one does. Never
    /// waits.</summary>
    public void SendQueued()
    {
        if (HasWork && !_end.HasCome && _turn.Wait(0, CancellationToken.None))
        {
            Own(LeaveTurnAsync(CancellationToken.None));
        }
    }

    /// <summary>While the receive loop works, what it posts is gathered; it uncorks when it is about to wait.</summary>
    public void Cork() => _corked = true;

    public void Uncork()
    {
        _corked = false;
        SendQueued();
    }

    /// <summary>Wakes everyone who waits here, after the connection's end was set.</summary>
    public void Wake()
    {
        TaskCompletionSource? unblocked;
        lock (_gate)
        {
            unblocked = _unblocked;
        }

        unblocked?.TrySetResult();
        _output.CancelPendingFlush();
    }

    /// <summary>Sends a last payload best effort, within a bounded time, and completes the output. Called
    /// once.</summary>
    public async ValueTask CloseAsync(byte[]? last)
    {
        lock (_gate)
        {
            _posted.Clear();
            _postedBytes = 0;
            if (last is not null)
            {
                _keyExchange.Enqueue(new KeyExchangeItem(last));
            }

            _hasQueued = _keyExchange.Count > 0;
        }

        using var timeout = new CancellationTokenSource(CloseTimeout, _time);
        try
        {
            Wake();
            await _turn.WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            // The output ignores cancellation; whoever owns it ends it.
            return;
        }

        try
        {
            EncodeQueued();
            _closed = true;
            // The wake-up may have cancelled a flush that had not begun: this one.
            while ((await _output.FlushAsync(timeout.Token)).IsCanceled)
            {
            }

            await _output.CompleteAsync();
        }
        catch (Exception error)
        {
            // The peer is gone or does not read: there is nobody to tell.
            await _output.CompleteAsync(error);
        }
        finally
        {
            _closed = true;
            _encoder.Dispose();
            _turn.Release();
        }

        await _flushing;
    }

    /// <summary>Waits for the turn, and gives it up again while keys are exchanged.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendLaterAsync(
        ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> body, bool hasTurn, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!hasTurn)
            {
                await EnterTurnAsync(cancellationToken);
            }

            bool encoded = TryEncode(header.Span, body.Span);
            Task? unblocked;
            lock (_gate)
            {
                unblocked = _unblocked?.Task;
            }

            await LeaveTurnAsync(cancellationToken);
            _end.ThrowIfCome();
            if (encoded)
            {
                return;
            }

            hasTurn = false;
            if (unblocked is not null)
            {
                await unblocked.WaitAsync(cancellationToken);
            }
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask EnterTurnAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await _turn.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Decrement(ref _waiting);
            // The holder before us may have left its flush to us.
            SendQueued();
            throw;
        }

        Interlocked.Decrement(ref _waiting);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishSendAsync(ValueTask leaving)
    {
        await leaving;
        _end.ThrowIfCome();
    }

    /// <summary>With the turn held: false when a key exchange is under way. Throws, the turn given up, when all is
    /// over.</summary>
    private bool TryEncode(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        EncodeQueued();
        if (_end.HasCome)
        {
            _turn.Release();
            throw _end.ToException();
        }

        if (Blocked)
        {
            return false;
        }

        Encode(header, body);
        _urgent = true;
        return true;
    }

    private bool TryEncodePosted(ReadOnlySpan<byte> payload)
    {
        EncodeQueued();
        if (Blocked)
        {
            return false;
        }

        Encode(payload, default);
        return true;
    }

    private bool Blocked => Volatile.Read(ref _unblocked) is not null;

    private void Encode(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        if (_closed)
        {
            return;
        }

        long before = _encoder.Bytes;
        try
        {
            _encoder.Encode(_output, header, body);
        }
        catch (InvalidOperationException error)
        {
            // Somebody else completed the output.
            Lost(error);
            return;
        }

        _unflushed += (int)(_encoder.Bytes - before);
        PacketSent?.Invoke();
    }

    /// <summary>With the turn held: first what the key exchange has to say, then, unless that forbids it, what was
    /// posted.</summary>
    private void EncodeQueued()
    {
        while (_hasQueued)
        {
            KeyExchangeItem? item = null;
            byte[]? posted = null;
            lock (_gate)
            {
                if (_keyExchange.TryDequeue(out KeyExchangeItem next))
                {
                    item = next;
                }
                else if (_unblocked is null && _posted.TryDequeue(out posted))
                {
                    _postedBytes -= posted.Length;
                }
                else
                {
                    _hasQueued = false;
                    return;
                }
            }

            if (item is { } exchange)
            {
                EncodeKeyExchange(exchange);
            }
            else
            {
                Encode(posted, default);
            }
        }
    }

    private void EncodeKeyExchange(KeyExchangeItem item)
    {
        Encode(item.Payload, default);
        if (item.Sealer is not null)
        {
            _encoder.ChangeKeys(item.Sealer, item.ResetSequence);
        }

        if (item.Unblocks)
        {
            TaskCompletionSource? unblocked = null;
            lock (_gate)
            {
                if (--_exchanges == 0)
                {
                    unblocked = _unblocked;
                    _unblocked = null;
                }

                _hasQueued = _keyExchange.Count > 0 || _posted.Count > 0;
            }

            unblocked?.TrySetResult();
        }
    }

    private bool HasWork =>
        _hasQueued || (_unflushed > 0 && (_urgent || !_corked || _unflushed > MaximumUnflushedBytes)
        && Volatile.Read(ref _waiting) == 0);


    /// <summary>A flush that the caller will not wait for. It never throws; the next turn, and so the close, comes
    /// after it.</summary>
    private void Own(ValueTask leaving)
    {
        if (!leaving.IsCompletedSuccessfully)
        {
            _flushing = leaving.AsTask();
        }
    }

    /// <summary>
    /// Sends what was queued meanwhile, flushes, gives up the turn; never throws. A holder behind whom others wait
    /// leaves the flush to them: one flush for many packets.
    /// </summary>
    private ValueTask LeaveTurnAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            EncodeQueued();
            // After the end only the close flushes: its time is bounded, this one's is not.
            if (_unflushed > 0 && HasWork && !_end.HasCome)
            {
                ValueTask<FlushResult> flush = Flush();
                if (!flush.IsCompletedSuccessfully)
                {
                    return FinishFlushAsync(flush, cancellationToken);
                }

                Note(flush.Result);
                continue;
            }

            _turn.Release();
            if (!HasWork || _end.HasCome || !_turn.Wait(0, CancellationToken.None))
            {
                return ValueTask.CompletedTask;
            }
        }
    }

    private ValueTask<FlushResult> Flush()
    {
        _unflushed = 0;
        _urgent = false;
        try
        {
            return _output.FlushAsync(CancellationToken.None);
        }
        catch (Exception error)
        {
            return ValueTask.FromException<FlushResult>(error);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FinishFlushAsync(ValueTask<FlushResult> flush, CancellationToken cancellationToken)
    {
        try
        {
            // Cancelling only ends the waiting: the packet is whole in the output and goes out with the next flush.
            using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                static output => ((PipeWriter)output!).CancelPendingFlush(), _output);
            Note(await flush);
        }
        catch (Exception error)
        {
            // Whatever the output throws, the turn must be given up and the connection is over.
            Lost(error);
        }

        await LeaveTurnAsync(cancellationToken);
    }

    private void Note(FlushResult result)
    {
        if (result.IsCompleted)
        {
            Lost(null);
        }
    }

    private void Lost(Exception? error) => _end.Set(new SshDisconnectException(
        DisconnectReason.ConnectionLost, Blame.Network, "the connection was lost", error));
}
