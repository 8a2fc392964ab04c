using System.IO.Pipelines;
using System.Net.Sockets;

namespace Bastion.Server.Ssh;

/// <summary>
/// A TCP connection as a pair of pipes, for both sides of the relay. Reads go straight from the socket into a pooled
/// block and writes straight to it, with no task or queue in between: one hop of a thread from socket to relay. While
/// nothing comes no block is held (zero-byte reads).
/// </summary>
internal sealed class SocketPipe : IDuplexPipe, IAsyncDisposable
{
    /// <summary>Two of the largest SSH packets that are usual: one system call for both, and never a partial block.</summary>
    private const int BlockSize = 64 * 1024;

    private readonly NetworkStream _stream;

    public SocketPipe(Socket socket)
    {
        // Before the first byte: Nagle against delayed acknowledgement costs 41 ms, twice in a login.
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        _stream = new NetworkStream(socket, ownsSocket: true);
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(
            bufferSize: BlockSize, minimumReadSize: 4096, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: BlockSize, leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <exception cref="SocketException">It cannot be reached.</exception>
    public static async Task<SocketPipe> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            return new SocketPipe(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Closes the connection at once, also under a read or a write.</summary>
    public void Abort() => _stream.Dispose();

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
