using System.Net.Sockets;

namespace Bastion.Followers;

/// <summary>
/// Connections to other machines for everything but SSH. With sockets that complete inline an answer is read on the
/// thread that waits for the sockets; clients that others wrote may then read the rest of it synchronously, or fetch a
/// missing certificate, and would wait for the very thread they stand on, and every session with them. On these streams
/// they continue on the thread pool.
/// </summary>
internal static class Outbound
{
    /// <summary>For an <see cref="HttpClient"/>: no redirects, no cookies.</summary>
    public static SocketsHttpHandler HttpHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectCallback = async (context, cancellationToken) =>
            await ConnectAsync(context.DnsEndPoint.Host, context.DnsEndPoint.Port, cancellationToken),
    };

    /// <exception cref="SocketException">The other side is not there.</exception>
    public static async Task<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            return await ConnectAsync(socket, host, port, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>With a socket of the caller's own, which the stream closes.</summary>
    public static async Task<Stream> ConnectAsync(Socket socket, string host, int port,
        CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(host, port, cancellationToken);
        await LeaveAsync();
        return new PooledStream(new NetworkStream(socket, ownsSocket: true));
    }

    /// <summary>Goes on on the thread pool; at once where it is there already.</summary>
    private static ValueTask LeaveAsync() => Thread.CurrentThread.IsThreadPoolThread ? default : YieldAsync();

    private static async ValueTask YieldAsync() => await Task.Yield();

    private sealed class PooledStream(NetworkStream network) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override bool CanTimeout => true;

        public override int ReadTimeout
        {
            get => network.ReadTimeout;
            set => network.ReadTimeout = value;
        }

        public override int WriteTimeout
        {
            get => network.WriteTimeout;
            set => network.WriteTimeout = value;
        }

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer,
            CancellationToken cancellationToken = default)
        {
            try
            {
                return await network.ReadAsync(buffer, cancellationToken);
            }
            finally
            {
                await LeaveAsync();
            }
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer,
            CancellationToken cancellationToken = default)
        {
            try
            {
                await network.WriteAsync(buffer, cancellationToken);
            }
            finally
            {
                await LeaveAsync();
            }
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count,
            CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => network.Read(buffer, offset, count);

        public override int Read(Span<byte> buffer) => network.Read(buffer);

        public override void Write(byte[] buffer, int offset, int count) => network.Write(buffer, offset, count);

        public override void Write(ReadOnlySpan<byte> buffer) => network.Write(buffer);

        public override void Flush()
        {
            // The network has no buffer of ours.
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                network.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
