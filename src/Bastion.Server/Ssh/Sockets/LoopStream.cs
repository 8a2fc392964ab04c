using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Bastion.Server.Ssh.Sockets;

/// <summary>
/// A TCP socket on a <see cref="SocketLoop"/>: one reader and one writer, straight between the kernel and the caller's
/// memory. A read of no bytes completes when there may be something to read, so that nobody holds memory while nothing
/// comes.
/// </summary>
internal sealed class LoopStream : Stream
{
    /// <summary>
    /// Reads without a pause before it goes on elsewhere: 512 KiB, a millisecond or two of the thread that other
    /// people's keys come in on.
    /// </summary>
    private const int ReadsWithoutPause = 8;

    private const int TcpLevel = 6;
    private const int QuickAcknowledge = 12;

    private static readonly byte[] On = [1, 0, 0, 0];

    private readonly Socket _socket;
    private readonly SocketLoop _loop = SocketLoop.Next();
    private readonly Readiness _readable = new();
    private readonly Readiness _writable = new();
    private readonly long _id;
    private volatile bool _hungUp;
    private volatile bool _inline;
    private bool _drained;
    private int _withoutPause;
    private int _closed;

    /// <param name="socket">Does not block, and is connected or connecting. The stream closes it.</param>
    public LoopStream(Socket socket)
    {
        _socket = socket;
        _id = _loop.Add(this);
    }

    public SafeSocketHandle Handle => _socket.SafeHandle;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The login with its long computations is over: from now on what is read is worked on where it
    /// comes.</summary>
    public void StayOnLoop() => _inline = true;

    /// <summary>By the loop: what happened to the socket.</summary>
    public void Told(uint events)
    {
        const uint ends = Epoll.PeerHangUp | Epoll.HangUp | Epoll.Error;
        if ((events & ends) != 0)
        {
            // There will be no further edge: from now on only a read that gets nothing says that all was read.
            _hungUp = true;
        }

        if ((events & (Epoll.Out | Epoll.HangUp | Epoll.Error)) != 0)
        {
            _writable.Signal();
        }

        if ((events & (Epoll.In | ends)) != 0)
        {
            _readable.Signal();
        }
    }

    /// <summary>Returns when a connection that was begun is there.</summary>
    /// <exception cref="SocketException">It cannot be made.</exception>
    public async ValueTask ConnectedAsync(CancellationToken cancellationToken)
    {
        await _writable.WaitAsync(cancellationToken);
        await SocketLoop.LeaveAsync();
        var error = (SocketError)(int)_socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (error != SocketError.Success)
        {
            throw new SocketException((int)error);
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        bool waited = false;
        int count = 0;
        while (buffer.IsEmpty ? _drained && !_hungUp : !TryReceive(buffer.Span, out count))
        {
            AcknowledgePromptly();
            await _readable.WaitAsync(cancellationToken);
            _drained = false;
            waited = true;
        }

        _withoutPause = waited ? 0 : _withoutPause + 1;
        if (!_inline || _withoutPause >= ReadsWithoutPause)
        {
            _withoutPause = 0;
            await SocketLoop.LeaveAsync();
        }

        return count;
    }

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            _writable.Clear();
            int count = Send(buffer.Span);
            buffer = buffer[count..];
            if (buffer.IsEmpty)
            {
                return;
            }

            if (count == 0)
            {
                await _writable.WaitAsync(cancellationToken);
            }
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
        // Nothing is kept here.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Closes the socket at once, also under a read or a write.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing && Interlocked.Exchange(ref _closed, 1) == 0)
        {
            _loop.Remove(_id, this);
            _socket.Dispose();
            _readable.Close();
            _writable.Close();
        }

        base.Dispose(disposing);
    }

    private static IOException Failure(SocketError error)
    {
        var inner = new SocketException((int)error);
        return new IOException(inner.Message, inner);
    }

    /// <summary>False when there is nothing yet. 0 bytes are the end.</summary>
    private bool TryReceive(Span<byte> buffer, out int count)
    {
        _readable.Clear();
        SocketError error;
        try
        {
            count = _socket.Receive(buffer, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            throw new IOException("the connection was closed");
        }

        // Of a stream that has no more than was asked for: the next edge tells of more (epoll(7), questions 9).
        _drained = count < buffer.Length;
        return error switch
        {
            SocketError.Success => true,
            SocketError.WouldBlock => false,
            _ => throw Failure(error),
        };
    }

    private int Send(ReadOnlySpan<byte> buffer)
    {
        try
        {
            int count = _socket.Send(buffer, SocketFlags.None, out SocketError error);
            return error switch
            {
                SocketError.Success => count,
                SocketError.WouldBlock => 0,
                _ => throw Failure(error),
            };
        }
        catch (ObjectDisposedException)
        {
            throw new IOException("the connection was closed");
        }
    }

    /// <summary>
    /// Acknowledges at once while a login is under way: OpenSSH switches Nagle off only after the login, and until then
    /// its second small message waits for the acknowledgement of the first, which the kernel delays by 40 ms. The
    /// kernel goes back to delaying by itself, so it is told again before each wait.
    /// </summary>
    private void AcknowledgePromptly()
    {
        if (!_inline)
        {
            try
            {
                _socket.SetRawSocketOption(TcpLevel, QuickAcknowledge, On);
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                // The wait that follows says so.
            }
        }
    }
}
